package config

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"strings"
)

// maxSecretFile bounds what is read of a secret's file, in bytes. A secret is short; a file that is not is another one.
const maxSecretFile = 16 << 10

// environment is where variables are looked up.
type environment struct {
	lookup func(string) (string, bool)
}

func (e environment) get(name string) string {
	value, _ := e.lookup(name)
	return value
}

// has reports whether a variable or its _FILE twin is set.
func (e environment) has(name string) bool { return e.get(name) != "" || e.get(name+"_FILE") != "" }

// read gives the text of a variable, "" when it is not set. The text of a secret may stand in a file.
func (e environment) read(v Variable) (string, error) {
	value := e.get(v.Name)
	if !v.Secret {
		return value, nil
	}
	path := e.get(v.Name + "_FILE")
	switch {
	case path == "":
		return value, nil
	case value != "":
		return "", fmt.Errorf("and %s_FILE are both set: only one of them is allowed", v.Name)
	}
	text, err := readSecretFile(path)
	if err != nil {
		return "", fmt.Errorf("cannot be read from the file that %s_FILE names: %w", v.Name, err)
	}
	return text, nil
}

// readSecretFile gives the text of a file without the newline at its end. Its errors do not show the path: a secret that
// was put into the wrong variable would be shown with it.
func readSecretFile(path string) (string, error) {
	file, err := os.Open(path)
	if err != nil {
		return "", withoutPath(err)
	}
	defer func() { _ = file.Close() }() // nothing was written
	content, err := io.ReadAll(io.LimitReader(file, maxSecretFile+1))
	if err != nil {
		return "", withoutPath(err)
	}
	text := strings.TrimRight(string(content), "\r\n")
	switch {
	case len(content) > maxSecretFile:
		return "", fmt.Errorf("it is larger than %d bytes", maxSecretFile)
	case text == "":
		return "", errors.New("it is empty")
	}
	return text, nil
}

func withoutPath(err error) error {
	if pathError, ok := errors.AsType[*fs.PathError](err); ok {
		return pathError.Err
	}
	return err
}
