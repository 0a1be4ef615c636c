// What `azd provision` makes: a resource group with everything that lives longer than a version of the gateway. The gateway
// itself is in gateway.bicep, which `azd deploy` deploys together with its image.
targetScope = 'subscription'

@description('Name of the azd environment. The resource group is called rg- and this.')
@minLength(1)
@maxLength(60)
param environmentName string

@description('Region of everything.')
@metadata({ azd: { type: 'location' } })
param location string

@description('Object id of whoever deploys: may read and rotate the keys in the vault. Empty: nobody gets that role.')
param principalId string = ''

@description('Client ID of your own Strava application, from https://www.strava.com/settings/api.')
param stravaClientId string

@description('Client Secret of that application.')
@secure()
param stravaClientSecret string

@description('A domain of your own for the gateway, as in gateway.example.org; see docs/deploy.md. Empty: that of the environment.')
param gatewayDomain string = ''

var tags = { 'azd-env-name': environmentName }

resource group 'Microsoft.Resources/resourceGroups@2024-03-01' = {
  name: 'rg-${environmentName}'
  location: location
  tags: tags
}

module resources 'resources.bicep' = {
  name: 'resources'
  scope: group
  params: {
    location: location
    tags: tags
    resourceToken: toLower(uniqueString(subscription().id, environmentName, location))
    principalId: principalId
    stravaClientSecret: stravaClientSecret
  }
}

// azd keeps the outputs in its environment, from which gateway.parameters.json and the hooks take them.
output AZURE_LOCATION string = location
output AZURE_RESOURCE_GROUP string = group.name
output AZURE_CONTAINER_ENVIRONMENT_NAME string = resources.outputs.environmentName
output AZURE_CONTAINER_REGISTRY_ENDPOINT string = resources.outputs.registryEndpoint
output AZURE_KEY_VAULT_NAME string = resources.outputs.vaultName
output AZURE_TABLES_ENDPOINT string = resources.outputs.tablesEndpoint
output AZURE_TABLE string = resources.outputs.tableName
output GATEWAY_IDENTITY_NAME string = resources.outputs.identityName
output GATEWAY_URL string = empty(gatewayDomain) ? resources.outputs.gatewayUrl : 'https://${gatewayDomain}'
output STRAVA_CLIENT_ID string = stravaClientId
