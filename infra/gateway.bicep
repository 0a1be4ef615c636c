// The gateway, one version of it: `azd deploy` deploys this with the image that it has built and pushed, so that image,
// settings and probes always change together. The names of what it stands on are outputs of main.bicep.
param environmentName string
param location string
param imageName string
param containerEnvironmentName string
param registryEndpoint string
param identityName string
param vaultName string
param tablesEndpoint string
param tableName string
param publicUrl string
param stravaClientId string

@description('true: no replica runs while nobody asks, and a job keeps the grant alive. Whoever asks first waits for the start, Strava\'s events may come too late, and each start takes a moment.')
@allowed([
  'true'
  'false'
])
param scaleToZero string = 'false'

@description('The most replicas. All of them share one grant and one quota.')
param maxReplicas string = '3'

@description('A domain of your own. Empty: that of the environment.')
param customDomain string = ''

@description('Resource id of the certificate of that domain. Empty: the domain is known, but not served by TLS yet.')
param certificateId string = ''

// Settings of the gateway that may stay empty; README.md says what each means.
param stravaAthleteId string = ''
param stravaScopes string = ''
param stravaApiUrl string = ''
param stravaOauthUrl string = ''
param publicAccess string = ''
param publicTraces string = ''
param trustedDocuments string = ''
param allowedOrigins string = ''
param timeZone string = ''
param logLevel string = ''
param otlpEndpoint string = ''

var port = 8080 // The ADDR of the Dockerfile.
var sleeps = scaleToZero == 'true'
var tags = { 'azd-env-name': environmentName }

resource environment 'Microsoft.App/managedEnvironments@2025-01-01' existing = {
  name: containerEnvironmentName
}

resource identity 'Microsoft.ManagedIdentity/userAssignedIdentities@2023-01-31' existing = {
  name: identityName
}

resource vault 'Microsoft.KeyVault/vaults@2023-07-01' existing = {
  name: vaultName
}

// Without a version, so that a rotated secret is taken over within half an hour.
var secrets = [
  { name: 'owner-key', keyVaultUrl: '${vault.properties.vaultUri}secrets/owner-key', identity: identity.id }
  { name: 'seal-keys', keyVaultUrl: '${vault.properties.vaultUri}secrets/seal-keys', identity: identity.id }
  {
    name: 'strava-client-secret'
    keyVaultUrl: '${vault.properties.vaultUri}secrets/strava-client-secret'
    identity: identity.id
  }
]

var registries = [
  { server: registryEndpoint, identity: identity.id }
]

var required = [
  { name: 'PUBLIC_URL', value: publicUrl }
  { name: 'AZURE_TABLES_ENDPOINT', value: tablesEndpoint }
  { name: 'AZURE_TABLE', value: tableName }
  { name: 'AZURE_CLIENT_ID', value: identity.properties.clientId }
  { name: 'SEAL_KEYS', secretRef: 'seal-keys' }
  { name: 'OWNER_KEY', secretRef: 'owner-key' }
  { name: 'STRAVA_CLIENT_ID', value: stravaClientId }
  { name: 'STRAVA_CLIENT_SECRET', secretRef: 'strava-client-secret' }
  { name: 'LOG_FORMAT', value: 'json' }
  { name: 'GOMEMLIMIT', value: '900MiB' } // Of the 1 GiB below: collect garbage rather than be killed.
]

var optional = [
  { name: 'STRAVA_ATHLETE_ID', value: stravaAthleteId }
  { name: 'STRAVA_SCOPES', value: stravaScopes }
  { name: 'STRAVA_API_URL', value: stravaApiUrl }
  { name: 'STRAVA_OAUTH_URL', value: stravaOauthUrl }
  { name: 'PUBLIC_ACCESS', value: publicAccess }
  { name: 'PUBLIC_TRACES', value: publicTraces }
  { name: 'TRUSTED_DOCUMENTS', value: trustedDocuments } // A path in the image.
  { name: 'ALLOWED_ORIGINS', value: allowedOrigins }
  { name: 'TIME_ZONE', value: timeZone }
  { name: 'LOG_LEVEL', value: logLevel }
  { name: 'OTEL_EXPORTER_OTLP_ENDPOINT', value: otlpEndpoint }
]

// Listed here because a deployment forgets the domains that it does not name.
var customDomains = empty(customDomain)
  ? []
  : empty(certificateId)
      ? [{ name: customDomain, bindingType: 'Disabled' }]
      : [{ name: customDomain, bindingType: 'SniEnabled', certificateId: certificateId }]

var variables = concat(required, filter(optional, setting => !empty(setting.value)))

resource gateway 'Microsoft.App/containerApps@2025-01-01' = {
  name: 'domestique'
  location: location
  tags: union(tags, { 'azd-service-name': 'gateway' })
  identity: {
    type: 'UserAssigned'
    userAssignedIdentities: { '${identity.id}': {} }
  }
  properties: {
    environmentId: environment.id
    workloadProfileName: 'Consumption'
    configuration: {
      activeRevisionsMode: 'Single' // The old revision serves until the new one is ready.
      maxInactiveRevisions: 5
      registries: registries
      secrets: secrets
      ingress: {
        external: true
        allowInsecure: false
        targetPort: port
        transport: 'auto'
        customDomains: customDomains
      }
    }
    template: {
      terminationGracePeriodSeconds: 30 // The gateway itself takes 25 s at the most.
      containers: [
        {
          name: 'gateway'
          image: imageName
          env: variables
          resources: { cpu: json('0.5'), memory: '1Gi' }
          probes: [
            {
              type: 'Startup'
              httpGet: { path: '/livez', port: port }
              periodSeconds: 3
              timeoutSeconds: 2
              failureThreshold: 10
            }
            {
              type: 'Liveness' // Asks neither Strava nor the table: a restart would mend neither.
              httpGet: { path: '/livez', port: port }
              periodSeconds: 10
              timeoutSeconds: 3
              failureThreshold: 3
            }
            {
              type: 'Readiness'
              httpGet: { path: '/readyz', port: port }
              periodSeconds: 5
              timeoutSeconds: 3
              failureThreshold: 2
            }
          ]
        }
      ]
      // One replica at least: it keeps the grant fresh and the list in step, and answers Strava's events within the two
      // seconds that Strava gives. A start from zero takes five seconds and more.
      scale: {
        minReplicas: sleeps ? 0 : 1
        maxReplicas: int(maxReplicas)
        rules: [
          { name: 'requests', http: { metadata: { concurrentRequests: '50' } } }
        ]
      }
    }
  }
}

// What a sleeping gateway can't do. Strava's tokens live six hours and are renewed in their last 45 minutes.
resource refresh 'Microsoft.App/jobs@2025-01-01' = if (sleeps) {
  name: 'domestique-refresh'
  location: location
  tags: tags
  identity: {
    type: 'UserAssigned'
    userAssignedIdentities: { '${identity.id}': {} }
  }
  properties: {
    environmentId: environment.id
    workloadProfileName: 'Consumption'
    configuration: {
      triggerType: 'Schedule'
      scheduleTriggerConfig: {
        cronExpression: '*/20 * * * *'
        parallelism: 1
        replicaCompletionCount: 1
      }
      replicaTimeout: 600 // The command itself gives up after five minutes.
      replicaRetryLimit: 1
      registries: registries
      secrets: secrets
    }
    template: {
      containers: [
        {
          name: 'refresh'
          image: imageName
          args: ['refresh']
          env: variables
          resources: { cpu: json('0.5'), memory: '1Gi' }
        }
      ]
    }
  }
}

output SERVICE_GATEWAY_NAME string = gateway.name
output SERVICE_GATEWAY_URI string = 'https://${gateway.properties.configuration.ingress.fqdn}'
