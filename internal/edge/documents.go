package edge

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
)

const (
	// maxManifest bounds a manifest, and maxTrusted how many documents there may be.
	maxManifest = 16 << 20
	maxTrusted  = 10_000
)

// documents are the trusted ones by the hexadecimal SHA-256 of their text. They do not change.
type documents map[string]string

// newDocuments returns the texts that are trusted anyhow, and those at path: in a folder, every file of it whose name ends
// with .graphql; in a file, a manifest as graphql-codegen writes it.
func newDocuments(texts []string, path string) (documents, error) {
	found := documents{}
	if path != "" {
		var err error
		if found, err = loadDocuments(path); err != nil {
			return nil, fmt.Errorf("TRUSTED_DOCUMENTS: %w", err)
		}
	}
	for _, text := range texts {
		found[hashDocument(text)] = text
	}
	return found, nil
}

func loadDocuments(path string) (documents, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, fmt.Errorf("find the trusted documents: %w", err)
	}
	if info.IsDir() {
		return documentsOfFolder(path)
	}
	return documentsOfManifest(path)
}

func documentsOfFolder(folder string) (documents, error) {
	files, err := filepath.Glob(filepath.Join(escapeGlob(folder), "*.graphql"))
	if err != nil {
		return nil, fmt.Errorf("list the trusted documents: %w", err)
	}
	if len(files) == 0 || len(files) > maxTrusted {
		return nil, fmt.Errorf("the folder of trusted documents has %d files *.graphql; it takes 1 to %d", len(files), maxTrusted)
	}
	found := documents{}
	for _, file := range files {
		text, err := readLimited(file, maxDocument)
		if err != nil {
			return nil, fmt.Errorf("read a trusted document: %w", err)
		}
		// Editors end a file with a line's end, which a client's text need not have: both hashes are known.
		trimmed := bytes.TrimSpace(text)
		if len(trimmed) == 0 {
			return nil, fmt.Errorf("the trusted document %s is empty", filepath.Base(file))
		}
		found[hashDocument(string(text))] = string(text)
		found[hashDocument(string(trimmed))] = string(trimmed)
	}
	return found, nil
}

func escapeGlob(folder string) string {
	return strings.NewReplacer(`\`, `\\`, `*`, `\*`, `?`, `\?`, `[`, `\[`).Replace(folder)
}

func documentsOfManifest(file string) (documents, error) {
	text, err := readLimited(file, maxManifest)
	if err != nil {
		return nil, fmt.Errorf("read the manifest of trusted documents: %w", err)
	}
	var manifest map[string]string
	if err := json.Unmarshal(text, &manifest); err != nil {
		return nil, fmt.Errorf("the manifest of trusted documents is not a JSON object of SHA-256 and document: %w", err)
	}
	if len(manifest) > maxTrusted {
		return nil, fmt.Errorf("the manifest of trusted documents has %d of them; it takes at most %d", len(manifest), maxTrusted)
	}
	found := documents{}
	for id, document := range manifest {
		hash := hashOfID(id)
		if hash != hashDocument(document) {
			return nil, fmt.Errorf("the manifest of trusted documents names one %.80q, which is not the SHA-256 of its text", id)
		}
		found[hash] = document
	}
	return found, nil
}

func readLimited(path string, limit int64) ([]byte, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer func() { _ = file.Close() }() // Nothing was written.
	text, err := io.ReadAll(io.LimitReader(file, limit+1))
	switch {
	case err != nil:
		return nil, err
	case int64(len(text)) > limit:
		return nil, fmt.Errorf("%s is larger than %d bytes", filepath.Base(path), limit)
	}
	return text, nil
}

func hashDocument(text string) string {
	hash := sha256.Sum256([]byte(text))
	return hex.EncodeToString(hash[:])
}

// hashOfID reads a document's id: a SHA-256, with or without the prefix that GraphQL over HTTP gives it.
func hashOfID(id string) string { return strings.ToLower(strings.TrimPrefix(id, "sha256:")) }

var errTwoDocuments = errors.New("the document is not the one that was named")

// find returns the document that a request is about: the one that it brings, or the one that it names by a hash. What it
// brings and names both has to be the same. known is false when it names one that is not here; both are empty for a
// request that has neither.
func (d documents) find(query, id string) (document string, known bool, err error) {
	switch hash := hashOfID(id); {
	case id == "":
		return query, true, nil
	case query == "":
		document, known = d[hash]
		return document, known, nil
	case hash != hashDocument(query):
		return "", false, errTwoDocuments
	default:
		return query, true, nil
	}
}

// include reports whether the document is a trusted one.
func (d documents) include(document string) bool {
	_, ok := d[hashDocument(document)]
	return ok
}
