package fitness

import (
	"context"
	"strconv"
	"sync/atomic"
	"time"
)

// freshness is what is known of how long answers stay true. It is safe for concurrent use.
type freshness struct {
	// revisions counts the changes of what is held beside the list.
	revisions atomic.Uint64
	editions  [2]atomic.Pointer[dataEdition] // by the viewer
}

// dataEdition is a version of all that the answers for a viewer are made of. It never changes.
type dataEdition struct {
	list, revision uint64
	text           string
	until          time.Time // the next local midnight
}

// Version names the state of all that answers are made of for the owner, or for anybody else; the local date is part of it.
// While it stays the same, the same question has the same answer, but for what is held only until a time of its own: see
// Watch. It never comes back within a process. It changes at until even if nothing happens. It is empty while nothing is
// held. Nothing is waited for, and to ask for it keeps the list in step as a question would.
func (s *Service) Version(ctx context.Context, owner bool) (version string, until time.Time) {
	viewer := Anonymous
	if owner {
		viewer = Owner
	} else {
		ctx = heldOnly(ctx)
	}
	ctx = WithViewer(ctx, viewer)
	if whole, _ := s.history.Held(); whole == nil {
		return "", time.Time{}
	}
	snapshot, err := s.history.Snapshot(ctx)
	if err != nil {
		return "", time.Time{}
	}
	if viewer != Owner {
		snapshot = s.publicHeld(snapshot)
	}
	if snapshot == nil {
		return "", time.Time{}
	}
	newest := s.freshness.edition(viewer, snapshot, s.now(), s.timeZone)
	return newest.text, newest.until
}

func (f *freshness) edition(viewer Viewer, snapshot *Snapshot, now time.Time, zone *time.Location) *dataEdition {
	newest, revision := f.editions[viewer].Load(), f.revisions.Load()
	if newest != nil && newest.list == snapshot.Version && newest.revision == revision && now.Before(newest.until) {
		return newest
	}
	today := snapshot.today(now, zone)
	next := &dataEdition{
		list: snapshot.Version, revision: revision,
		text:  strconv.FormatUint(snapshot.Version, 36) + "-" + strconv.FormatUint(revision, 36) + "-" + today.String(),
		until: time.Date(today.Year, today.Month, today.Day+1, 0, 0, 0, 0, snapshot.zone(zone)),
	}
	f.editions[viewer].Store(next)
	return next
}

type lifetimeKey struct{}

// lifetime is until when what an answer is made of may be given, in nanoseconds since 1970; zero: for as long as nothing
// changes.
type lifetime struct{ ends atomic.Int64 }

// Watch returns a context, and a function that tells until when what was answered on it may be given again, as far as
// nothing changes; zero: for ever.
func (s *Service) Watch(ctx context.Context) (watched context.Context, until func() time.Time) {
	life := new(lifetime)
	return context.WithValue(ctx, lifetimeKey{}, life), func() time.Time {
		if ends := life.ends.Load(); ends != 0 {
			return time.Unix(0, ends)
		}
		return time.Time{}
	}
}

// noteEnd notes that there is something in the answer that may be given until then.
func noteEnd(ctx context.Context, at time.Time) {
	life, _ := ctx.Value(lifetimeKey{}).(*lifetime)
	if life == nil {
		return
	}
	for {
		known := life.ends.Load()
		if known != 0 && known <= at.UnixNano() || life.ends.CompareAndSwap(known, at.UnixNano()) {
			return
		}
	}
}
