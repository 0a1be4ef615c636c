package graph

import (
	"context"
	"sync"

	"github.com/hashicorp/golang-lru/v2/simplelru"
	"github.com/vektah/gqlparser/v2/ast"
)

const (
	// documentBytes bounds the memory for parsed documents: some hundred of a usual size.
	documentBytes = 8 << 20
	// largestDocument is the longest text that is kept with its document, in bytes. Most of what is longer is padding.
	largestDocument = 64 << 10
	// tokenBytes is about what parsing and validation make of a token.
	tokenBytes = 400
)

// documents keeps parsed and validated documents by their text, the least recently used out first. gqlgen's own cache bounds
// their number alone, so that a thousand padded documents would take a gigabyte. It is safe for concurrent use.
type documents struct {
	mu    sync.Mutex
	kept  *simplelru.LRU[string, parsed]
	bytes int
}

// parsed is a document, and about what it takes.
type parsed struct {
	document *ast.QueryDocument
	bytes    int
}

// newDocuments implements gqlgen's graphql.Cache.
func newDocuments() *documents {
	d := &documents{}
	d.kept, _ = simplelru.NewLRU(documentBytes/tokenBytes, func(_ string, out parsed) { d.bytes -= out.bytes }) // It fails without a size.
	return d
}

// Get implements graphql.Cache.
func (d *documents) Get(_ context.Context, text string) (*ast.QueryDocument, bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	found, ok := d.kept.Get(text)
	return found.document, ok
}

// Add implements graphql.Cache.
func (d *documents) Add(_ context.Context, text string, document *ast.QueryDocument) {
	if len(text) > largestDocument {
		return
	}
	made := parsed{document, len(text) + tokenBytes*tokensOf(text)}
	d.mu.Lock()
	defer d.mu.Unlock()
	d.kept.Remove(text)
	d.kept.Add(text, made)
	for d.bytes += made.bytes; d.bytes > documentBytes; {
		d.kept.RemoveOldest()
	}
}

// isNameByte reports whether a name can have that byte.
func isNameByte(c byte) bool {
	return c == '_' || '0' <= c && c <= '9' || 'A' <= c && c <= 'Z' || 'a' <= c && c <= 'z'
}

// tokensOf is about how many tokens a text has: its words, and half of everything else that shows, for the most of that
// stands in pairs.
func tokensOf(text string) int {
	words, marks, inWord := 0, 0, false
	for i := range len(text) {
		switch c := text[i]; {
		case isNameByte(c):
			if !inWord {
				words++
			}
			inWord = true
		default:
			inWord = false
			if c > ' ' && c != ',' {
				marks++
			}
		}
	}
	return words + marks/2
}
