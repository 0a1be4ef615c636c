package azuretable_test

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"
)

// account is the connection string of the emulator's one account, whose key is public, at an address.
const account = "DefaultEndpointsProtocol=http;AccountName=devstoreaccount1;" +
	"AccountKey=Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw==;" +
	"TableEndpoint=http://%s/devstoreaccount1;"

// emulator is one running Azurite.
type emulator struct {
	address string // HOST:PORT
	process *exec.Cmd
	dir     string // Holds what it stores, and is removed with it.
}

// shared is the emulator of all tests that need no particular one.
var shared struct {
	once sync.Once
	*emulator
	err error
}

func TestMain(m *testing.M) {
	flag.Parse()
	if err := flag.Set("test.parallel", "32"); err != nil { // They wait for time-outs, not for processors.
		panic(err)
	}
	code := m.Run()
	if shared.emulator != nil {
		shared.stop()
	}
	os.Exit(code)
}

// azuriteAddress is where the shared emulator listens. The test is skipped where Azurite is not installed.
func azuriteAddress(t *testing.T) string {
	t.Helper()
	shared.once.Do(func() { shared.emulator, shared.err = startAzurite() })
	skipOrFail(t, shared.err)
	return shared.address
}

// connection is the connection string of the shared emulator.
func connection(t *testing.T) string {
	t.Helper()
	return fmt.Sprintf(account, azuriteAddress(t))
}

func skipOrFail(t *testing.T, err error) {
	t.Helper()
	switch {
	case errors.Is(err, errNotInstalled):
		t.Skip(err)
	case err != nil:
		t.Fatal(err)
	}
}

var tables atomic.Int32

// newTable is the name of a table that nobody has used yet.
func newTable() string { return fmt.Sprint("table", tables.Add(1)) }

var errNotInstalled = errors.New("no Azurite is installed: run `make test`, or `npm ci` in azuretable/testdata/azurite")

// startAzurite runs the emulator with further arguments and waits until it listens.
func startAzurite(args ...string) (*emulator, error) {
	program, err := filepath.Abs("testdata/azurite/node_modules/.bin/azurite-table")
	if err != nil {
		return nil, err
	}
	if _, err := os.Stat(program); err != nil {
		return nil, errNotInstalled
	}
	dir, err := os.MkdirTemp("", "azurite-")
	if err != nil {
		return nil, err
	}
	e := &emulator{dir: dir}
	if e.address, err = freeAddress(); err != nil {
		return nil, err
	}
	_, port, _ := net.SplitHostPort(e.address)
	e.process = exec.Command(program, append([]string{"-l", dir, "--tablePort", port, "--silent", "--disableTelemetry"}, args...)...)
	if err := e.process.Start(); err != nil {
		return nil, err
	}
	if err := awaitListener(e.address); err != nil {
		e.stop()
		return nil, err
	}
	return e, nil
}

// stop ends the emulator by the one signal that it obeys at once.
func (e *emulator) stop() {
	_ = e.process.Process.Signal(syscall.SIGINT)
	_ = e.process.Wait()
	_ = os.RemoveAll(e.dir)
}

func freeAddress() (string, error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	defer func() { _ = listener.Close() }()
	return listener.Addr().String(), nil
}

func awaitListener(address string) error {
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Minute)
	defer cancel()
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for {
		conn, err := net.Dial("tcp", address)
		if err == nil {
			return conn.Close()
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return fmt.Errorf("no Azurite listens on %s: %w", address, err)
		}
	}
}
