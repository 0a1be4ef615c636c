package main_test

import (
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"
	"time"
)

// azurite is the emulator of Azure Tables, in a folder of its own.
type azurite struct {
	address string
	dir     string
	process *exec.Cmd
}

// startAzurite runs the emulator for one test and returns the connection string of its account.
func startAzurite(t *testing.T) string {
	t.Helper()
	return newAzurite(t).connection()
}

func newAzurite(t *testing.T) *azurite {
	t.Helper()
	a := &azurite{address: freeAddress(t), dir: t.TempDir()}
	a.start(t)
	t.Cleanup(func() {
		a.pause(false)
		a.stop()
	})
	return a
}

func (a *azurite) connection() string {
	return "DefaultEndpointsProtocol=http;AccountName=devstoreaccount1;" +
		"AccountKey=Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw==;" +
		"TableEndpoint=http://" + a.address + "/devstoreaccount1;"
}

func (a *azurite) start(t *testing.T) {
	t.Helper()
	program, err := filepath.Abs("azuretable/testdata/azurite/node_modules/.bin/azurite-table")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(program); err != nil {
		t.Skip("Azurite is not installed: run `make test`, or `npm ci` in azuretable/testdata/azurite")
	}
	_, port, _ := net.SplitHostPort(a.address)
	a.process = exec.Command(program, "-l", a.dir, "--tablePort", port, "--silent", "--disableTelemetry")
	if err := a.process.Start(); err != nil {
		t.Fatal(err)
	}
	deadline := time.After(2 * time.Minute) // On a busy machine; it is about a second on an idle one.
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for {
		if conn, err := net.Dial("tcp", a.address); err == nil {
			_ = conn.Close()
			return
		}
		select {
		case <-tick.C:
		case <-deadline:
			t.Fatalf("Azurite does not listen on %s", a.address)
		}
	}
}

// stop ends the emulator as it wants to be ended: killed, it would lose what it has not written to its folder yet.
func (a *azurite) stop() {
	_ = a.process.Process.Signal(syscall.SIGINT)
	_ = a.process.Wait()
}

// pause leaves every connection open and unanswered, or ends that.
func (a *azurite) pause(paused bool) {
	signal := syscall.SIGCONT
	if paused {
		signal = syscall.SIGSTOP
	}
	_ = a.process.Process.Signal(signal)
}
