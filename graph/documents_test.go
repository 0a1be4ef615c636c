package graph

import (
	"fmt"
	"strings"
	"sync"
	"testing"

	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/parser"
)

// Documents are found by their very text, and take no more memory than they may.
func TestDocumentsAreBounded(t *testing.T) {
	t.Parallel()
	kept := newDocuments()
	for i := range 2000 {
		text := fmt.Sprintf("{ a%d: status { %s } }", i, strings.Repeat("version ", 100))
		kept.Add(t.Context(), text, &ast.QueryDocument{})
		if kept.bytes > documentBytes || kept.bytes < 0 {
			t.Fatalf("%d bytes are counted after %d documents", kept.bytes, i+1)
		}
		if _, ok := kept.Get(t.Context(), text); !ok {
			t.Fatalf("the document %d is not kept", i)
		}
	}
	if _, ok := kept.Get(t.Context(), "{ a0: status { "+strings.Repeat("version ", 100)+" } }"); ok {
		t.Error("the first document is still kept")
	}
	padded := "{ status { version } } #" + strings.Repeat("x", largestDocument)
	kept.Add(t.Context(), padded, &ast.QueryDocument{})
	if _, ok := kept.Get(t.Context(), padded); ok {
		t.Error("a document that is mostly padding is kept")
	}
}

func TestDocumentsAreForManyAtOnce(t *testing.T) {
	t.Parallel()
	kept := newDocuments()
	var wait sync.WaitGroup
	for worker := range 4 {
		wait.Go(func() {
			for i := range 200 {
				text := fmt.Sprintf("{ a%d: __typename }", (worker+i)%50)
				document, ok := kept.Get(t.Context(), text)
				if !ok {
					document = &ast.QueryDocument{Comment: &ast.CommentGroup{List: []*ast.Comment{{Value: text}}}}
					kept.Add(t.Context(), text, document)
				}
				if document.Comment.List[0].Value != text {
					t.Errorf("%s led to another document", text)
				}
			}
		})
	}
	wait.Wait()
}

// What is counted for a document is never far below the tokens that it has.
func FuzzDocuments(f *testing.F) {
	for _, text := range []string{"", "{ a }", "query($a:Int=1){a(b:$a)@c}", "#c\n{a}", `{a(b:"""c""")}`, "{a,b,c}", "{...{a}}", "\xff", "{ä}"} {
		f.Add(text, "{ b }")
	}
	kept := newDocuments()
	f.Fuzz(func(t *testing.T, one, other string) {
		if document, err := parser.ParseQueryWithTokenLimit(&ast.Source{Input: one}, maxTokens); err == nil {
			if fields := countSelectionsOf(document); tokensOf(one) < fields {
				t.Errorf("%q counts as %d tokens, and has %d fields", one, tokensOf(one), fields)
			}
		}
		first, second := new(ast.QueryDocument), new(ast.QueryDocument)
		kept.Add(t.Context(), one, first)
		kept.Add(t.Context(), other, second)
		if found, ok := kept.Get(t.Context(), one); ok && found != first && one != other {
			t.Errorf("%q led to another document", one)
		}
		if kept.bytes < 0 || kept.bytes > documentBytes {
			t.Errorf("%d bytes are counted", kept.bytes)
		}
	})
}

func countSelectionsOf(document *ast.QueryDocument) int {
	count := 0
	var walk func(ast.SelectionSet)
	walk = func(set ast.SelectionSet) {
		for _, selection := range set {
			switch chosen := selection.(type) {
			case *ast.Field:
				count++
				walk(chosen.SelectionSet)
			case *ast.InlineFragment:
				walk(chosen.SelectionSet)
			}
		}
	}
	for _, operation := range document.Operations {
		walk(operation.SelectionSet)
	}
	return count
}
