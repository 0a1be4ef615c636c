# Says where the gateway is and what is left to do. It never prints a key: terminals and pipelines keep what they show.
$ErrorActionPreference = 'Stop'
$gateway = $env:GATEWAY_URL
$address = ([Uri]$gateway).Host
Write-Output @"

  Address    $gateway
  At Strava  https://www.strava.com/settings/api: set the Authorization Callback Domain to
             $address
  Sign in    $gateway/login, with the key that this prints:
             az keyvault secret show --vault-name $env:AZURE_KEY_VAULT_NAME --name owner-key --query value --output tsv
  Connect    $gateway/connect

"@
