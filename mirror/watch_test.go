package mirror_test

import (
	"context"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"domestique/mirror"
)

type askersKey struct{}

// askers counts the looks at a store, and those of them on the context of somebody who has asked something.
type askers struct {
	mirror.Store
	looks, theirs atomic.Int32
}

func (s *askers) Load(ctx context.Context, known mirror.Revision) ([]byte, mirror.Revision, error) {
	s.looks.Add(1)
	if ctx.Value(askersKey{}) != nil {
		s.theirs.Add(1)
	}
	return s.Store.Load(ctx, known)
}

// The looks that go on while the copy is read are nobody's: else they would be a part of the first reader's trace for ever.
func TestWatchingIsNobodys(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		store := &askers{Store: mirror.NewMemoryStore()}
		g := open(t, newList(10), store)
		reader := context.WithValue(t.Context(), askersKey{}, "somebody")
		if _, err := g.Snapshot(reader); err != nil {
			t.Fatal(err)
		}
		synctest.Wait()
		looks, theirs := store.looks.Load(), store.theirs.Load()
		time.Sleep(20 * time.Second)
		if after := store.looks.Load(); after < looks+5 || store.theirs.Load() != theirs {
			t.Errorf("%d looks in 20 s, %d of them the reader's", after-looks, store.theirs.Load()-theirs)
		}
		if theirs == 0 {
			t.Error("the first look, for which the reader waits, is not theirs")
		}
	})
}
