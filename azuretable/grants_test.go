package azuretable_test

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"domestique/azuretable"
	"domestique/tokens"
	"domestique/tokens/storetest"
)

const account = "DefaultEndpointsProtocol=http;AccountName=devstoreaccount1;" +
	"AccountKey=Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw==;" +
	"TableEndpoint=http://%s/devstoreaccount1;"

func TestGrantsIsAStore(t *testing.T) {
	t.Parallel()
	connection := startAzurite(t)
	var tables atomic.Int32
	storetest.Run(t, func(t *testing.T) tokens.Store {
		return openGrants(t, azuretable.Config{
			ConnectionString: connection,
			Table:            fmt.Sprintf("grants%d", tables.Add(1)),
		})
	})
}

// A write whose answer is lost is an error that leaves open whether it landed, not a conflict with itself: that is what
// the SDK's retry would make of it.
func TestSaveWhoseAnswerIsLost(t *testing.T) {
	t.Parallel()
	lossy := &lossyTransport{}
	store := openGrants(t, azuretable.Config{
		ConnectionString: startAzurite(t), Table: "lossy", Transport: &http.Client{Transport: lossy, Timeout: 10 * time.Second},
	})
	revision, err := store.Save(t.Context(), tokens.Row{Generation: 1, WriteID: "one"}, "")
	if err != nil {
		t.Fatal(err)
	}
	for name, test := range map[string]struct {
		lose *atomic.Bool
		want string
	}{
		"on the way there": {&lossy.request, "one"},
		"on the way back":  {&lossy.answer, "two"},
	} {
		test.lose.Store(true)
		if _, err := store.Save(t.Context(), tokens.Row{Generation: 2, WriteID: "two"}, revision); err == nil || errors.Is(err, tokens.ErrConflict) {
			t.Errorf("lost %s: %v", name, err)
		}
		var row tokens.Row
		if row, revision, err = store.Load(t.Context()); err != nil || row.WriteID != test.want {
			t.Errorf("lost %s: stored is write %q, %v; want %q", name, row.WriteID, err, test.want)
		}
		if revision, err = store.Save(t.Context(), tokens.Row{Generation: 1, WriteID: "one"}, revision); err != nil {
			t.Fatal(err)
		}
	}
}

// Nothing of the entity may get into an error: the SDK's own errors repeat it.
func TestErrorsHoldNothingStored(t *testing.T) {
	t.Parallel()
	store := openGrants(t, azuretable.Config{ConnectionString: startAzurite(t), Table: "quiet"})
	if _, err := store.Save(t.Context(), tokens.Row{WriteID: "planted-write", RefreshToken: "planted-token"}, ""); err != nil {
		t.Fatal(err)
	}
	_, err := store.Save(t.Context(), tokens.Row{WriteID: "other-write", RefreshToken: "other-token"}, "")
	if !errors.Is(err, tokens.ErrConflict) {
		t.Fatalf("second insert: %v", err)
	}
	for _, secret := range []string{"planted", "other-"} {
		if text := fmt.Sprintf("%v %+v %#v", err, err, err); strings.Contains(text, secret) {
			t.Errorf("the error shows %q: %s", secret, text)
		}
	}
}

func TestUnreachableStoreFailsInTime(t *testing.T) {
	t.Parallel()
	// A listener whose connections nobody ever answers.
	silent, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = silent.Close() })
	store := openGrants(t, azuretable.Config{ConnectionString: fmt.Sprintf(account, silent.Addr()), Table: "silent"})
	started := time.Now()
	if _, _, err := store.Load(t.Context()); err == nil || errors.Is(err, tokens.ErrNotFound) {
		t.Errorf("load: %v", err)
	}
	if _, err := store.Save(t.Context(), tokens.Row{WriteID: "lost"}, ""); err == nil || errors.Is(err, tokens.ErrConflict) {
		t.Errorf("save: %v", err)
	}
	if took := time.Since(started); took > 30*time.Second {
		t.Errorf("it took %v", took)
	}
}

func TestConfigIsChecked(t *testing.T) {
	t.Parallel()
	for name, cfg := range map[string]azuretable.Config{
		"no table":             {ConnectionString: "UseDevelopmentStorage=true"},
		"nowhere":              {Table: "grants"},
		"malformed connection": {Table: "grants", ConnectionString: "AccountName=x;AccountKey=planted-key"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := azuretable.NewGrants(cfg)
			if err == nil || strings.Contains(err.Error(), "planted-key") {
				t.Errorf("error: %v", err)
			}
		})
	}
}

func openGrants(t *testing.T, cfg azuretable.Config) *azuretable.Grants {
	t.Helper()
	store, err := azuretable.NewGrants(cfg)
	if err != nil {
		t.Fatal(err)
	}
	return store
}

// lossyTransport loses the next update, or the answer to it.
type lossyTransport struct{ request, answer atomic.Bool }

func (l *lossyTransport) RoundTrip(req *http.Request) (*http.Response, error) {
	if req.Method == http.MethodPut && l.request.CompareAndSwap(true, false) {
		return nil, errors.New("lost on the way there")
	}
	res, err := http.DefaultTransport.RoundTrip(req)
	if err == nil && req.Method == http.MethodPut && l.answer.CompareAndSwap(true, false) {
		_ = res.Body.Close()
		return nil, errors.New("lost on the way back")
	}
	return res, err
}

// startAzurite runs the emulator for one test and returns the connection string of its account.
func startAzurite(t *testing.T) string {
	t.Helper()
	program, err := filepath.Abs("testdata/azurite/node_modules/.bin/azurite-table")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(program); err != nil {
		t.Skip("Azurite is not installed: run `make test`, or `npm ci` in azuretable/testdata/azurite")
	}
	address := freeAddress(t)
	_, port, _ := net.SplitHostPort(address)
	azurite := exec.Command(program, "-l", t.TempDir(), "--tablePort", port, "--silent", "--disableTelemetry")
	if err := azurite.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = azurite.Process.Signal(syscall.SIGINT)
		_ = azurite.Wait()
	})
	awaitListener(t, address)
	return fmt.Sprintf(account, address)
}

func freeAddress(t *testing.T) string {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = listener.Close() }()
	return listener.Addr().String()
}

func awaitListener(t *testing.T, address string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for {
		conn, err := net.Dial("tcp", address)
		if err == nil {
			_ = conn.Close()
			return
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			t.Fatalf("Azurite does not listen on %s: %v", address, err)
		}
	}
}
