package edge_test

import (
	"context"
	"errors"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"domestique/internal/edge"
	"domestique/tokens"
)

// Who signs out on one replica is signed out on all of them within seconds, and after a start; other sessions go on.
func TestSigningOutEndsASessionOnEveryReplica(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	dir := t.TempDir()
	replica := func() http.Handler {
		return w.replica(func(c *edge.Config, _ *tokens.Config) { c.Endings = edge.NewFileEndings(dir, w.clock.Now) })
	}
	here, there := replica(), replica()
	b, other := signedIn(t, here), signedIn(t, here)
	copied := newBrowser(t, there)
	copied.plant("/", "domestique-session", b.cookie("/", "session"))
	if status := copied.ask(); status != http.StatusOK {
		t.Fatalf("the copy, elsewhere: %d, want 200", status)
	}
	b.submit("/logout").leads(t, "/login")
	w.clock.advance(3 * time.Second)
	if status := copied.ask(); status != http.StatusUnauthorized {
		t.Errorf("the copy, elsewhere, after the end: %d, want 401", status)
	}
	copied.gateway = replica()
	if status := copied.ask(); status != http.StatusUnauthorized {
		t.Errorf("the copy, after another start: %d, want 401", status)
	}
	other.gateway = there
	if status := other.ask(); status != http.StatusOK {
		t.Errorf("another session: %d, want 200", status)
	}
}

// away is a store that is not to be had.
type away struct{ asked atomic.Int64 }

func (a *away) End(context.Context, string, time.Time) error { return errors.New("it is away") }

func (a *away) Ended(ctx context.Context) ([]string, error) {
	a.asked.Add(1)
	if _, bounded := ctx.Deadline(); !bounded {
		return nil, errors.New("nobody would give it up")
	}
	return nil, errors.New("it is away")
}

// A store that is away keeps nobody out who is signed in, is not asked again and again, and is no secret to who signs out.
func TestASignOutThatCannotBeTold(t *testing.T) {
	t.Parallel()
	w, store := newWorld(t), &away{}
	b := signedIn(t, w.replica(func(c *edge.Config, _ *tokens.Config) { c.Endings = store }))
	copied := newBrowser(t, b.gateway)
	copied.plant("/", "domestique-session", b.cookie("/", "session"))
	for range 3 {
		if status := b.ask(); status != http.StatusOK {
			t.Errorf("signed in: %d, want 200", status)
		}
	}
	if asked := store.asked.Load(); asked != 1 {
		t.Errorf("the store was asked %d times, want once", asked)
	}
	b.submit("/logout").want(t, http.StatusInternalServerError, "Something went wrong")
	if !strings.Contains(w.log.String(), "tell other replicas") || !strings.Contains(w.log.String(), "it is away") {
		t.Errorf("the log does not say what went wrong:\n%s", w.log)
	}
	for who, left := range map[string]*browser{"the browser": b, "the copy": copied} {
		if status := left.ask(); status != http.StatusUnauthorized {
			t.Errorf("%s, on the replica that knows: %d, want 401", who, status)
		}
	}
}

func TestFileEndings(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	clock := &clock{now: time.Date(2026, 11, 22, 9, 0, 0, 0, time.UTC)}
	endings := edge.NewFileEndings(dir, clock.Now)
	wantEnded := func(want ...string) {
		t.Helper()
		got, err := edge.NewFileEndings(dir, clock.Now).Ended(t.Context())
		if diff := cmp.Diff(want, got); err != nil || diff != "" {
			t.Errorf("%v (-want +got):\n%s", err, diff)
		}
	}
	end := func(id string, within time.Duration) {
		t.Helper()
		if err := endings.End(t.Context(), id, clock.Now().Add(within)); err != nil {
			t.Error(err)
		}
	}
	wantEnded()
	end("A", time.Hour)
	end("B", 2*time.Hour)
	end("A", time.Hour)
	wantEnded("A", "B")
	clock.advance(time.Hour + time.Second)
	wantEnded("B")
	end("C", time.Hour)
	if left, err := filepath.Glob(filepath.Join(dir, "*", "*")); err != nil || len(left) != 2 {
		t.Errorf("%v: files %q, want two", err, left)
	}
	for _, id := range []string{"", "..", "a/b", "../a", "a.b", strings.Repeat("a", 129)} {
		if err := endings.End(t.Context(), id, clock.Now()); err == nil {
			t.Errorf("a session %q was ended", id)
		}
	}
	info, err := os.Stat(filepath.Join(dir, "ended-sessions"))
	if err != nil || info.Mode().Perm() != 0o700 {
		t.Errorf("%v: %v, want a folder for its owner alone", err, info.Mode())
	}
}
