package azuretable_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"math/big"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"domestique/azuretable"
	"domestique/tokens"
	"domestique/tokens/storetest"
)

// storageAudience is what an access token for tables is for, in every cloud of Azure's.
const storageAudience = "https://storage.azure.com"

// TestManagedIdentity walks the whole way of production on loopback: the identity endpoint that a container finds in its
// environment, the SDK's credential, and a table service over https that looks at the access token.
func TestManagedIdentity(t *testing.T) {
	server := startSecureAzurite(t)
	endpoint := startIdentityEndpoint(t)

	t.Run("is a store", func(t *testing.T) {
		clientID := endpoint.assign("the-gateway", identityAnswer{life: time.Hour, audience: storageAudience})
		storetest.Run(t, func(t *testing.T) tokens.Store {
			return openGrants(t, azuretable.Config{
				Endpoint: server.url, ClientID: clientID, Table: newTable(), Transport: server.client,
			})
		})
		if asked := endpoint.asked.Load(); asked != 1 {
			t.Errorf("the identity endpoint was asked %d times for tokens that live an hour", asked)
		}
	})

	t.Run("is what the default chain finds, too", func(t *testing.T) {
		endpoint.answers[""] = identityAnswer{life: time.Hour, audience: storageAudience}
		store := openGrants(t, azuretable.Config{Endpoint: server.url, Table: newTable(), Transport: server.client})
		wantStored(t, store, "")
	})

	for name, test := range map[string]struct {
		answer identityAnswer
		want   string
	}{
		"an expired token":           {identityAnswer{life: -time.Hour, audience: storageAudience}, "answered 403 AuthenticationFailed"},
		"a token for something else": {identityAnswer{life: time.Hour, audience: "https://vault.azure.net"}, "answered 403 AuthenticationFailed"},
		"no such identity":           {identityAnswer{status: http.StatusBadRequest}, "check AZURE_CLIENT_ID"},
		"an answer of HTML":          {identityAnswer{html: true}, "check AZURE_CLIENT_ID"},
	} {
		t.Run(name, func(t *testing.T) {
			store := openGrants(t, azuretable.Config{
				Endpoint: server.url, ClientID: endpoint.assign(name, test.answer), Table: newTable(), Transport: server.client,
			})
			_, _, load := store.Load(t.Context())
			_, save := store.Save(t.Context(), storetest.FullRow(), "")
			erase := store.Erase(t.Context(), `W/"some"`)
			for operation, err := range map[string]error{"load": load, "save": save, "erase": erase} {
				wantUnknown(t, operation, err)
				if err != nil && !strings.Contains(err.Error(), test.want) {
					t.Errorf("%s: %v; want it to say %q", operation, err, test.want)
				}
			}
		})
	}
}

// identityAnswer is what the endpoint says of one identity.
type identityAnswer struct {
	status   int // Zero: 200.
	html     bool
	life     time.Duration
	audience string
}

// identityEndpoint is what Azure gives a container to ask for access tokens:
// https://learn.microsoft.com/azure/container-apps/managed-identity#rest-endpoint-reference
type identityEndpoint struct {
	answers map[string]identityAnswer // By client id.
	asked   atomic.Int32
}

// identityKey is the secret that a container proves itself with to the endpoint.
const identityKey = "planted-identity-key"

// startIdentityEndpoint also points the process's environment to it, so its test can't be parallel.
func startIdentityEndpoint(t *testing.T) *identityEndpoint {
	t.Helper()
	endpoint := &identityEndpoint{answers: make(map[string]identityAnswer)}
	server := httptest.NewServer(endpoint)
	t.Cleanup(server.Close)
	t.Setenv("IDENTITY_ENDPOINT", server.URL)
	t.Setenv("IDENTITY_HEADER", identityKey)
	return endpoint
}

// assign adds an identity and returns its client id, one for each name: the SDK keeps access tokens for all the process.
func (e *identityEndpoint) assign(name string, answer identityAnswer) (clientID string) {
	clientID = strings.ReplaceAll(name, " ", "-") + "-" + rand.Text()
	e.answers[clientID] = answer
	return clientID
}

func (e *identityEndpoint) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	e.asked.Add(1)
	query := r.URL.Query()
	answer, assigned := e.answers[query.Get("client_id")]
	switch {
	case r.Header.Get("X-IDENTITY-HEADER") != identityKey, !assigned, query.Get("resource") != storageAudience:
		http.Error(w, "not as Azure would be asked: "+r.URL.String(), http.StatusTeapot)
	case answer.status != 0:
		http.Error(w, `{"statusCode":400,"message":"No such identity: planted-answer"}`, answer.status)
	case answer.html:
		_, _ = fmt.Fprint(w, "<html>planted-answer</html>")
	default:
		expires := time.Now().Add(answer.life)
		_ = json.NewEncoder(w).Encode(map[string]string{
			"access_token": accessToken(answer.audience, expires),
			// The SDK is told a time that makes it send what has expired.
			"expires_on": fmt.Sprint(time.Now().Add(time.Hour).Unix()),
			"resource":   storageAudience,
			"token_type": "Bearer",
		})
	}
}

// accessToken is a JSON Web Token as Azure signs them, but for the signature, which the emulator doesn't check.
func accessToken(audience string, expires time.Time) string {
	part := func(v any) string {
		raw, _ := json.Marshal(v)
		return base64.RawURLEncoding.EncodeToString(raw)
	}
	issued := expires.Add(-2 * time.Hour).Unix()
	return part(map[string]string{"alg": "RS256", "typ": "JWT"}) + "." + part(map[string]any{
		"aud": audience, "iss": "https://sts.windows.net/ab1f708d-50f6-404c-a006-d71b2ac7a606/",
		"iat": issued, "nbf": issued, "exp": expires.Unix(),
	}) + "." + base64.RawURLEncoding.EncodeToString([]byte("planted-signature"))
}

// secureAzurite is an emulator that listens by TLS and wants access tokens.
type secureAzurite struct {
	url    string
	client *http.Client // Trusts its certificate.
}

func startSecureAzurite(t *testing.T) secureAzurite {
	t.Helper()
	certificate, key, pool := selfSigned(t)
	emulator, err := startAzurite("--oauth", "basic", "--cert", certificate, "--key", key)
	skipOrFail(t, err)
	t.Cleanup(emulator.stop)
	transport := &http.Transport{TLSClientConfig: &tls.Config{RootCAs: pool}}
	t.Cleanup(transport.CloseIdleConnections)
	return secureAzurite{
		url:    "https://" + emulator.address + "/devstoreaccount1",
		client: &http.Client{Transport: transport, Timeout: 10 * time.Second},
	}
}

// selfSigned writes a certificate for loopback and its key to files.
func selfSigned(t *testing.T) (certificate, key string, pool *x509.CertPool) {
	t.Helper()
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	must(t, err)
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1),
		NotBefore:    time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
		IsCA:        true, BasicConstraintsValid: true,
		KeyUsage: x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, private.Public(), private)
	must(t, err)
	pkcs8, err := x509.MarshalPKCS8PrivateKey(private)
	must(t, err)
	dir := t.TempDir()
	certificate, key = filepath.Join(dir, "cert.pem"), filepath.Join(dir, "key.pem")
	pemOf := func(kind string, der []byte) []byte { return pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der}) }
	must(t, os.WriteFile(certificate, pemOf("CERTIFICATE", der), 0o600))
	must(t, os.WriteFile(key, pemOf("PRIVATE KEY", pkcs8), 0o600))
	parsed, err := x509.ParseCertificate(der)
	must(t, err)
	pool = x509.NewCertPool()
	pool.AddCert(parsed)
	return certificate, key, pool
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// wantUnknown checks an error that leaves open what is stored, and that shows nothing of it.
func wantUnknown(t *testing.T, operation string, err error) {
	t.Helper()
	if err == nil {
		t.Errorf("%s: no error", operation)
		return
	}
	for _, certain := range []error{tokens.ErrConflict, tokens.ErrNotFound, tokens.ErrCorrupt} {
		if errors.Is(err, certain) {
			t.Errorf("%s: %v, though nobody can know", operation, err)
		}
	}
	wantSilent(t, err)
}

// wantSilent checks that an error shows no secret, in whatever way it is printed: neither what the tests plant nor what
// storetest.FullRow has sealed, nor the key of the account.
func wantSilent(t *testing.T, err error) {
	t.Helper()
	if err == nil {
		return
	}
	text := fmt.Sprintf("%v %+v %#v %q", err, err, err, err)
	for _, secret := range []string{"planted", "-sealed", "Eby8vdM0", "eyJ"} {
		if strings.Contains(text, secret) {
			t.Errorf("the error shows %q: %s", secret, text)
		}
	}
	switch wrapping := err.(type) { //nolint:errorlint // It takes the error apart.
	case interface{ Unwrap() error }:
		wantSilent(t, wrapping.Unwrap())
	case interface{ Unwrap() []error }:
		for _, wrapped := range wrapping.Unwrap() {
			wantSilent(t, wrapped)
		}
	}
}
