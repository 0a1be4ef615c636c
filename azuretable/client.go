package azuretable

import (
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
	"github.com/Azure/azure-sdk-for-go/sdk/azidentity"
	"github.com/Azure/azure-sdk-for-go/sdk/data/aztables"
)

// Without these an operation on a store that swallows packets would hang: the SDK's defaults have no time-out for an
// answer. Writes are tried once and repeated by the custodian of what is written.
const (
	tryTimeout    = 4 * time.Second
	writeDeadline = 5 * time.Second
	readDeadline  = 10 * time.Second
)

// azuriteConnectionString is what UseDevelopmentStorage=true stands for; the SDK does not know the abbreviation. The
// account and its key are public: https://learn.microsoft.com/azure/storage/common/storage-use-azurite.
const azuriteConnectionString = "DefaultEndpointsProtocol=http;AccountName=devstoreaccount1;" +
	"AccountKey=Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw==;" +
	"TableEndpoint=http://127.0.0.1:10002/devstoreaccount1;"

// Config says which table. Table and one of Endpoint and ConnectionString are required.
type Config struct {
	// Endpoint is https://ACCOUNT.table.core.windows.net; a managed identity or `az login` opens it.
	Endpoint string
	// ConnectionString opens the account with a shared key. UseDevelopmentStorage=true means Azurite on its usual port.
	ConnectionString string
	// ClientID picks a user-assigned managed identity for Endpoint. Zero: whatever the SDK's default chain finds.
	ClientID string
	// Table is the table's name.
	Table string
	// Transport carries the requests. Zero: a client of this package's own.
	Transport *http.Client
	// Credential opens Endpoint. Zero: see ClientID.
	Credential azcore.TokenCredential
}

func (cfg Config) client() (*aztables.Client, error) {
	options := &aztables.ClientOptions{ClientOptions: policy.ClientOptions{
		Retry:     policy.RetryOptions{TryTimeout: tryTimeout},
		Transport: cfg.transport(),
	}}
	switch {
	case cfg.Table == "":
		return nil, errors.New("no table is named")
	case cfg.ConnectionString != "":
		service, err := aztables.NewServiceClientFromConnectionString(expand(cfg.ConnectionString), options)
		if err != nil {
			// The SDK's error may repeat parts of the connection string, which holds the account's key.
			return nil, errors.New("the connection string is malformed")
		}
		return service.NewClient(cfg.Table), nil
	case cfg.Endpoint != "":
		credential, err := cfg.credential()
		if err != nil {
			return nil, fmt.Errorf("find an identity: %w", err)
		}
		service, err := aztables.NewServiceClient(cfg.Endpoint, credential, options)
		if err != nil {
			return nil, fmt.Errorf("use the endpoint: %w", err)
		}
		return service.NewClient(cfg.Table), nil
	default:
		return nil, errors.New("neither an endpoint nor a connection string is given")
	}
}

func (cfg Config) transport() *http.Client {
	if cfg.Transport != nil {
		return cfg.Transport
	}
	return &http.Client{Timeout: readDeadline}
}

// credential prefers one identity, which fails fast where it is missing, over the chain that suits a laptop.
func (cfg Config) credential() (azcore.TokenCredential, error) {
	switch {
	case cfg.Credential != nil:
		return cfg.Credential, nil
	case cfg.ClientID != "":
		return azidentity.NewManagedIdentityCredential(&azidentity.ManagedIdentityCredentialOptions{
			ID: azidentity.ClientID(cfg.ClientID),
		})
	default:
		return azidentity.NewDefaultAzureCredential(nil)
	}
}

func expand(connectionString string) string {
	if strings.TrimRight(strings.TrimSpace(connectionString), ";") == "UseDevelopmentStorage=true" {
		return azuriteConnectionString
	}
	return connectionString
}
