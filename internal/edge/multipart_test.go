package edge_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"maps"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"net/textproto"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/99designs/gqlgen/graphql"
	"github.com/99designs/gqlgen/graphql/executor"
	"github.com/vektah/gqlparser/v2"
	"github.com/vektah/gqlparser/v2/ast"

	"domestique/internal/edge"
)

const fileSDL = `
scalar Upload
input Package { files: [Upload] note: String }
type Query { size(file: Upload): Int }
type Mutation { size(file: Upload, package: Package): Int }
`

// fileSchema answers with the length of the file that stands for its variable, read to the end.
type fileSchema struct {
	schema *ast.Schema
	arrive func() // Called by every operation before it answers.
}

func (s fileSchema) Schema() *ast.Schema { return s.schema }

func (fileSchema) Complexity(context.Context, string, string, int, map[string]any) (int, bool) {
	return 0, false
}

func (s fileSchema) Exec(ctx context.Context) graphql.ResponseHandler {
	operation := graphql.GetOperationContext(ctx)
	return func(context.Context) *graphql.Response {
		if s.arrive != nil {
			s.arrive()
		}
		length := int64(-1)
		if file, ok := findUpload(operation.Variables); ok {
			length, _ = io.Copy(io.Discard, file.File)
			if length != file.Size {
				length = -2
			}
		}
		return &graphql.Response{Data: fmt.Appendf(nil, `{"size":%d}`, length)}
	}
}

func findUpload(value any) (graphql.Upload, bool) {
	switch value := value.(type) {
	case graphql.Upload:
		return value, true
	case map[string]any:
		for _, member := range value {
			if file, ok := findUpload(member); ok {
				return file, true
			}
		}
	case []any:
		for _, element := range value {
			if file, ok := findUpload(element); ok {
				return file, true
			}
		}
	}
	return graphql.Upload{}, false
}

func newFileEdge(t *testing.T, arrive func()) *edge.Gateway {
	t.Helper()
	return newEdge(t, func(c *edge.Config) {
		schema := gqlparser.MustLoadSchema(&ast.Source{Name: "file.graphqls", Input: fileSDL})
		c.Executor = executor.New(fileSchema{schema, arrive})
	})
}

// part is one of a form. An empty header is that of a form's field.
type part struct {
	name, content string
	header        textproto.MIMEHeader
}

const (
	sendFile   = `{"query":"mutation($f: Upload!){size(file: $f)}","variables":{"f":null}}`
	sendToF    = `{"0":["variables.f"]}`
	sendNested = `{"query":"mutation($p: Package){size(package: $p)}","variables":{"p":{"files":[null,null],"note":"x"}}}`
)

// upload is a request with those parts, as the owner.
func upload(parts ...part) *http.Request {
	var body bytes.Buffer
	form := multipart.NewWriter(&body)
	for _, p := range parts {
		header := textproto.MIMEHeader{"Content-Disposition": {fmt.Sprintf(`form-data; name="%s"`, p.name)}}
		maps.Copy(header, p.header)
		to, err := form.CreatePart(header)
		if err == nil {
			_, err = io.WriteString(to, p.content)
		}
		if err != nil {
			panic(err)
		}
	}
	if err := form.Close(); err != nil {
		panic(err)
	}
	return uploadOf(form.FormDataContentType(), &body)
}

func uploadOf(contentType string, body io.Reader) *http.Request {
	r := httptest.NewRequest("POST", "/graphql", body)
	r.Header.Set("Content-Type", contentType)
	return asOwner(r)
}

func operations(text string) part { return part{name: "operations", content: text} }
func mapping(text string) part    { return part{name: "map", content: text} }
func track(size int) part {
	return part{name: "0", content: strings.Repeat("x", size), header: textproto.MIMEHeader{
		"Content-Disposition": {`form-data; name="0"; filename="../../etc/passwd"`}, "Content-Type": {"application/gpx+xml"}}}
}

func TestAFileComesInItsVariablesPlace(t *testing.T) {
	t.Parallel()
	handler := newFileEdge(t, nil)
	for name, test := range map[string]struct {
		request *http.Request
		want    int
	}{
		"a variable":      {upload(operations(sendFile), mapping(sendToF), track(1000)), 1000},
		"inside of it":    {upload(operations(sendNested), mapping(`{"0":["variables.p.files.1"]}`), track(7)), 7},
		"an empty file":   {upload(operations(sendFile), mapping(sendToF), track(0)), 0},
		"25 MB":           {upload(operations(sendFile), mapping(sendToF), track(25<<20)), 25 << 20},
		"another name":    {upload(operations(sendFile), mapping(`{"ride":["variables.f"]}`), part{name: "ride", content: "abc"}), 3},
		"a query":         {upload(operations(strings.Replace(sendFile, "mutation", "query", 1)), mapping(sendToF), track(5)), 5},
		"unknown length":  {withLength(upload(operations(sendFile), mapping(sendToF), track(9)), -1), 9},
		"words after it":  {trailing(upload(operations(sendFile), mapping(sendToF), track(9))), 9},
		"our header, too": {with(upload(operations(sendFile), mapping(sendToF), track(9)), "GraphQL-Require-Preflight", "1"), 9},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got := serve(handler, test.request)
			if want := fmt.Sprintf(`{"size":%d}`, test.want); got.Code != http.StatusOK || string(decode(t, got).Data) != want {
				t.Errorf("%d %s, want %s", got.Code, got.Body, want)
			}
		})
	}
}

// withLength is the request with another Content-Length.
func withLength(r *http.Request, length int64) *http.Request {
	r.ContentLength = length
	return r
}

func trailing(r *http.Request) *http.Request {
	r.Body = io.NopCloser(io.MultiReader(r.Body, strings.NewReader("an epilogue, which RFC 2046 wants ignored")))
	return r
}

func TestFormsThatAreNotTaken(t *testing.T) {
	t.Parallel()
	handler := newFileEdge(t, func() { t.Error("an operation ran") })
	const bad, large, media = http.StatusBadRequest, http.StatusRequestEntityTooLarge, http.StatusUnsupportedMediaType
	flood := textproto.MIMEHeader{"X-Flood": {strings.Repeat("x", 64<<10)}}
	many := textproto.MIMEHeader{}
	for i := range 3000 {
		many.Set(fmt.Sprintf("X-%d", i), "x")
	}
	for name, test := range map[string]struct {
		request *http.Request
		want    int
	}{
		"no parts":                  {upload(), bad},
		"no operations":             {upload(mapping(sendToF), track(1)), bad},
		"no map":                    {upload(operations(sendFile), track(1)), bad},
		"no file":                   {upload(operations(sendFile), mapping(sendToF)), bad},
		"the file first":            {upload(track(1), operations(sendFile), mapping(sendToF)), bad},
		"the map first":             {upload(mapping(sendToF), operations(sendFile), track(1)), bad},
		"operations twice":          {upload(operations(sendFile), operations(sendFile), mapping(sendToF), track(1)), bad},
		"a map twice":               {upload(operations(sendFile), mapping(sendToF), mapping(sendToF), track(1)), bad},
		"the file twice":            {upload(operations(sendFile), mapping(sendToF), track(1), track(1)), bad},
		"another part":              {upload(operations(sendFile), mapping(sendToF), track(1), part{name: "1"}), bad},
		"another part in its place": {upload(operations(sendFile), mapping(sendToF), part{name: "1"}), bad},
		"a part without a name":     {upload(operations(sendFile), mapping(sendToF), part{content: "x"}), bad},
		"a batch":                   {upload(operations("["+sendFile+"]"), mapping(`{"0":["0.variables.f"]}`), track(1)), bad},
		"operations that are null":  {upload(operations("null"), mapping(sendToF), track(1)), bad},
		"operations that are cut":   {upload(operations(sendFile[:20]), mapping(sendToF), track(1)), bad},
		"no query":                  {upload(operations(`{"variables":{"f":null}}`), mapping(sendToF), track(1)), bad},
		"a map that is a list":      {upload(operations(sendFile), mapping(`["variables.f"]`), track(1)), bad},
		"a map that is null":        {upload(operations(sendFile), mapping(`null`), track(1)), bad},
		"an empty map":              {upload(operations(sendFile), mapping(`{}`), track(1)), bad},
		"a map to nothing":          {upload(operations(sendFile), mapping(`{"0":[]}`), track(1)), bad},
		"a map to two":              {upload(operations(sendFile), mapping(`{"0":["variables.f","variables.f"]}`), track(1)), bad},
		"a map of two files":        {upload(operations(sendNested), mapping(`{"0":["variables.p.files.0"],"1":["variables.p.files.1"]}`), track(1), part{name: "1"}), bad},
		"a path to no variable":     {upload(operations(sendFile), mapping(`{"0":["variables.g"]}`), track(1)), bad},
		"a path out of them":        {upload(operations(sendFile), mapping(`{"0":["query"]}`), track(1)), bad},
		"a path to all of them":     {upload(operations(sendFile), mapping(`{"0":["variables"]}`), track(1)), bad},
		"an empty path":             {upload(operations(sendFile), mapping(`{"0":["variables."]}`), track(1)), bad},
		"a path too deep":           {upload(operations(sendFile), mapping(`{"0":["variables.f.g"]}`), track(1)), bad},
		"a path to a value":         {upload(operations(sendNested), mapping(`{"0":["variables.p.note"]}`), track(1)), bad},
		"a path to an object":       {upload(operations(sendNested), mapping(`{"0":["variables.p"]}`), track(1)), bad},
		"a path to an element": {upload(operations(strings.Replace(sendNested, "[null,", `["x",`, 1)),
			mapping(`{"0":["variables.p.files.0"]}`), track(1)), bad},
		"a path beyond the list":     {upload(operations(sendNested), mapping(`{"0":["variables.p.files.2"]}`), track(1)), bad},
		"a path before the list":     {upload(operations(sendNested), mapping(`{"0":["variables.p.files.-1"]}`), track(1)), bad},
		"a form that is cut":         {uploadOf("multipart/form-data; boundary=b", strings.NewReader("--b\r\nContent-Disposition: form-data; name=operations\r\n\r\n{")), bad},
		"no boundary":                {uploadOf("multipart/form-data", strings.NewReader("x")), bad},
		"a long boundary":            {uploadOf("multipart/form-data; boundary="+strings.Repeat("b", 71), strings.NewReader("x")), bad},
		"operations of two MB":       {upload(operations(sendFile+strings.Repeat(" ", 2<<20)), mapping(sendToF), track(1)), large},
		"a long map":                 {upload(operations(sendFile), mapping(sendToF+strings.Repeat(" ", 64<<10)), track(1)), large},
		"a long header of a part":    {upload(part{"operations", sendFile, flood}, mapping(sendToF), track(1)), large},
		"a long header of the file":  {upload(operations(sendFile), mapping(sendToF), part{"0", "x", flood}), large},
		"many headers of a part":     {upload(operations(sendFile), part{"map", sendToF, many}, track(1)), large},
		"a long preamble":            {uploadOf("multipart/form-data; boundary=b", strings.NewReader(strings.Repeat("x\r\n", 1<<20))), large},
		"a file of 25 MB and a byte": {upload(operations(sendFile), mapping(sendToF), track(25<<20+1)), large},
		"a gzipped form":             {with(upload(operations(sendFile), mapping(sendToF), track(1)), "Content-Encoding", "gzip"), media},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got := serve(handler, test.request)
			answer := decode(t, got)
			if got.Code != test.want || len(answer.Data) > 0 || len(answer.Errors) != 1 || answer.Errors[0].Extensions.Code != "BAD_USER_INPUT" {
				t.Errorf("%d %s, want %d", got.Code, got.Body, test.want)
			}
		})
	}
}

// counted counts what was read of a body.
type counted struct {
	io.Reader
	read int64
}

func (c *counted) Read(p []byte) (int, error) {
	n, err := c.Reader.Read(p)
	c.read += int64(n)
	return n, err
}

// A file that is too large is refused before its rest is read, and the error names the variable.
func TestTheRestOfAFileThatIsTooLargeIsNotRead(t *testing.T) {
	t.Parallel()
	handler := newFileEdge(t, func() { t.Error("an operation ran") })
	for name, test := range map[string]struct {
		length int64
		most   int64
	}{
		"of a length that is told": {200 << 20, 64 << 10},
		"of unknown length":        {-1, 26 << 20},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			whole := upload(operations(sendFile), mapping(sendToF), track(0))
			head, err := io.ReadAll(whole.Body)
			if err != nil {
				t.Fatal(err)
			}
			end := bytes.LastIndex(head, []byte("\r\n--"))
			body := &counted{Reader: io.MultiReader(bytes.NewReader(head[:end]), io.LimitReader(zeros{}, 200<<20))}
			r := uploadOf(whole.Header.Get("Content-Type"), body)
			r.ContentLength = test.length
			got := serve(handler, r)
			var answer struct {
				Errors []struct{ Extensions map[string]any }
			}
			if err := json.Unmarshal(got.Body.Bytes(), &answer); err != nil {
				t.Fatal(err)
			}
			if got.Code != http.StatusRequestEntityTooLarge || answer.Errors[0].Extensions["argument"] != "f" {
				t.Errorf("%d %s", got.Code, got.Body)
			}
			if body.read > test.most {
				t.Errorf("%d bytes were read", body.read)
			}
		})
	}
}

type zeros struct{}

func (zeros) Read(p []byte) (int, error) { clear(p); return len(p), nil }

// Another site's page can have a browser send such a form without asking first. What a browser cannot send is needed.
func TestAFormNeedsWhatAnotherSiteCannotSend(t *testing.T) {
	t.Parallel()
	handler := newEdge(t, func(c *edge.Config) {
		c.Executor = executor.New(fileSchema{schema: gqlparser.MustLoadSchema(&ast.Source{Name: "file.graphqls", Input: fileSDL})})
		c.OwnerKeys, c.DemoLoopbackOwner = nil, true
	})
	for name, test := range map[string]struct {
		header, value string
		want          int
	}{
		"nothing":         {"X-Other", "1", http.StatusForbidden},
		"an empty header": {"GraphQL-Require-Preflight", "", http.StatusForbidden},
		"our header":      {"GraphQL-Require-Preflight", "1", http.StatusOK},
		"a bearer header": {"Authorization", "Bearer x", http.StatusOK},
	} {
		r := with(upload(operations(sendFile), mapping(sendToF), track(1)), "Authorization", "")
		r.RemoteAddr, r.Host = "127.0.0.1:5000", "localhost:8080"
		if got := serve(handler, with(r, test.header, test.value)); got.Code != test.want {
			t.Errorf("%s: %d %s, want %d", name, got.Code, got.Body, test.want)
		}
	}
	get := with(upload(operations(sendFile), mapping(sendToF), track(1)), "GraphQL-Require-Preflight", "1")
	get.Method, get.RemoteAddr, get.Host = http.MethodGet, "127.0.0.1:5000", "localhost:8080"
	if got := serve(handler, get); got.Code != http.StatusBadRequest {
		t.Errorf("GET: %d %s", got.Code, got.Body)
	}
	nobody := with(upload(operations(sendFile), mapping(sendToF), track(1)), "Authorization", "Bearer x")
	if got := serve(newFileEdge(t, nil), nobody); got.Code != http.StatusUnauthorized {
		t.Errorf("nobody: %d %s", got.Code, got.Body)
	}
}

// Two files are held at a time; others wait, but not for ever.
func TestFilesWaitForTheirTurn(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var arrived atomic.Int32
		release := make(chan struct{})
		handler := newFileEdge(t, func() { arrived.Add(1); <-release })
		codes := make(chan int, 10)
		send := func(ctx context.Context) {
			codes <- serve(handler, upload(operations(sendFile), mapping(sendToF), track(10)).WithContext(ctx)).Code
		}
		for range 4 {
			go send(t.Context())
		}
		synctest.Wait()
		if got := arrived.Load(); got != 2 {
			t.Errorf("%d files are held", got)
		}
		leaving, leave := context.WithTimeout(t.Context(), time.Second)
		defer leave()
		go send(leaving)
		if got := <-codes; got != http.StatusServiceUnavailable {
			t.Errorf("one that left: %d", got)
		}
		if got := serve(handler, post(`{"query":"{size"}`)).Code; got != http.StatusOK {
			t.Errorf("one without a file: %d", got)
		}
		for range 2 {
			if got := <-codes; got != http.StatusServiceUnavailable {
				t.Errorf("one that waited too long: %d", got)
			}
		}
		go send(t.Context())
		synctest.Wait()
		close(release)
		for range 3 {
			if got := <-codes; got != http.StatusOK {
				t.Errorf("one that had its turn: %d", got)
			}
		}
	})
}

// Over a real connection, whose server has given up on the body before it came.
func TestAFileHasTimeOfItsOwn(t *testing.T) {
	t.Parallel()
	server := httptest.NewUnstartedServer(nil)
	server.Config = edge.NewServer(newFileEdge(t, nil), slog.New(slog.DiscardHandler))
	server.Config.ReadTimeout, server.Config.WriteTimeout = time.Nanosecond, time.Nanosecond
	server.Start()
	t.Cleanup(server.Close)
	whole := upload(operations(sendFile), mapping(sendToF), track(1<<20))
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, server.URL+"/graphql", whole.Body)
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Content-Type", whole.Header.Get("Content-Type"))
	response, err := server.Client().Do(asOwner(r))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = response.Body.Close() }()
	text, err := io.ReadAll(response.Body)
	if err != nil || !strings.Contains(string(text), `{"size":1048576}`) {
		t.Errorf("%d %s %v", response.StatusCode, text, err)
	}
}
