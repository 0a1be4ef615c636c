package main_test

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"
)

// connections is how many clients ask at the same time.
const connections = 16

// load is what clients send over connections that stay open, each as fast as it is answered. It speaks just enough of
// HTTP/1.1 to take little of the machine that the servers run on, too.
type load struct {
	address string           // host:port
	request func(int) []byte // the n-th of all requests, whole
	status  int              // that every answer has to have
}

// outcome is what came of a load.
type outcome struct {
	perSecond float64
	p99       time.Duration
	bytes     int // of the body of one answer
}

// run loads the server for so long.
func (l load) run(t *testing.T, length time.Duration) outcome {
	t.Helper()
	var (
		group   sync.WaitGroup
		mu      sync.Mutex
		took    []time.Duration
		failure error
		size    int
	)
	began := time.Now()
	for i := range connections {
		group.Go(func() {
			mine, bytes, err := l.keepAsking(i, began.Add(length))
			mu.Lock()
			defer mu.Unlock()
			took, size, failure = append(took, mine...), bytes, errors.Join(failure, err)
		})
	}
	group.Wait()
	elapsed := time.Since(began)
	if failure != nil || len(took) == 0 {
		t.Fatalf("load on %s: %d answers, %v", l.address, len(took), failure)
	}
	slices.Sort(took)
	return outcome{perSecond: float64(len(took)) / elapsed.Seconds(), p99: took[len(took)*99/100], bytes: size}
}

func (l load) keepAsking(client int, until time.Time) (took []time.Duration, size int, err error) {
	connection, err := net.Dial("tcp", l.address)
	if err != nil {
		return nil, 0, err
	}
	defer func() { _ = connection.Close() }()
	if err := connection.SetDeadline(until.Add(30 * time.Second)); err != nil {
		return nil, 0, err
	}
	answers := bufio.NewReaderSize(connection, 64<<10)
	for n := client; ; n += connections {
		asked := time.Now()
		if asked.After(until) {
			return took, size, nil
		}
		if _, err := connection.Write(l.request(n)); err != nil {
			return took, size, err
		}
		if size, err = l.read(answers); err != nil {
			return took, size, err
		}
		took = append(took, time.Since(asked))
	}
}

// read takes one answer off the connection and returns the length of its body.
func (l load) read(answers *bufio.Reader) (size int, err error) {
	status, err := answers.ReadSlice('\n')
	if err != nil {
		return 0, err
	}
	if want := strconv.Itoa(l.status); len(status) < 12 || string(status[9:12]) != want {
		return 0, fmt.Errorf("got %q, want %s", status, want)
	}
	for {
		line, err := answers.ReadSlice('\n')
		if err != nil {
			return 0, err
		}
		if len(line) <= 2 {
			break
		}
		const length = "content-length:"
		if len(line) > len(length) && bytes.EqualFold(line[:len(length)], []byte(length)) {
			if size, err = strconv.Atoi(strings.TrimSpace(string(line[len(length):]))); err != nil {
				return 0, err
			}
		}
	}
	_, err = answers.Discard(size)
	return size, err
}

// plainServer is the environment variable that makes this test a plain server: it names the file that is answered with.
const plainServer = "DOMESTIQUE_PLAIN_SERVER"

// servePlainly answers everything with the file's bytes out of memory, and 304 to whoever names a tag. It is what net/http
// can do at the most.
func servePlainly(file string) error {
	body, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	fmt.Println(listener.Addr())
	length := strconv.Itoa(len(body))
	server := &http.Server{ReadHeaderTimeout: 10 * time.Second, Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		w.Header().Set("ETag", `W/"plain"`)
		if r.Header.Get("If-None-Match") != "" {
			w.WriteHeader(http.StatusNotModified)
			return
		}
		w.Header().Set("Content-Length", length)
		_, _ = w.Write(body)
	})}
	return server.Serve(listener)
}

// startPlain runs that server as a process of its own, and returns its address.
func startPlain(t *testing.T, file string) string {
	t.Helper()
	server := exec.Command(os.Args[0])
	server.Env = append(os.Environ(), plainServer+"="+file)
	output, err := server.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := server.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = server.Process.Kill()
		_ = server.Wait()
	})
	address, err := bufio.NewReader(output).ReadString('\n')
	if err != nil && !errors.Is(err, io.EOF) {
		t.Fatal(err)
	}
	return strings.TrimSpace(address)
}
