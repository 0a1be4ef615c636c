package azuretable

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
	"github.com/Azure/azure-sdk-for-go/sdk/azidentity"
	"github.com/Azure/azure-sdk-for-go/sdk/data/aztables"
)

// Without these an operation on a store that swallows packets would hang: the SDK's defaults have no time-out for an
// answer. Writes are tried once and repeated by the custodian of what is written. The deadlines hold for asking an identity
// for its access token, too.
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
	// Endpoint is https://ACCOUNT.table.core.windows.net; a managed identity or `az login` opens it. Access tokens are
	// sent over https alone.
	Endpoint string
	// ConnectionString opens the account with a shared key. UseDevelopmentStorage=true means Azurite on its usual port.
	ConnectionString string
	// ClientID picks a user-assigned managed identity for Endpoint. Zero: whatever the SDK's default chain finds.
	ClientID string
	// Table is the table's name: 3 to 63 letters and digits, beginning with a letter.
	Table string
	// Transport carries the requests to the table, but not those for an identity's access token. Zero: a client of this
	// package's own.
	Transport *http.Client
}

// tableName: https://learn.microsoft.com/rest/api/storageservices/understanding-the-table-service-data-model#table-names.
// Azure answers other names with a 400 that says no more.
var tableName = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9]{2,62}$`)

func (cfg Config) client() (*aztables.Client, error) {
	options := &aztables.ClientOptions{ClientOptions: policy.ClientOptions{
		Retry:     policy.RetryOptions{TryTimeout: tryTimeout},
		Transport: cfg.transport(),
	}}
	var service *aztables.ServiceClient
	var err error
	switch {
	case !tableName.MatchString(cfg.Table) || strings.EqualFold(cfg.Table, "tables"):
		return nil, fmt.Errorf("%q is no name of a table: 3 to 63 letters and digits, beginning with a letter", cfg.Table)
	case cfg.ConnectionString != "":
		service, err = aztables.NewServiceClientFromConnectionString(expand(cfg.ConnectionString), options)
		if err != nil {
			// The SDK's error may repeat parts of the connection string, which holds the account's key.
			return nil, errors.New("the connection string is malformed")
		}
	case cfg.Endpoint != "":
		service, err = cfg.serviceOfEndpoint(options)
		if err != nil {
			return nil, err
		}
	default:
		return nil, errors.New("neither an endpoint nor a connection string is given")
	}
	return service.NewClient(cfg.Table), nil
}

func (cfg Config) serviceOfEndpoint(options *aztables.ClientOptions) (*aztables.ServiceClient, error) {
	// The SDK would say so too, but at every request, where it looks like a table that is away.
	if endpoint, err := url.Parse(cfg.Endpoint); err != nil || endpoint.Scheme != "https" || endpoint.Host == "" {
		return nil, errors.New("the endpoint is no https URL")
	}
	credential, err := cfg.credential()
	if err != nil {
		return nil, fmt.Errorf("find an identity: %w", err)
	}
	service, err := aztables.NewServiceClient(cfg.Endpoint, identity{credential}, options)
	if err != nil {
		return nil, fmt.Errorf("use the endpoint: %w", err)
	}
	return service, nil
}

func (cfg Config) transport() *http.Client {
	if cfg.Transport != nil {
		return cfg.Transport
	}
	return &http.Client{Timeout: readDeadline}
}

// credential prefers one identity, which fails fast where it is missing, over the chain that suits a laptop.
func (cfg Config) credential() (azcore.TokenCredential, error) {
	if cfg.ClientID == "" {
		return azidentity.NewDefaultAzureCredential(nil)
	}
	return azidentity.NewManagedIdentityCredential(&azidentity.ManagedIdentityCredentialOptions{
		ID: azidentity.ClientID(cfg.ClientID),
	})
}

// identity marks what a credential fails with: the SDK hands it on among the errors of a request, of which most mean that
// the table is away.
type identity struct{ azcore.TokenCredential }

// GetToken implements azcore.TokenCredential.
func (i identity) GetToken(ctx context.Context, options policy.TokenRequestOptions) (azcore.AccessToken, error) {
	token, err := i.TokenCredential.GetToken(ctx, options)
	if err != nil {
		return azcore.AccessToken{}, fmt.Errorf("%w: %w", errNoIdentity, err)
	}
	return token, nil
}

func expand(connectionString string) string {
	if strings.TrimRight(strings.TrimSpace(connectionString), ";") == "UseDevelopmentStorage=true" {
		return azuriteConnectionString
	}
	return connectionString
}

// withLongTries is for a megabyte: a time-out that suits a row would cut it off on a slow line.
func withLongTries(ctx context.Context) context.Context {
	return policy.WithRetryOptions(ctx, policy.RetryOptions{TryTimeout: chunkDeadline})
}
