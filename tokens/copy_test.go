package tokens_test

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"domestique/tokens"
	"domestique/tokens/storetest"
)

// elsewhere is the same world with another store.
func (w *world) elsewhere() *world {
	other := *w
	other.rows = tokens.NewMemoryStore()
	return &other
}

// unsealed ignores what differs between two rows of one grant.
func unsealed() cmp.Option {
	return cmpopts.IgnoreFields(tokens.Row{}, "WriteID", "AccessToken", "RefreshToken", "PreviousRefreshToken", "ClientSecret")
}

func TestCopy(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name    string
		prepare func(from, to *world, r *replica)
	}{
		{"into an empty store", func(*world, *world, *replica) {}},
		{"with its application", func(from, _ *world, _ *replica) { from.enter(application()) }},
		{"over an older one", func(from, to *world, _ *replica) {
			to.connect()
			time.Sleep(time.Second)
			from.connect()
		}},
		{"over an older one of more generations", func(from, to *world, _ *replica) {
			to.connect()
			to.connect()
			to.connect()
			time.Sleep(time.Second)
			from.connect()
		}},
		{"while a refresh of it is under way", func(from, _ *world, _ *replica) {
			time.Sleep(sixHours)
			from.strava.queue(mishap{after: 10 * time.Second})
			_ = from.replica().Status(from.t.Context())
			other := from.replica()
			go func() { _ = other.Refresh(context.Background()) }()
			time.Sleep(time.Second)
		}},
		{"while a refresh of an older one is under way there", func(from, to *world, _ *replica) {
			to.connect()
			time.Sleep(sixHours)
			from.strava.queue(mishap{after: 10 * time.Second, lost: true})
			other := to.replica()
			go func() { _ = other.Refresh(context.Background()) }()
			time.Sleep(time.Second)
			from.connect()
		}},
		{"over the same access token of an earlier generation", func(from, _ *world, r *replica) {
			other := from.replica()
			if _, err := other.CopyTo(from.t.Context(), r.Manager); err != nil {
				from.t.Error(err)
			}
			token, _ := other.AccessToken(from.t.Context())
			other.Invalidate(token)
			if again, err := other.AccessToken(from.t.Context()); again != token {
				from.t.Errorf("Strava handed out another token, %v", err)
			}
		}},
		{"over one that was refused there", func(from, to *world, _ *replica) {
			to.connect()
			to.plant(func(row *tokens.Row) { row.State = tokens.StateNeedsConsent })
			time.Sleep(time.Second)
			from.connect()
		}},
		{"without a confirmation", func(_, _ *world, r *replica) { r.store.Queue(storetest.Save, storetest.ApplyThenFail()) }},
		{"into a store that fails at first", func(_, _ *world, r *replica) {
			r.store.Queue(storetest.Save, storetest.FailBefore(), storetest.Hang(), storetest.Conflict())
		}},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			inConnectedWorld(t, sixHours, func(t *testing.T, w *world) {
				there := w.elsewhere()
				there.keyring = newKeyring(t, keyAfter, keyBefore)
				source, r := w.replica(), there.replica()
				test.prepare(w, there, r)
				copied, err := source.CopyTo(t.Context(), r.Manager)
				if err != nil || copied.Already || copied.AthleteID != athlete {
					t.Fatalf("CopyTo = %+v, %v", copied, err)
				}
				there.keyring = newKeyring(t, keyAfter)
				before, after := w.wantKept(), there.wantKept()
				if diff := cmp.Diff(before, after, unsealed()); diff != "" || copied.Generation != after.Generation {
					t.Errorf("%+v; the rows (-source +copy):\n%s", copied, diff)
				}
				app, _ := tokens.OpenApplication(w.keyring, before)
				if copiedApp, err := tokens.OpenApplication(there.keyring, after); err != nil || copiedApp != app {
					t.Errorf("the application is %q, %v", copiedApp.ClientID, err)
				}
				if again, err := source.CopyTo(t.Context(), r.Manager); err != nil || !again.Already {
					t.Errorf("again: %+v, %v", again, err)
				}
				if writes := source.store.Calls(storetest.Save); writes > 0 {
					t.Errorf("the source was written %d times", writes)
				}
				if row := there.wantKept(); row.WriteID != after.WriteID {
					t.Error("again: the copy was written")
				}
				time.Sleep(sixHours)
				there.wantToken(there.replica())
			})
		})
	}
}

func TestCopyRefuses(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name    string
		prepare func(from, to *world, r *replica)
		want    error
	}{
		{"to copy nothing", func(from, _ *world, _ *replica) { from.erase() }, tokens.ErrNotConnected},
		{"a newer one", func(_, to *world, _ *replica) { time.Sleep(time.Second); to.connect() }, tokens.ErrNewer},
		{"a newer one of fewer generations", func(from, to *world, _ *replica) {
			from.connect()
			from.connect()
			time.Sleep(time.Second)
			to.connect()
		}, tokens.ErrNewer},
		{"another one of the same time", func(from, to *world, _ *replica) { to.connect() }, tokens.ErrNewer},
		{"another athlete's", func(from, to *world, _ *replica) {
			to.connect()
			to.plant(func(row *tokens.Row) { row.AthleteID = otherAthlete })
			time.Sleep(time.Second)
			from.connect()
		}, tokens.ErrOtherAthlete},
		{"what it can't open", func(from, to *world, _ *replica) {
			to.connect()
			to.plant(func(row *tokens.Row) { row.RefreshToken = row.AccessToken })
			time.Sleep(time.Second)
			from.connect()
		}, tokens.ErrCorrupt},
		{"one that works, for one that was refused", func(from, to *world, _ *replica) {
			to.connect()
			time.Sleep(time.Second)
			from.connect()
			from.plant(func(row *tokens.Row) { row.State = tokens.StateNeedsConsent })
		}, tokens.ErrNewer},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			inConnectedWorld(t, sixHours, func(t *testing.T, w *world) {
				there := w.elsewhere()
				source, r := w.replica(), there.replica()
				test.prepare(w, there, r)
				before, revision, _ := there.rows.Load(t.Context())
				if copied, err := source.CopyTo(t.Context(), r.Manager); !errors.Is(err, test.want) {
					t.Fatalf("CopyTo = %+v, %v; want %v", copied, err, test.want)
				}
				after, revisionAfter, _ := there.rows.Load(t.Context())
				if diff := cmp.Diff(before, after); diff != "" || revision != revisionAfter {
					t.Errorf("the store was changed (-before +after):\n%s", diff)
				}
			})
		})
	}
}

// Killed anywhere, a copy leaves both stores in order, and the next one goes through.
func TestCopyAfterAKill(t *testing.T) {
	t.Parallel()
	for name, kill := range map[string]func(target *replica){
		"before the write":       func(target *replica) { target.store.Queue(storetest.Save, dies(target, false)) },
		"after the write":        func(target *replica) { target.store.Queue(storetest.Save, dies(target, true)) },
		"before it is read back": func(target *replica) { target.store.Queue(storetest.Load, storetest.Fault{}, dies(target, false)) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			inConnectedWorld(t, sixHours, func(t *testing.T, w *world) {
				there := w.elsewhere()
				source, target := w.replica(), there.replica()
				kill(target)
				ended := make(chan struct{})
				go func() { // Its goroutine ends with it.
					defer close(ended)
					_, _ = source.CopyTo(t.Context(), target.Manager)
					t.Error("the copy was not killed")
				}()
				<-ended
				w.wantKept()
				if _, err := w.replica().CopyTo(t.Context(), there.replica().Manager); err != nil {
					t.Fatalf("CopyTo: %v", err)
				}
				there.wantKept()
				time.Sleep(sixHours)
				there.wantToken(there.replica())
				w.wantCalls(1, 0)
			})
		})
	}
}

// dies is the last operation of a replica.
func dies(r *replica, applied bool) storetest.Fault {
	return storetest.Fault{Meanwhile: r.kill, Applied: applied, Err: storetest.ErrInjected}
}

// A process that died while it asked Strava may have spent the token: its mark goes along.
func TestCopyKeepsTheMarkOfADeadProcess(t *testing.T) {
	t.Parallel()
	inConnectedWorld(t, sixHours, func(t *testing.T, w *world) {
		time.Sleep(sixHours)
		dead := w.replica()
		w.strava.queue(mishap{meanwhile: dead.kill})
		w.abandon(dead)
		synctest.Wait()
		there := w.elsewhere()
		if _, err := w.replica().CopyTo(t.Context(), there.replica().Manager); err != nil {
			t.Fatalf("CopyTo: %v", err)
		}
		for name, store := range map[string]*world{"source": w, "copy": there} {
			r := store.replica()
			if row, _, _ := store.row(); name == "copy" && row.Lease != (tokens.Lease{Intent: row.Lease.Intent}) {
				t.Errorf("the lease of the dead process was copied: %+v", row.Lease)
			}
			wantError(t, r, tokens.ErrNeedsConsent)
			if got := r.Status(t.Context()).LastError; got != tokens.FailureAnswerLost {
				t.Errorf("%s: the failure is %q, want %q", name, got, tokens.FailureAnswerLost)
			}
		}
	})
}

// A gateway that goes on refreshing here makes what was read, and perhaps written, worthless: it is copied anew.
func TestCopyOfAGrantThatIsRefreshedMeanwhile(t *testing.T) {
	t.Parallel()
	inConnectedWorld(t, sixHours, func(t *testing.T, w *world) {
		time.Sleep(sixHours)
		there := w.elsewhere()
		source, target := w.replica(), there.replica()
		target.store.Queue(storetest.Save, storetest.Fault{Meanwhile: func() {
			if err := w.replica().Refresh(t.Context()); err != nil {
				t.Errorf("Refresh: %v", err)
			}
		}})
		if copied, err := source.CopyTo(t.Context(), target.Manager); err != nil || copied.Generation != 2 {
			t.Errorf("CopyTo: %+v, %v", copied, err)
		}
		there.wantKept()
		there.wantToken(there.replica())
		w.wantCalls(1, 0)
	})
}

func TestCopyGivesUpWhereTheGrantNeverRests(t *testing.T) {
	t.Parallel()
	inConnectedWorld(t, sixHours, func(t *testing.T, w *world) {
		target := w.elsewhere().replica()
		for range 10 {
			target.store.Queue(storetest.Save, storetest.Fault{Meanwhile: func() { time.Sleep(time.Second); w.connect() }})
		}
		if _, err := w.replica().CopyTo(t.Context(), target.Manager); !errors.Is(err, tokens.ErrConflict) {
			t.Errorf("CopyTo: %v, want a conflict", err)
		}
	})
}

// What is stored there between the look at it and the write is decided upon like what was there before.
func TestCopyThatMeetsAnother(t *testing.T) {
	t.Parallel()
	inConnectedWorld(t, sixHours, func(t *testing.T, w *world) {
		there := w.elsewhere()
		source, target := w.replica(), there.replica()
		target.store.Queue(storetest.Save, storetest.Fault{Meanwhile: func() { time.Sleep(time.Second); there.connect() }})
		if copied, err := source.CopyTo(t.Context(), target.Manager); !errors.Is(err, tokens.ErrNewer) {
			t.Errorf("CopyTo = %+v, %v; want %v", copied, err, tokens.ErrNewer)
		}
		there.wantKept()
	})
}

// A refresh that begins there after the look at it is waited for, like one that had begun before.
func TestCopyThatMeetsARefresh(t *testing.T) {
	t.Parallel()
	inConnectedWorld(t, sixHours, func(t *testing.T, w *world) {
		there := w.elsewhere()
		there.connect()
		time.Sleep(time.Second)
		w.connect()
		target := there.replica()
		target.store.Queue(storetest.Save, storetest.Fault{Meanwhile: func() {
			there.plant(func(row *tokens.Row) { row.Lease = tokens.Lease{ID: "other.1", TTL: time.Minute} })
		}})
		began := time.Now()
		if copied, err := w.replica().CopyTo(t.Context(), target.Manager); err != nil || copied.Already {
			t.Errorf("CopyTo = %+v, %v", copied, err)
		}
		if took := time.Since(began); took < time.Minute {
			t.Errorf("a claimed row was overwritten after %v", took)
		}
		there.wantKept()
	})
}

func TestCopyHeedsItsContext(t *testing.T) {
	t.Parallel()
	inConnectedWorld(t, sixHours, func(t *testing.T, w *world) {
		w.plant(func(row *tokens.Row) { row.Lease = tokens.Lease{ID: "other.1", TTL: time.Minute} })
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if _, err := w.replica().CopyTo(ctx, w.elsewhere().replica().Manager); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("CopyTo: %v", err)
		}
	})
}
