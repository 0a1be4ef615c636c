package mirror_test

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"domestique/fitness"
	"domestique/mirror"
)

func TestAFillTakesFewCalls(t *testing.T) {
	t.Parallel()
	for activities, most := range map[int]int{
		0: 4, 1: 2, 199: 2, 200: 2, 201: 2, 250: 2, 1000: 6, 1500: 9, 10_000: 51,
	} {
		t.Run(fmt.Sprint(activities), func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				l := newList(activities)
				g := open(t, l, mirror.NewMemoryStore())
				g.sync(t)
				if l.called() > most {
					t.Errorf("%d calls, want %d at most", l.called(), most)
				}
				if snapshot, _ := g.Held(); !snapshot.Complete || len(snapshot.Activities) != activities {
					t.Errorf("complete %v with %d activities", snapshot.Complete, len(snapshot.Activities))
				}
				calls := l.called()
				g.sync(t)
				if more := l.called() - calls; activities > 0 && more != 1 {
					t.Errorf("%d calls for a sync without news, want 1", more)
				}
			})
		})
	}
}

// What is there of the list is answered from the first page on.
func TestTheFirstPageIsShownBeforeTheLast(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		l := newList(1000)
		release := make(chan struct{})
		pages := 0
		l.before = func(fitness.HistoryPage) {
			if pages++; pages == 2 {
				<-release
			}
		}
		g := open(t, l, mirror.NewMemoryStore())
		newest := g.Subscribe(t.Context())
		snapshot, err := g.Snapshot(t.Context())
		if err != nil || len(snapshot.Activities) != 200 || snapshot.Complete || snapshot.Activities[0].StravaID != 1 {
			t.Fatalf("got %+v, %v", snapshot, err)
		}
		close(release)
		progress := 0
		for snapshot == nil || !snapshot.Complete {
			snapshot = <-newest
			if len(snapshot.Activities) < progress {
				t.Errorf("the progress went from %d to %d", progress, len(snapshot.Activities))
			}
			progress = len(snapshot.Activities)
		}
		wantSame(t, g, l)
	})
}

// A fill meets all that can happen to a list and to the answers about it.
func TestAFillIsRight(t *testing.T) {
	t.Parallel()
	nth := func(n int, do func()) func(fitness.HistoryPage) {
		calls := 0
		return func(fitness.HistoryPage) {
			if calls++; calls == n {
				do()
			}
		}
	}
	spoilNth := func(n, times int, spoiled func([]*fitness.Activity) []*fitness.Activity) func(fitness.HistoryPage, []*fitness.Activity) ([]*fitness.Activity, error) {
		calls := 0
		return func(_ fitness.HistoryPage, rows []*fitness.Activity) ([]*fitness.Activity, error) {
			if calls++; calls >= n && calls < n+times {
				return spoiled(rows), nil
			}
			return rows, nil
		}
	}
	var repeated []*fitness.Activity
	for name, prepare := range map[string]func(l *list){
		"nothing happens": func(*list) {},
		"an upload":       func(l *list) { l.before = nth(3, func() { l.add(epoch.Add(time.Hour)) }) },
		"an old upload":   func(l *list) { l.before = nth(4, func() { l.add(epoch.Add(-5000 * time.Hour)) }) },
		"a deletion behind": func(l *list) {
			l.before = nth(4, func() { l.remove(20) })
		},
		"a deletion ahead":          func(l *list) { l.before = nth(3, func() { l.remove(700) }) },
		"a deletion at a boundary":  func(l *list) { l.before = nth(3, func() { l.remove(199) }) },
		"the oldest is deleted":     func(l *list) { l.before = nth(4, func() { l.remove(l.size() - 1) }) },
		"an empty page that lies":   func(l *list) { l.spoil = spoilNth(3, 1, func([]*fitness.Activity) []*fitness.Activity { return nil }) },
		"an empty page, four times": func(l *list) { l.spoil = spoilNth(4, 3, func([]*fitness.Activity) []*fitness.Activity { return nil }) },
		"an empty first page":       func(l *list) { l.spoil = spoilNth(1, 1, func([]*fitness.Activity) []*fitness.Activity { return nil }) },
		"an empty oldest page":      func(l *list) { l.spoil = spoilNth(2, 2, func([]*fitness.Activity) []*fitness.Activity { return nil }) },
		"a short page": func(l *list) {
			l.spoil = spoilNth(3, 1, func(rows []*fitness.Activity) []*fitness.Activity { return rows[:17] })
		},
		"short pages": func(l *list) {
			l.spoil = spoilNth(1, 100, func(rows []*fitness.Activity) []*fitness.Activity { return rows[:min(len(rows), 51)] })
		},
		"a page of one": func(l *list) {
			l.spoil = spoilNth(4, 1, func(rows []*fitness.Activity) []*fitness.Activity { return rows[:1] })
		},
		"a repeated page": func(l *list) {
			l.spoil = spoilNth(3, 2, func(rows []*fitness.Activity) []*fitness.Activity {
				if repeated == nil {
					repeated = rows
				}
				return repeated
			})
		},
		"an oldest page that is the newest": func(l *list) {
			l.spoil = func(asked fitness.HistoryPage, rows []*fitness.Activity) ([]*fitness.Activity, error) {
				if asked.Oldest {
					return l.cut(fitness.HistoryPage{}), nil
				}
				return rows, nil
			}
		},
		"one second at a boundary": func(l *list) {
			for place := 195; place < 205; place++ {
				l.move(place, epoch.Add(-199*7*time.Hour))
			}
		},
		"one second for pages": func(l *list) {
			for range 450 {
				l.add(epoch.Add(-1000 * time.Hour))
			}
		},
		"a hidden start at a boundary": func(l *list) { l.hide(199) },
		"hidden starts at a boundary":  func(l *list) { hideAll(l, 150, 250) },
		"hidden starts alone":          func(l *list) { hideAll(l, 0, l.size()) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				l := newList(1050)
				prepare(l)
				g := open(t, l, mirror.NewMemoryStore())
				if err := g.Sync(t.Context()); err != nil {
					t.Logf("the first sync: %v", err)
				}
				l.before, l.spoil = nil, nil
				size := l.size()
				if name == "an upload" || name == "an old upload" {
					size-- // It may have come behind the reader's back.
				}
				if got := g.count(); got < size {
					t.Logf("%d activities of %d after the first sync", got, l.size())
				}
				g.sync(t)
				if name != "an old upload" && g.count() < size {
					t.Errorf("%d activities of %d after the second sync", g.count(), l.size())
				}
				g.keepFor(t, 42*time.Hour)
				wantSame(t, g, l)
			})
		})
	}
}

func hideAll(l *list, from, to int) {
	for place := from; place < to; place++ {
		l.hide(place)
	}
}

// A fill is gone on with where it was broken off: by a rate limit, by a kill, by both.
func TestAFillIsResumed(t *testing.T) {
	t.Parallel()
	for stopAt := 1; stopAt <= 12; stopAt++ {
		for _, kill := range []bool{false, true} {
			t.Run(fmt.Sprintf("after %d calls, killed %v", stopAt, kill), func(t *testing.T) {
				t.Parallel()
				synctest.Test(t, func(t *testing.T) {
					const activities = 2000
					l, store := newList(activities), mirror.NewMemoryStore()
					g := open(t, l, store)
					l.setRefuse(func() error {
						if l.calls > stopAt {
							return errDown
						}
						return nil
					})
					if err := g.Sync(t.Context()); stopAt < 11 && !errors.Is(err, errDown) {
						t.Fatalf("sync: %v", err)
					}
					held := g.count()
					if kill {
						g.stop(t)
						g = open(t, l, store)
						if snapshot, err := g.Snapshot(t.Context()); stopAt > 1 && (err != nil || len(snapshot.Activities) != held) {
							t.Errorf("got %d activities after the kill, %v; want the %d that were there", g.count(), err, held)
						}
					}
					time.Sleep(time.Minute)
					l.setRefuse(nil)
					l.add(epoch.Add(time.Hour))
					g.sync(t)
					wantSame(t, g, l)
					// One call is for what is new, and each break costs an overlap and the call that failed.
					if most := (activities+199)/200 + 1 + 4; l.called() > most {
						t.Errorf("%d calls in all, want %d at most", l.called(), most)
					}
				})
			})
		}
	}
}

func TestNothingOlderThanAWeekIsGiven(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		l, store := newList(450), mirror.NewMemoryStore()
		g := open(t, l, store)
		g.sync(t)
		l.setRefuse(func() error { return errDown })
		time.Sleep(fitness.KeptAtMost - time.Second)
		if _, err := g.Snapshot(t.Context()); err != nil {
			t.Errorf("before a week is over: %v", err)
		}
		time.Sleep(time.Second)
		if _, err := g.Snapshot(t.Context()); !errors.Is(err, errDown) {
			t.Errorf("after a week: %v", err)
		}
		next := open(t, l, store) // What is stored is as old.
		if _, err := next.Snapshot(t.Context()); !errors.Is(err, errDown) {
			t.Errorf("after a week and a start: %v", err)
		}
		l.setRefuse(nil)
		time.Sleep(time.Minute)
		next.sync(t)
		wantSame(t, next, l)
	})
}

// Where no job syncs, a query begins it, and does not wait for it.
func TestAReaderSyncsWhatIsOld(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		l := newList(3)
		g := open(t, l, mirror.NewMemoryStore())
		g.sync(t)
		calls := l.called()
		time.Sleep(15*time.Minute - time.Second)
		l.add(epoch.Add(time.Minute))
		for _, want := range []int{3, 3, 4} {
			if snapshot, err := g.Snapshot(t.Context()); err != nil || len(snapshot.Activities) != want {
				t.Errorf("got %d activities, %v; want %d", len(snapshot.Activities), err, want)
			}
			synctest.Wait()
			time.Sleep(time.Second)
		}
		if got := l.called() - calls; got != 1 {
			t.Errorf("%d calls, want 1", got)
		}
	})
}

func TestACancelledReaderAsksNothing(t *testing.T) {
	t.Parallel()
	l := newList(3)
	g := open(t, l, mirror.NewMemoryStore())
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := g.Snapshot(ctx); !errors.Is(err, context.Canceled) || l.called() > 0 {
		t.Errorf("got %v after %d calls", err, l.called())
	}
}
