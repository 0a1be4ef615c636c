package graph

import (
	"embed"
	"io/fs"
	"strings"
)

//go:embed schema/*.graphqls
var schemaFiles embed.FS

// SDL is the schema as text, descriptions included.
func SDL() string {
	paths, err := fs.Glob(schemaFiles, "schema/*.graphqls")
	if err != nil {
		panic(err) // The pattern above is malformed.
	}
	parts := make([]string, len(paths))
	for i, path := range paths {
		text, err := schemaFiles.ReadFile(path)
		if err != nil {
			panic(err) // The file was there when it was embedded.
		}
		parts[i] = string(text)
	}
	return strings.Join(parts, "\n")
}
