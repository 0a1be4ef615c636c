package main_test

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

// By so much a gateway at rest may be larger at the end of a load than in the middle of it. What it keeps has bounds of its
// own, and is not all full by then when the load is short.
const (
	moreMemory      = 48 << 20
	moreFiles       = 16 // Connections to and from Strava stay open for a while.
	moreThreads     = 16
	moreGoroutines  = 3 * moreFiles
	idleGoroutines  = 96 // Of one at rest, whatever it has been through.
	phasesOfGrowth  = 6
	restAfterPhases = 60 * time.Second // The longest: the slowest client is given up long before.
)

// TestNothingGrows sends a gateway everything that comes to one, at once: the same questions and ones that were never asked,
// by the owner and by strangers, tags, mistakes, guesses, events, subscriptions that come and go with or without goodbye,
// and clients that read slowly or stop in the midst of a request. Whenever they pause it has to be as small as before. It
// takes some seconds; GROWTH=10m, or `make growth`, makes it longer.
func TestNothingGrows(t *testing.T) {
	t.Parallel()
	if _, err := os.Stat("/proc/self/fd"); err != nil {
		t.Skipf("what a process takes is read from /proc: %v", err)
	}
	length := 9 * time.Second
	if growth := os.Getenv("GROWTH"); growth != "" {
		var err error
		if length, err = time.ParseDuration(growth); err != nil {
			t.Fatal(err)
		}
	}
	admin := freeAddress(t)
	c := newCrowd(t, subscribe(t, t.TempDir(), "PUBLIC_ACCESS=summary", "LOG_LEVEL=warn", "ADMIN_ADDR="+admin), admin)
	before := c.measure(t)
	t.Logf("before: %v", before)
	var middle, end footprint
	for phase := range phasesOfGrowth {
		c.visit(t, length/phasesOfGrowth)
		end = c.rest(t, before)
		t.Logf("after %v: %v", length*time.Duration(phase+1)/phasesOfGrowth, end)
		if phase == phasesOfGrowth/2-1 {
			middle = end
		}
	}
	t.Logf("%s", c.summary())
	for _, it := range []struct {
		name              string
		middle, end, more int
	}{
		{"bytes of memory", middle.memory, end.memory, moreMemory},
		{"bytes of heap", middle.heap, end.heap, moreMemory},
		{"open files", middle.files, end.files, moreFiles},
		{"threads", middle.threads, end.threads, moreThreads},
		{"goroutines", middle.goroutines, end.goroutines, moreGoroutines},
	} {
		if it.end > it.middle+it.more {
			t.Errorf("%d %s in the middle became %d, which is more than %d more", it.middle, it.name, it.end, it.more)
		}
	}
	left := c.goroutinesAtTheEnd(t)
	t.Logf("%d goroutines at rest", left)
	if left > idleGoroutines {
		t.Errorf("%d goroutines at rest, want %d at the most:\n%s", left, idleGoroutines, c.gateway.output)
	}
}

// footprint is what a process takes. What only ADMIN_ADDR tells is 0 where it is not served.
type footprint struct {
	memory, heap               int // bytes
	files, threads, goroutines int
}

func (f footprint) String() string {
	return fmt.Sprintf("%.1f MB of memory, %.1f MB of heap, %d files, %d threads, %d goroutines",
		float64(f.memory)/1e6, float64(f.heap)/1e6, f.files, f.threads, f.goroutines)
}

func (c *crowd) measure(t *testing.T) footprint {
	t.Helper()
	process := filepath.Join("/proc", strconv.Itoa(c.gateway.cmd.Process.Pid))
	files, err := os.ReadDir(filepath.Join(process, "fd"))
	if err != nil {
		t.Fatalf("%v\n%s", err, c.gateway.output)
	}
	status, err := os.ReadFile(filepath.Join(process, "status"))
	if err != nil {
		t.Fatal(err)
	}
	return footprint{
		memory: numberIn(t, `VmRSS:\s+(\d+) kB`, status) << 10, threads: numberIn(t, `Threads:\s+(\d+)`, status), files: len(files),
		goroutines: c.profiled(t, "goroutine?debug=1", `^goroutine profile: total (\d+)`),
		heap:       c.profiled(t, "heap?gc=1&debug=1", `# HeapAlloc = (\d+)`),
	}
}

// profiled reads a number out of a profile, 0 where none are served.
func (c *crowd) profiled(t *testing.T, profile, pattern string) int {
	t.Helper()
	res, err := c.client.Get("http://" + c.admin + "/debug/pprof/" + profile)
	if errors.Is(err, syscall.ECONNREFUSED) {
		return 0
	}
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = res.Body.Close() }()
	text, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	return numberIn(t, pattern, text)
}

func numberIn(t *testing.T, pattern string, text []byte) int {
	t.Helper()
	match := regexp.MustCompile(pattern).FindSubmatch(text)
	if match == nil {
		t.Fatalf("no %s in %.300s", pattern, text)
	}
	number, err := strconv.Atoi(string(match[1]))
	if err != nil {
		t.Fatal(err)
	}
	return number
}

// rest waits until the gateway has let go of everybody, and measures it.
func (c *crowd) rest(t *testing.T, before footprint) (at footprint) {
	t.Helper()
	c.client.CloseIdleConnections()
	client.CloseIdleConnections()
	delivering, cancel := context.WithTimeout(t.Context(), restAfterPhases)
	defer cancel()
	if err := c.AwaitEvents(delivering); err != nil { // Delivered, or given up: this is not about events.
		t.Fatal(err)
	}
	c.gateway.eventually(t, restAfterPhases, func() error {
		if at = c.measure(t); at.files > before.files+moreFiles {
			return fmt.Errorf("%d files are open, %d were before", at.files, before.files)
		}
		return nil
	})
	return at
}

// goroutinesAtTheEnd ends the gateway with a signal that has it tell what it is doing.
func (c *crowd) goroutinesAtTheEnd(t *testing.T) int {
	t.Helper()
	c.gateway.signal(t, syscall.SIGQUIT)
	count := 0
	for lines := bufio.NewScanner(strings.NewReader(c.gateway.output.String())); lines.Scan(); {
		if strings.HasPrefix(lines.Text(), "goroutine ") {
			count++
		}
	}
	if count == 0 {
		t.Fatalf("it did not tell:\n%s", c.gateway.output)
	}
	return count
}

// pause returns early when ctx ends.
func pause(ctx context.Context, length time.Duration) {
	select {
	case <-ctx.Done():
	case <-time.After(length):
	}
}

// send asks over HTTP and reads the whole answer. An empty key is a stranger's.
func (c *crowd) send(ctx context.Context, method, path, body, key string, header http.Header) (*http.Response, error) {
	request, err := http.NewRequestWithContext(ctx, method, c.gateway.URL+path, bytes.NewReader([]byte(body)))
	if err != nil {
		return nil, err
	}
	request.Header = header.Clone()
	if key != "" {
		request.Header.Set("Authorization", "Bearer "+key)
	}
	res, err := c.client.Do(request)
	if err != nil {
		return nil, err
	}
	defer func() { _ = res.Body.Close() }()
	_, err = io.Copy(io.Discard, res.Body)
	return res, err
}
