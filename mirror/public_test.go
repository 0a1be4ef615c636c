package mirror_test

import (
	"testing"
	"testing/synctest"
	"time"

	"domestique/fitness"
	"domestique/mirror"
)

// share lets everyone see the activity of that place, and gives its id.
func (l *list) share(place int) int64 {
	l.mu.Lock()
	defer l.mu.Unlock()
	shared := *l.entries[place].activity
	shared.Visibility = new(fitness.VisibilityEveryone)
	l.entries[place].activity = &shared
	return shared.StravaID
}

// How old the hidden activities are would tell that there are some.
func TestTheAgeOfWhatIsPublicIsToldByItself(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		l := newList(3)
		public := l.share(1)
		g := open(t, l, mirror.NewMemoryStore())
		g.sync(t)
		synced := time.Now().UTC()
		ages := func() (all, of time.Duration) {
			snapshot, _ := g.Held()
			return snapshot.OldestFetchedAt.Sub(synced), snapshot.PublicFetchedAt.Sub(synced)
		}
		if all, of := ages(); all != 0 || of != 0 {
			t.Errorf("after a sync the oldest is %v old, of what is public %v", all, of)
		}
		time.Sleep(time.Minute)
		if err := g.Refetch(t.Context(), public); err != nil {
			t.Fatal(err)
		}
		if all, of := ages(); all != 0 || of != time.Minute+time.Second { // What is read alone counts a second later.
			t.Errorf("the oldest is of %v after the sync, of what is public of %v; want 0 and a minute and a second", all, of)
		}
		if err := g.Remove(t.Context(), public); err != nil {
			t.Fatal(err)
		}
		if snapshot, _ := g.Held(); !snapshot.PublicFetchedAt.Equal(snapshot.SyncedAt) {
			t.Errorf("without any it is %v, want %v: that there is none was told by the sync", snapshot.PublicFetchedAt, snapshot.SyncedAt)
		}
	})
}
