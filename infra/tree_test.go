package infra_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"
)

// The compiler of Bicep is not to be had everywhere, so these tests read the files with tree-sitter's grammar and hold them to
// rules of their own; a workflow runs the compiler. They see what is written, not what Azure makes of it.

// node is a node of tree-sitter's tree: named ones only.
type node struct {
	Type     string
	Text     string
	Line     int
	Children []node
}

// walk visits the node and everything below it.
func (n node) walk(visit func(node)) {
	visit(n)
	for _, child := range n.Children {
		child.walk(visit)
	}
}

// expression is the text of what is no literal.
type expression string

// template is one Bicep file.
type template struct {
	File      string
	Root      node
	Params    map[string]parameter
	Variables map[string]node
	Resources map[string]resource // By symbolic name, nested ones too.
	Modules   map[string]module
	Outputs   map[string]node
}

type parameter struct {
	Secure  bool
	Default node // Its Type is empty where there is none.
}

type resource struct {
	Type       string // Without version and, if nested, without its parent's.
	Decorators []string
	Existing   bool
	Condition  string // Empty: always.
	Body       map[string]any
}

type module struct {
	File   string
	Params map[string]any
}

// parse gives what the parsers make of files, whose names are relative to this folder.
func parse[T any](t *testing.T, files ...string) map[string]T {
	t.Helper()
	if _, err := os.Stat("testdata/parser/node_modules"); err != nil {
		t.Skip("the parsers are not installed: run `make test`, or `npm ci` in infra/testdata/parser")
	}
	var out []byte
	err := context.DeadlineExceeded
	for try := 0; try < 3 && errors.Is(err, context.DeadlineExceeded); try++ {
		out, err = runParser(t.Context(), files)
	}
	if err != nil {
		t.Fatalf("parse %v: %v", files, err)
	}
	var parsed map[string]T
	if err := json.Unmarshal(out, &parsed); err != nil {
		t.Fatalf("decode the parsers' answer: %v", err)
	}
	return parsed
}

// runParser gives the parser a minute. It takes a fraction of a second, but Node.js may deadlock at its end, most of all after
// WebAssembly: https://github.com/nodejs/node/issues/54918.
func runParser(ctx context.Context, files []string) ([]byte, error) {
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	out, err := exec.CommandContext(ctx, "node", append([]string{"testdata/parser/parse.js"}, files...)...).Output()
	if ctx.Err() != nil {
		return nil, ctx.Err()
	}
	return out, err
}

// bicep is what the parser makes of all Bicep files, asked once for all tests.
type bicep struct {
	once  sync.Once
	files map[string]template
}

var parsed bicep

// templates are all Bicep files, by name.
func templates(t *testing.T) map[string]template {
	t.Helper()
	parsed.once.Do(func() {
		files, err := filepath.Glob("*.bicep")
		if err != nil {
			t.Fatal(err)
		}
		parsed.files = map[string]template{}
		for file, root := range parse[node](t, files...) {
			parsed.files[file] = newTemplate(file, root)
		}
	})
	if len(parsed.files) == 0 {
		t.Skip("the Bicep files were not parsed: another test says why")
	}
	return parsed.files
}

func newTemplate(file string, root node) template {
	tmpl := template{
		File: file, Root: root, Params: map[string]parameter{}, Variables: map[string]node{},
		Resources: map[string]resource{}, Modules: map[string]module{}, Outputs: map[string]node{},
	}
	var decorators []string
	for _, statement := range root.Children {
		last := node{}
		if len(statement.Children) > 0 {
			last = statement.Children[len(statement.Children)-1]
		}
		switch statement.Type {
		case "comment":
			continue
		case "decorators":
			for _, decorator := range statement.Children {
				decorators = append(decorators, decorator.Text)
			}
			continue
		case "parameter_declaration":
			p := parameter{Secure: slices.Contains(decorators, "@secure()")}
			if len(statement.Children) > 2 {
				p.Default = last
			}
			tmpl.Params[statement.Children[0].Text] = p
		case "variable_declaration":
			tmpl.Variables[statement.Children[0].Text] = last
		case "output_declaration":
			tmpl.Outputs[statement.Children[0].Text] = last
		case "module_declaration":
			body := object(last)
			params, _ := body["params"].(map[string]any)
			tmpl.Modules[statement.Children[0].Text] = module{File: text(statement.Children[1]), Params: params}
		case "resource_declaration":
			tmpl.addResource(statement, decorators)
		}
		decorators = nil
	}
	return tmpl
}

func (tmpl template) addResource(statement node, decorators []string) {
	name, last := statement.Children[0].Text, statement.Children[len(statement.Children)-1]
	kind, _, _ := strings.Cut(text(statement.Children[1]), "@")
	head, _, _ := strings.Cut(statement.Text, "{")
	r := resource{Type: kind, Decorators: decorators, Existing: strings.Contains(head, " existing =")}
	if last.Type == "if_statement" {
		r.Condition = strings.Trim(last.Children[0].Text, "()")
		last = last.Children[1]
	}
	r.Body = object(last)
	tmpl.Resources[name] = r
	for _, property := range last.Children {
		for _, child := range property.Children {
			if child.Type == "resource_declaration" {
				tmpl.addResource(child, nil)
			}
		}
	}
}

// object is the value of an object, without the resources nested in it.
func object(n node) map[string]any {
	properties := map[string]any{}
	for _, property := range n.Children {
		if property.Type == "object_property" && len(property.Children) == 2 {
			properties[text(property.Children[0])] = value(property.Children[1])
		}
	}
	return properties
}

// text is a string without its quotation marks, or an identifier.
func text(n node) string { return strings.Trim(n.Text, "'") }

// value is what a node says: a map, a slice, a string, an int or a bool, and an expression for all else.
func value(n node) any {
	switch n.Type {
	case "object":
		return object(n)
	case "array":
		var items []any
		for _, item := range n.Children {
			if item.Type != "comment" {
				items = append(items, value(item))
			}
		}
		return items
	case "string":
		if !strings.Contains(n.Text, "${") {
			return text(n)
		}
	case "boolean":
		return n.Text == "true"
	case "number":
		if number, err := strconv.Atoi(n.Text); err == nil {
			return number
		}
	}
	return expression(n.Text)
}

// at follows a path of property names and indexes ("properties.template.containers.0") from a resource's body, through
// variables where a property is nothing but the name of one. It is nil where there is nothing.
func (tmpl template) at(r resource, path string) any {
	return tmpl.follow(r.Body, path)
}

func (tmpl template) follow(v any, path string) any {
	for step := range strings.SplitSeq(path, ".") {
		switch current := tmpl.resolve(v).(type) {
		case map[string]any:
			v = current[step]
		case []any:
			index, err := strconv.Atoi(step)
			if err != nil || index >= len(current) {
				return nil
			}
			v = current[index]
		default:
			return nil
		}
	}
	return tmpl.resolve(v)
}

// resolve replaces the name of a variable by its value.
func (tmpl template) resolve(v any) any {
	if name, ok := v.(expression); ok {
		if variable, known := tmpl.Variables[string(name)]; known {
			return value(variable)
		}
	}
	return v
}

// only returns the one resource of a type that is made here.
func (tmpl template) only(t *testing.T, kind string) resource {
	t.Helper()
	var found []resource
	for _, r := range tmpl.Resources {
		if r.Type == kind && !r.Existing {
			found = append(found, r)
		}
	}
	if len(found) != 1 {
		t.Fatalf("%s: %d resources of type %s, want one", tmpl.File, len(found), kind)
	}
	return found[0]
}

// identifiers are the names that an expression uses, functions and property names left out.
func identifiers(n node) []string {
	var names []string
	switch n.Type {
	case "identifier":
		return []string{n.Text}
	case "object_property", "call_expression": // A property's own name, a function's.
		if len(n.Children) > 1 && n.Children[0].Type != "member_expression" {
			n.Children = n.Children[1:]
		}
	}
	for _, child := range n.Children {
		names = append(names, identifiers(child)...)
	}
	return names
}

// show prints a value for a comparison: 8080 and '8080' differ.
func show(v any) string { return fmt.Sprintf("%#v", v) }
