package config

import (
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
)

// The files in DATA_DIR that hold the keys the environment does not give.
const (
	ownerKeyFile = "owner.key"
	sealKeyFile  = "seal.key"
)

// generatedBytes of randomness make a generated key.
const generatedBytes = 32

// OwnerKeysOrFile gives the keys of OWNER_KEY, or else those in DATA_DIR/owner.key, which is made from random if it is
// not there yet.
func (c Config) OwnerKeysOrFile(random io.Reader) ([]Secret, error) {
	if len(c.OwnerKeys) > 0 {
		return c.OwnerKeys, nil
	}
	return keyFile(c.DataDir, ownerKeyFile, "OWNER_KEY", list(bearerKey), random)
}

// SealKeysOrFile gives the keys of SEAL_KEYS, or else those in DATA_DIR/seal.key, which is made from random if it is not
// there yet. With Azure Tables Load requires SEAL_KEYS: no other replica would have the file.
func (c Config) SealKeysOrFile(random io.Reader) ([]Secret, error) {
	if len(c.SealKeys) > 0 {
		return c.SealKeys, nil
	}
	return keyFile(c.DataDir, sealKeyFile, "SEAL_KEYS", list(passphrase), random)
}

// LacksSealKeys reports whether SealKeysOrFile would have to make a key: none is given and none is in DATA_DIR.
func (c Config) LacksSealKeys() bool {
	_, err := os.Stat(filepath.Join(c.DataDir, sealKeyFile))
	return len(c.SealKeys) == 0 && errors.Is(err, fs.ErrNotExist)
}

// keyFile reads the keys in dir/name, and makes the file first if need be. An existing file is never written to: the key
// in it may be the only one that opens what is stored.
func keyFile(
	dir, name, variable string, parse func(string) ([]Secret, error), random io.Reader,
) ([]Secret, error) {
	path := filepath.Join(dir, name)
	text, err := readSecretFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		if err := createKeyFile(dir, name, random); err != nil {
			return nil, fmt.Errorf("make the key file %s (%s can be set instead): %w", path, variable, err)
		}
		text, err = readSecretFile(path) // not what was made here: another process may have been first
	}
	if err != nil {
		return nil, fmt.Errorf("read the key file %s (%s can be set instead): %w", path, variable, err)
	}
	keys, err := parse(text)
	if err != nil {
		return nil, fmt.Errorf("the key in %s %w; restore the file, or set %s", path, err, variable)
	}
	return keys, nil
}

// createKeyFile makes dir/name with a new key in it, unless there is one. The file appears whole or not at all, and of
// several processes that make it at the same time one wins: a link, other than a rename, does not replace.
func createKeyFile(dir, name string, random io.Reader) (err error) {
	key := make([]byte, generatedBytes)
	if _, err := io.ReadFull(random, key); err != nil {
		return fmt.Errorf("draw a key: %w", err)
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	draft, err := os.CreateTemp(dir, "."+name+"-*") // mode 0600
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.Remove(draft.Name())) }()
	if err := writeAndSync(draft, base64.RawURLEncoding.EncodeToString(key)+"\n"); err != nil {
		return err
	}
	if err := os.Link(draft.Name(), filepath.Join(dir, name)); err != nil && !errors.Is(err, fs.ErrExist) {
		return err
	}
	return syncDir(dir)
}

func writeAndSync(file *os.File, text string) error {
	_, err := file.WriteString(text)
	return errors.Join(err, file.Sync(), file.Close())
}

// syncDir makes a new name in dir survive a power cut.
func syncDir(dir string) error {
	folder, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(folder.Sync(), folder.Close())
}
