package tokens_test

import (
	"bufio"
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"domestique/tokens"
)

// writeForever is set for the child of TestFileStoreSurvivesKill, and names the folder to write to.
const writeForever = "DOMESTIQUE_TEST_WRITE_FOREVER"

func TestMain(m *testing.M) {
	if dir := os.Getenv(writeForever); dir != "" {
		os.Exit(increment(dir))
	}
	goleak.VerifyTestMain(m)
}

// TestFileStoreSurvivesKill kills a real process, again and again, while it writes as fast as it can: what it said was
// written is there, and what is there is whole.
func TestFileStoreSurvivesKill(t *testing.T) {
	t.Parallel()
	const kills = 30
	dir := t.TempDir()
	if _, err := openFileStore(t, dir).Save(t.Context(), tokens.Row{}, ""); err != nil {
		t.Fatal(err)
	}
	random := rand.New(rand.NewPCG(1, 2))
	var last int64
	for range kills {
		acknowledged := killWriter(t, dir, time.Duration(random.Int64N(int64(40*time.Millisecond))))
		row, _, err := openFileStore(t, dir).Load(t.Context())
		if err != nil {
			t.Fatalf("after the kill: %v", err)
		}
		// One write may have landed and its acknowledgement not.
		if want := max(last, acknowledged); row.Generation != want && row.Generation != want+1 {
			t.Fatalf("generation %d is stored, %d was acknowledged", row.Generation, want)
		}
		last = row.Generation
		if left, _ := filepath.Glob(filepath.Join(dir, ".grant-*")); len(left) > 0 {
			t.Fatalf("left behind: %v", left)
		}
	}
	if last < 2*kills {
		t.Errorf("only %d writes under %d kills: the test proves little", last, kills)
	}
	t.Logf("%d writes, %d kills", last, kills)
}

// killWriter lets a child write until some time after its first write, kills it, and returns the last generation that it
// said was written.
func killWriter(t *testing.T, dir string, after time.Duration) int64 {
	t.Helper()
	child := exec.CommandContext(t.Context(), os.Args[0])
	child.Env = append(os.Environ(), writeForever+"="+dir)
	output, err := child.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := child.Start(); err != nil {
		t.Fatal(err)
	}
	var acknowledged int64
	var timer *time.Timer
	for lines := bufio.NewScanner(output); lines.Scan(); {
		if acknowledged, err = strconv.ParseInt(lines.Text(), 10, 64); err != nil {
			break // The line that was cut by the kill.
		}
		if timer == nil {
			timer = time.AfterFunc(after, func() { _ = child.Process.Kill() })
			defer timer.Stop()
		}
	}
	if state := child.Wait(); timer == nil {
		t.Fatalf("the child wrote nothing: %v", state)
	}
	return acknowledged
}

// increment is the child: it counts up in the store for ever, and acknowledges every write in one line.
func increment(dir string) (code int) {
	store, err := tokens.OpenFileStore(dir)
	if err != nil {
		return 1
	}
	for {
		row, revision, err := store.Load(context.Background())
		if err != nil {
			return 2
		}
		row.Generation++
		row.AccessToken = strings.Repeat("v1.aabbccdd.sealed", 200)
		if _, err := store.Save(context.Background(), row, revision); err != nil {
			return 3
		}
		fmt.Println(row.Generation)
	}
}
