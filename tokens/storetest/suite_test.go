package storetest_test

import (
	"testing"

	"domestique/tokens"
	"domestique/tokens/storetest"
)

func TestMemoryStore(t *testing.T) {
	t.Parallel()
	storetest.Run(t, func(*testing.T) tokens.Store { return tokens.NewMemoryStore() })
}

func TestFileStore(t *testing.T) {
	t.Parallel()
	storetest.Run(t, func(t *testing.T) tokens.Store {
		store, err := tokens.OpenFileStore(t.TempDir())
		if err != nil {
			t.Fatal(err)
		}
		return store
	})
}

// The decorated store is a Store too, as long as nothing goes wrong.
func TestFaults(t *testing.T) {
	t.Parallel()
	storetest.Run(t, func(*testing.T) tokens.Store { return storetest.WithFaults(tokens.NewMemoryStore()) })
}
