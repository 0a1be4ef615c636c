#!/bin/sh
# Says where the gateway is and what is left to do. It never prints a key: terminals and pipelines keep what they show.
set -eu
host=${GATEWAY_URL#https://}
cat <<END

  Address    $GATEWAY_URL
  At Strava  https://www.strava.com/settings/api: set the Authorization Callback Domain to
             $host
  Sign in    $GATEWAY_URL/login, with the key that this prints:
             az keyvault secret show --vault-name $AZURE_KEY_VAULT_NAME --name owner-key --query value --output tsv
  Connect    $GATEWAY_URL/connect

END
