package edge_test

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"domestique/internal/edge"
)

func hashOf(text string) string {
	hash := sha256.Sum256([]byte(text))
	return hex.EncodeToString(hash[:])
}

func persisted(hash string) string {
	return `{"persistedQuery":{"version":1,"sha256Hash":"` + hash + `"}}`
}

func TestTrustedDocuments(t *testing.T) {
	t.Parallel()
	const text = "query Hello { hello }"
	folder := t.TempDir()
	writeFile(t, filepath.Join(folder, "hello.graphql"), text+"\n")
	writeFile(t, filepath.Join(folder, "README.md"), "not one")
	manifest := filepath.Join(t.TempDir(), "manifest.json")
	encoded, err := json.Marshal(map[string]string{hashOf(text): text, "sha256:" + hashOf(text+" "): text + " "})
	if err != nil {
		t.Fatal(err)
	}
	writeFile(t, manifest, string(encoded))

	id, missing := hashOf(text), hashOf("{ another }")
	tests := map[string]struct {
		request func() *http.Request
		status  int
		code    string // Empty: it is answered.
	}{
		"by id":                 {func() *http.Request { return post(`{"documentId":"` + id + `"}`) }, 200, ""},
		"by id with its prefix": {func() *http.Request { return post(`{"documentId":"sha256:` + id + `"}`) }, 200, ""},
		"in capitals":           {func() *http.Request { return post(`{"documentId":"` + strings.ToUpper(id) + `"}`) }, 200, ""},
		"by id and GET":         {func() *http.Request { return get("documentId", "sha256:"+id) }, 200, ""},
		"as Apollo asks":        {func() *http.Request { return post(`{"extensions":` + persisted(id) + `}`) }, 200, ""},
		"as Apollo asks by GET": {func() *http.Request { return get("extensions", persisted(id), "operationName", "Hello") }, 200, ""},
		"by id beside the text": {func() *http.Request { return post(`{"query":"` + text + `","documentId":"` + id + `"}`) }, 200, ""},
		"as Apollo asks again": {func() *http.Request {
			return post(`{"query":"{hello}","extensions":` + persisted(hashOf("{hello}")) + `}`)
		}, 200, ""},
		"not there":                {func() *http.Request { return post(`{"documentId":"` + missing + `"}`) }, 400, "PERSISTED_QUERY_NOT_FOUND"},
		"not there for Apollo":     {func() *http.Request { return post(`{"extensions":` + persisted(missing) + `}`) }, 400, "PERSISTED_QUERY_NOT_FOUND"},
		"no hash":                  {func() *http.Request { return post(`{"documentId":"hello"}`) }, 400, "PERSISTED_QUERY_NOT_FOUND"},
		"a path":                   {func() *http.Request { return post(`{"documentId":"../../hello.graphql"}`) }, 400, "PERSISTED_QUERY_NOT_FOUND"},
		"another text":             {func() *http.Request { return post(`{"query":"{hello}","documentId":"` + id + `"}`) }, 400, "BAD_USER_INPUT"},
		"another text from Apollo": {func() *http.Request { return post(`{"query":"{hello}","extensions":` + persisted(id) + `}`) }, 400, "BAD_USER_INPUT"},
		"an id of a number":        {func() *http.Request { return post(`{"documentId":5}`) }, 400, "BAD_USER_INPUT"},
		"a hash of a number":       {func() *http.Request { return post(`{"extensions":{"persistedQuery":{"sha256Hash":5}}}`) }, 400, "BAD_USER_INPUT"},
	}
	for source, path := range map[string]string{"folder": folder, "manifest": manifest} {
		handler := newEdge(t, func(cfg *edge.Config) { cfg.TrustedDocuments = path })
		for name, test := range tests {
			t.Run(name+" out of the "+source, func(t *testing.T) {
				answer := serve(handler, with(test.request(), "Accept", asGraphQL))
				decoded := decode(t, answer)
				if answer.Code != test.status || (test.code == "") != (string(decoded.Data) == `{"hello":"hello"}`) ||
					test.code != "" && decoded.Errors[0].Extensions.Code != test.code {
					t.Errorf("%d %s, want %d %s", answer.Code, answer.Body, test.status, test.code)
				}
				if test.code == "PERSISTED_QUERY_NOT_FOUND" && decoded.Errors[0].Message != "PersistedQueryNotFound" {
					t.Errorf("%q is not what clients look for", decoded.Errors[0].Message)
				}
			})
		}
	}
}

func TestTrustedDocumentsThatAreNone(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	file := func(name, text string) string {
		path := filepath.Join(folder, name)
		writeFile(t, path, text)
		return path
	}
	empty, blank := t.TempDir(), t.TempDir()
	writeFile(t, filepath.Join(blank, "blank.graphql"), " \n")
	for name, test := range map[string]struct{ path, want string }{
		"nowhere":            {filepath.Join(folder, "missing"), "find the trusted documents"},
		"an empty folder":    {empty, "has 0 files"},
		"a blank document":   {blank, "blank.graphql is empty"},
		"no JSON":            {file("text", "{hello}"), "not a JSON object"},
		"a list":             {file("list", "[]"), "not a JSON object"},
		"not the hash of it": {file("wrong", `{"`+hashOf("a")+`": "b"}`), "not the SHA-256"},
		"a name":             {file("name", `{"hello": "{hello}"}`), "not the SHA-256"},
	} {
		cfg := edge.Config{Executor: newTinyExecutor(), SDL: tinySDL, OwnerKeys: []string{ownerKey}, TrustedDocuments: test.path}
		if _, err := edge.New(cfg); err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: %v, want an error that says %q", name, err, test.want)
		}
	}
}

func writeFile(t *testing.T, path, text string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}
