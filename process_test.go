package main_test

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"log"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// The tests of this package run the real program: built once, started with an environment of its own, asked over HTTP,
// ended by signals.

// built is the program under test and the folder that holds it.
type built struct {
	once sync.Once
	dir  string
	err  error
}

var program built // One build serves every test; TestMain removes it.

func TestMain(m *testing.M) {
	if file := os.Getenv(plainServer); file != "" {
		log.Fatal(servePlainly(file))
	}
	code := m.Run()
	if program.dir != "" {
		_ = os.RemoveAll(program.dir)
	}
	os.Exit(code)
}

func (b *built) path(t *testing.T) string {
	t.Helper()
	b.once.Do(func() {
		if b.dir, b.err = os.MkdirTemp("", "domestique-test-"); b.err != nil { //nolint:usetesting // It outlives the test that builds it.
			return
		}
		out, err := exec.Command("go", "build", "-o", filepath.Join(b.dir, "domestique"), ".").CombinedOutput()
		if err != nil {
			b.err = fmt.Errorf("go build: %w\n%s", err, out)
		}
	})
	if b.err != nil {
		t.Fatal(b.err)
	}
	return filepath.Join(b.dir, "domestique")
}

// process is one run of the program in an empty working folder.
type process struct {
	URL    string // of the server, without a trailing slash
	cmd    *exec.Cmd
	output *lockedBuffer // stdout and stderr together
	exited chan struct{}
}

// lockedBuffer is written by the program's two streams and read by the test.
type lockedBuffer struct {
	mu     sync.Mutex
	buffer bytes.Buffer
}

func (b *lockedBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buffer.Write(p)
}

func (b *lockedBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buffer.String()
}

var graphqlAddress = regexp.MustCompile(`GraphQL\s+(http://\S+)/graphql`)

// start runs the program with args and nothing but env (and the few variables that any program needs) in dir, and waits
// until it says where it listens.
func start(t *testing.T, dir string, env []string, args ...string) *process {
	t.Helper()
	return launch(t, dir, env, args...).listening(t)
}

// startLogging is start for a program under load: what it logs goes to a file, because a test that reads along would take
// its share of the machine.
func startLogging(t *testing.T, dir string, env []string) *process {
	t.Helper()
	file, err := os.CreateTemp(t.TempDir(), "log")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = file.Close() }() // The program has its own.
	p := prepared(t, dir, env)
	p.cmd.Stderr = file
	return p.run(t).listening(t)
}

// listening waits until the program says where it listens.
func (p *process) listening(t *testing.T) *process {
	t.Helper()
	deadline := time.After(30 * time.Second)
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for {
		if match := graphqlAddress.FindStringSubmatch(p.output.String()); match != nil {
			p.URL = match[1]
			return p
		}
		select {
		case <-tick.C:
		case <-p.exited:
			t.Fatalf("the program ended with code %d before it listened:\n%s", p.cmd.ProcessState.ExitCode(), p.output)
		case <-deadline:
			t.Fatalf("the program did not say within 30 s where it listens:\n%s", p.output)
		}
	}
}

// launch starts the program without waiting for anything.
func launch(t *testing.T, dir string, env []string, args ...string) *process {
	t.Helper()
	return prepared(t, dir, env, args...).run(t)
}

func prepared(t *testing.T, dir string, env []string, args ...string) *process {
	t.Helper()
	p := &process{output: &lockedBuffer{}, exited: make(chan struct{})}
	p.cmd = exec.Command(program.path(t), args...)
	p.cmd.Dir = dir
	p.cmd.Env = append([]string{"HOME=" + dir, "PATH=" + os.Getenv("PATH"), "TMPDIR=" + dir, "ADDR=127.0.0.1:0"}, env...)
	p.cmd.Stdout, p.cmd.Stderr = p.output, p.output
	return p
}

func (p *process) run(t *testing.T) *process {
	t.Helper()
	if err := p.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	go func() {
		defer close(p.exited)
		_ = p.cmd.Wait()
	}()
	t.Cleanup(func() {
		_ = p.cmd.Process.Kill()
		<-p.exited
	})
	return p
}

// signal sends sig and waits for the end of the program; it returns the exit code (-1 after a signal that kills).
func (p *process) signal(t *testing.T, sig os.Signal) int {
	t.Helper()
	_ = p.cmd.Process.Signal(sig)
	return p.wait(t)
}

func (p *process) wait(t *testing.T) int {
	t.Helper()
	select {
	case <-p.exited:
		return p.cmd.ProcessState.ExitCode()
	case <-time.After(30 * time.Second):
		_ = p.cmd.Process.Signal(syscall.SIGQUIT)
		<-p.exited
		t.Fatalf("the program did not end within 30 s:\n%s", p.output)
		return 0
	}
}

// answer is a GraphQL answer.
type answer struct {
	Data   json.RawMessage
	Errors []struct {
		Message    string
		Path       []any
		Extensions map[string]any
	}
}

var client = &http.Client{Timeout: 30 * time.Second} // Shared so that connections are reused.

// ask posts a document to the program and decodes data into out; any error in the answer is returned.
func (p *process) ask(key, document string, out any) error {
	got, err := p.post(key, document)
	if err != nil {
		return err
	}
	if len(got.Errors) > 0 {
		return &refusedAnswer{fmt.Sprint(got.Errors[0].Extensions["code"]), got.Errors[0].Message}
	}
	return json.Unmarshal(got.Data, out)
}

func (p *process) post(key, document string) (answer, error) {
	return p.send(key, map[string]any{"query": document})
}

// send posts a whole request.
func (p *process) send(key string, request map[string]any) (answer, error) {
	var got answer
	body, err := json.Marshal(request)
	if err != nil {
		return got, err
	}
	req, err := http.NewRequest(http.MethodPost, p.URL+"/graphql", bytes.NewReader(body))
	if err != nil {
		return got, err
	}
	req.Header.Set("Content-Type", "application/json")
	if key != "" {
		req.Header.Set("Authorization", "Bearer "+key)
	}
	res, err := client.Do(req)
	if err != nil {
		return got, err
	}
	defer func() { _ = res.Body.Close() }()
	raw, err := io.ReadAll(res.Body)
	if err != nil {
		return got, err
	}
	if err := json.Unmarshal(raw, &got); err != nil {
		return got, &foreignAnswer{res.StatusCode, fmt.Errorf("%w: %s", err, raw)}
	}
	return got, nil
}

// foreignAnswer is one that is not GraphQL's: a balancer's, say.
type foreignAnswer struct {
	status int
	err    error
}

func (a *foreignAnswer) Error() string {
	return fmt.Sprintf("status %d is not a GraphQL answer: %v", a.status, a.err)
}

func (a *foreignAnswer) Unwrap() error { return a.err }

// refusedAnswer is the first error of an answer.
type refusedAnswer struct{ code, message string }

func (a *refusedAnswer) Error() string { return fmt.Sprintf("answered %s: %s", a.code, a.message) }

// lengthOf is how long a test goes on: as long as usual unless the variable says otherwise.
func lengthOf(t *testing.T, variable string, usual time.Duration) time.Duration {
	t.Helper()
	text := os.Getenv(variable)
	if text == "" {
		return usual
	}
	length, err := time.ParseDuration(text)
	if err != nil {
		t.Fatalf("%s: %v", variable, err)
	}
	return length
}

// get returns what stands at a path.
func (p *process) get(key, path string) ([]byte, error) {
	req, err := http.NewRequest(http.MethodGet, p.URL+path, nil)
	if err != nil {
		return nil, err
	}
	req.Header.Set("Authorization", "Bearer "+key)
	res, err := client.Do(req)
	if err != nil {
		return nil, err
	}
	defer func() { _ = res.Body.Close() }()
	return io.ReadAll(res.Body)
}

// readmeQuery is the query at the head of the README: what a stranger sees there is what the tests run.
func readmeQuery(t *testing.T) string {
	t.Helper()
	return readmeBlock(t, "graphql")
}

// readmeBlock returns the README's first fenced block of the given language.
func readmeBlock(t *testing.T, language string) string {
	t.Helper()
	return blockOf(t, "README.md", language)
}

// blockOf returns a page's first fenced block of the given language.
func blockOf(t *testing.T, page, language string) string {
	t.Helper()
	file, err := os.Open(page)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = file.Close() }()
	var block strings.Builder
	inside := false
	for lines := bufio.NewScanner(file); lines.Scan(); {
		line := lines.Text()
		switch {
		case !inside && line == "```"+language:
			inside = true
		case inside && line == "```":
			return block.String()
		case inside:
			block.WriteString(line + "\n")
		}
	}
	t.Fatalf("%s has no %s block", page, language)
	return ""
}

func wantOutput(t *testing.T, p *process, text string) {
	t.Helper()
	if !strings.Contains(p.output.String(), text) {
		t.Errorf("the program did not say %q:\n%s", text, p.output)
	}
}
