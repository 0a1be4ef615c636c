param location string
param tags object
param resourceToken string
param principalId string

@secure()
param stravaClientSecret string

// Drawn anew for every deployment, and stored by the first one alone: see the secrets below.
@secure()
param newOwnerKey string = '${newGuid()}.${newGuid()}'

@secure()
param newSealKey string = '${newGuid()}.${newGuid()}'

// https://learn.microsoft.com/azure/role-based-access-control/built-in-roles
var acrPull = '7f951dda-4ed3-4680-a7ca-43fe172d538d'
var keyVaultSecretsOfficer = 'b86a8fe4-44ce-4948-aee5-eccb2c155cd7'
var keyVaultSecretsUser = '4633458b-17de-408a-b874-0445c86b69e6'
var storageTableDataContributor = '0a9a7e1f-b9d0-4cc4-a60d-0319b160aaa3'

// The gateway's only credential: it opens the table, the vault's secrets and the registry.
resource identity 'Microsoft.ManagedIdentity/userAssignedIdentities@2023-01-31' = {
  name: 'id-${resourceToken}'
  location: location
  tags: tags
}

resource storage 'Microsoft.Storage/storageAccounts@2023-05-01' = {
  name: 'st${resourceToken}'
  location: location
  tags: tags
  kind: 'StorageV2'
  sku: { name: 'Standard_LRS' }
  properties: {
    allowBlobPublicAccess: false
    allowCrossTenantReplication: false
    allowSharedKeyAccess: false
    defaultToOAuthAuthentication: true
    minimumTlsVersion: 'TLS1_2'
    supportsHttpsTrafficOnly: true
  }

  resource tableService 'tableServices' = {
    name: 'default'

    resource table 'tables' = {
      name: 'domestique'
    }
  }
}

// On the one table, not on the account: the gateway makes no tables.
resource readsAndWritesTheTable 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  name: guid(storage::tableService::table.id, identity.id, storageTableDataContributor)
  scope: storage::tableService::table
  properties: {
    principalId: identity.properties.principalId
    principalType: 'ServicePrincipal'
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', storageTableDataContributor)
  }
}

// No purge protection: with it `azd down` could not free the name, and `azd up` after it would fail for days. What a purged
// vault costs is one consent at Strava. Deleted secrets can be recovered for seven days.
resource vault 'Microsoft.KeyVault/vaults@2023-07-01' = {
  name: 'kv-${resourceToken}'
  location: location
  tags: tags
  properties: {
    tenantId: subscription().tenantId
    sku: { family: 'A', name: 'standard' }
    enableRbacAuthorization: true
    enableSoftDelete: true
    softDeleteRetentionInDays: 7
  }
}

// Made once: a later deployment finds it and leaves it alone, whoever runs it and from whichever machine, because Azure
// itself looks. It needs no script, no storage for one, and no right to read secrets.
@onlyIfNotExists()
resource ownerKey 'Microsoft.KeyVault/vaults/secrets@2023-07-01' = {
  parent: vault
  name: 'owner-key'
  properties: {
    contentType: 'OWNER_KEY: what the owner signs in with'
    value: newOwnerKey
  }
}

// Made once, as above. Overwriting it would make the stored grant unreadable.
@onlyIfNotExists()
resource sealKeys 'Microsoft.KeyVault/vaults/secrets@2023-07-01' = {
  parent: vault
  name: 'seal-keys'
  properties: {
    contentType: 'SEAL_KEYS: what the stored grant is sealed with'
    value: newSealKey
  }
}

resource clientSecret 'Microsoft.KeyVault/vaults/secrets@2023-07-01' = {
  parent: vault
  name: 'strava-client-secret'
  properties: {
    contentType: 'STRAVA_CLIENT_SECRET'
    value: stravaClientSecret
  }
}

resource readsTheSecrets 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  name: guid(vault.id, identity.id, keyVaultSecretsUser)
  scope: vault
  properties: {
    principalId: identity.properties.principalId
    principalType: 'ServicePrincipal'
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', keyVaultSecretsUser)
  }
}

// Without a principalType: it is a person at a terminal and an application in a pipeline.
resource keepsTheKeys 'Microsoft.Authorization/roleAssignments@2022-04-01' = if (!empty(principalId)) {
  name: guid(vault.id, principalId, keyVaultSecretsOfficer)
  scope: vault
  properties: {
    principalId: principalId
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', keyVaultSecretsOfficer)
  }
}

resource registry 'Microsoft.ContainerRegistry/registries@2023-07-01' = {
  name: 'cr${resourceToken}'
  location: location
  tags: tags
  sku: { name: 'Basic' }
  properties: {
    adminUserEnabled: false
  }
}

resource pullsTheImage 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  name: guid(registry.id, identity.id, acrPull)
  scope: registry
  properties: {
    principalId: identity.properties.principalId
    principalType: 'ServicePrincipal'
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', acrPull)
  }
}

resource logs 'Microsoft.OperationalInsights/workspaces@2023-09-01' = {
  name: 'log-${resourceToken}'
  location: location
  tags: tags
  properties: {
    retentionInDays: 30
    sku: { name: 'PerGB2018' }
    workspaceCapping: { dailyQuotaGb: 1 }
  }
}

resource environment 'Microsoft.App/managedEnvironments@2025-01-01' = {
  name: 'cae-${resourceToken}'
  location: location
  tags: tags
  properties: {
    appLogsConfiguration: { destination: 'azure-monitor' } // And from there by the setting below, which needs no workspace key.
    workloadProfiles: [
      { name: 'Consumption', workloadProfileType: 'Consumption' }
    ]
  }
}

resource environmentLogs 'Microsoft.Insights/diagnosticSettings@2021-05-01-preview' = {
  name: 'logs'
  scope: environment
  properties: {
    workspaceId: logs.id
    logs: [
      { category: 'ContainerAppConsoleLogs', enabled: true }
      { category: 'ContainerAppSystemLogs', enabled: true }
    ]
  }
}

output environmentName string = environment.name
output gatewayUrl string = 'https://domestique.${environment.properties.defaultDomain}'
output identityName string = identity.name
output registryEndpoint string = registry.properties.loginServer
output tableName string = storage::tableService::table.name
output tablesEndpoint string = storage.properties.primaryEndpoints.table
output vaultName string = vault.name
