package web_test

import (
	"bytes"
	"io/fs"
	"net/http"
	"os"
	"path"
	"regexp"
	"strings"
	"testing"

	"domestique/web"
)

// bundle is a folder of dist with the handler that serves it.
type bundle struct {
	folder  string
	handler http.Handler
	// pages are the paths of what is not served under its own name.
	pages map[string]string
	// base is the path of the folder itself.
	base string
}

func bundles() map[string]bundle {
	return map[string]bundle{
		"pages": {
			folder: "dist/pages", handler: web.Pages(""), base: "/",
			pages: map[string]string{"index.html": "/", "activity.html": "/activities/12345", "widget.html": "/widget/"},
		},
		"playground": {
			folder: "dist/playground", handler: web.Playground(), base: "/playground/",
			pages: map[string]string{"index.html": "/playground/"},
		},
	}
}

func (b bundle) address(name string) string {
	if page, ok := b.pages[name]; ok {
		return page
	}
	return b.base + name
}

// built returns the files of a bundle, unpacked, by the names that they are served under.
func built(t *testing.T, bundle bundle) map[string][]byte {
	t.Helper()
	files := make(map[string][]byte)
	dist := os.DirFS(bundle.folder)
	err := fs.WalkDir(dist, ".", func(name string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		file, err := dist.Open(name)
		if err != nil {
			return err
		}
		defer func() { _ = file.Close() }()
		files[strings.TrimSuffix(name, ".gz")] = gunzip(t, file)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if _, there := files["index.html"]; !there {
		t.Fatalf("%s holds no index.html", bundle.folder)
	}
	return files
}

// outsideLoad matches what stands before "//" where HTML, CSS or JavaScript has a browser fetch something from another
// host without being asked. Addresses in links, comments and messages are no loads.
var outsideLoad = regexp.MustCompile(`(?i)(?:` + strings.Join([]string{
	`<(?:script|img|iframe|source|embed)[^>]*\ssrc=["']?`,
	`<(?:link|use|base)[^>]*\shref=["']?`,
	`<object[^>]*\sdata=["']?`,
	`\burl\(\s*["']?`,
	`@import\s*["']`,
	`\b(?:import|from)\s*\(?\s*["'\x60]`,
	`\b(?:importScripts|fetch|sendBeacon|Worker|WebSocket|EventSource|Request)\(\s*["'\x60]`,
	`\.src\s*=\s*["'\x60]`,
}, "|") + `)(?:https?:|wss?:)?$`)

// outsideLoads returns the places of a text that outsideLoad matches, with what follows.
func outsideLoads(text []byte) []string {
	var found []string
	for from := 0; ; {
		i := bytes.Index(text[from:], []byte("//"))
		if i < 0 {
			return found
		}
		slashes := from + i
		// Built files have lines of a megabyte, so it is a stretch that is looked at, not the line.
		before := text[max(0, slashes-200):slashes]
		if outsideLoad.Match(before) {
			found = append(found, string(text[max(0, slashes-40):min(len(text), slashes+80)]))
		}
		from = slashes + len("//")
	}
}

func TestLoadsNothingFromElsewhere(t *testing.T) {
	t.Parallel()
	for _, bundle := range bundles() {
		for name, content := range built(t, bundle) {
			switch path.Ext(name) {
			case ".html", ".css", ".js", ".svg":
				for _, load := range outsideLoads(content) {
					t.Errorf("%s of %s loads from another host: %s", name, bundle.folder, load)
				}
			}
		}
	}
}

func TestOutsideLoads(t *testing.T) {
	t.Parallel()
	tests := []struct {
		text string
		want bool
	}{
		{`<script type="module" src="https://cdn.example/x.js">`, true},
		{`<link rel="stylesheet" href="//cdn.example/x.css">`, true},
		{`@font-face{src:url(https://fonts.example/x.woff2)}`, true},
		{`@import "https://cdn.example/x.css";`, true},
		{`import"https://cdn.example/x.js";`, true},
		{`import{a}from"https://cdn.example/x.js";`, true},
		{"await import(`https://cdn.example/x.js`)", true},
		{`new Worker("https://cdn.example/w.js")`, true},
		{`fetch('https://api.example/')`, true},
		{`image.src="//cdn.example/x.png"`, true},
		{`<script type="module" src="/playground/assets/x.js">`, false},
		{`<a href="https://docs.example/">`, false},
		{`throw Error("see https://docs.example/")`, false},
		{`xmlns="http://www.w3.org/2000/svg"`, false},
		{`import("./x.js")//https://cdn.example`, false},
	}
	for _, test := range tests {
		t.Run(test.text, func(t *testing.T) {
			t.Parallel()
			if got := len(outsideLoads([]byte(test.text))) > 0; got != test.want {
				t.Errorf("found = %t, want %t", got, test.want)
			}
		})
	}
}

// The end of a built file's name: its hash and its ending.
var hashedName = regexp.MustCompile(`-[\w-]{8}\.(?:js|css|svg|ttf|woff2)\b`)

// references returns the built files that a text names: by a whole path in HTML, by a relative one elsewhere.
func references(text []byte) []string {
	var names []string
	for _, end := range hashedName.FindAllIndex(text, -1) {
		start := 1 + bytes.LastIndexAny(text[:end[0]], "/\"'`(=")
		names = append(names, "assets/"+string(text[start:end[1]]))
	}
	return names
}

func TestRefersToWhatIsThere(t *testing.T) {
	t.Parallel()
	for _, bundle := range bundles() {
		files := built(t, bundle)
		named := make(map[string]bool)
		for name, content := range files {
			if path.Ext(name) == ".txt" {
				continue // Licences name files of others.
			}
			for _, target := range references(content) {
				named[target] = true
				if _, there := files[target]; !there {
					t.Errorf("%s of %s names %s, which is not there", name, bundle.folder, target)
				}
			}
		}
		for name := range files {
			if strings.HasPrefix(name, "assets/") && !named[name] {
				t.Errorf("nothing of %s names %s", bundle.folder, name)
			}
		}
	}
}

// A first visit is to be quick over a slow line: no page loads more than 150 kB, images and answers aside.
func TestFirstVisitIsSmall(t *testing.T) {
	t.Parallel()
	pages := bundles()["pages"]
	files := built(t, pages)
	for name := range pages.pages {
		total := 0
		for target := range reachable(files, name) {
			response := get(t, pages.handler, pages.address(target), "gzip")
			total += len(readAll(t, response.Body))
		}
		if total > 150_000 || total < 20_000 {
			t.Errorf("%s loads %d bytes, want at most 150,000 and not next to nothing", name, total)
		}
	}
}

// reachable returns a file and what it names, and what that names.
func reachable(files map[string][]byte, name string) map[string]bool {
	found := map[string]bool{name: true}
	for todo := []string{name}; len(todo) > 0; todo = todo[1:] {
		for _, target := range references(files[todo[0]]) {
			if !found[target] {
				found[target] = true
				todo = append(todo, target)
			}
		}
	}
	return found
}
