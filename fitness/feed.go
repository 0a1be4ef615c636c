package fitness

import (
	"context"
	"reflect"
)

// ActivityChanges tells of every activity that appears, changes or goes from now on, until ctx or the service ends; then
// the channel is closed. Several that are found at once come one after the other: first what went, then the rest, the
// oldest first.
//
// Nobody waits for a slow listener, and nothing is lost on it: what it has not taken yet is kept, once for each activity
// and as that is by now. An activity that came and went meanwhile is not told of.
//
// What a fill brings in is no news, neither the first one nor one after a part of the copy was dropped for its age.
func (s *Service) ActivityChanges(ctx context.Context) (<-chan *ActivityChange, error) {
	if err := ownerOnly(ctx); err != nil {
		return nil, err
	}
	changes := make(chan *ActivityChange)
	return changes, s.follow(ctx, func(ctx context.Context, held *Snapshot, newest <-chan *Snapshot) {
		defer close(changes)
		tellChanges(ctx, held, newest, changes)
	})
}

func tellChanges(ctx context.Context, held *Snapshot, newest <-chan *Snapshot, listener chan<- *ActivityChange) {
	var untold backlog
	for {
		next, ready := untold.first(), listener
		if next == nil {
			ready = nil
		}
		select {
		case ready <- next:
			untold.drop(next.stravaID)
		case snapshot := <-newest:
			untold.add(changesBetween(held, snapshot))
			held = snapshot
		case <-ctx.Done():
			return
		}
	}
}

// SyncProgress tells how much of the list is held: now, and whenever that changes, until all of it is, or until ctx or the
// service ends; then the channel is closed. A slow listener gets the newest.
func (s *Service) SyncProgress(ctx context.Context) (<-chan *MirrorStatus, error) {
	if err := ownerOnly(ctx); err != nil {
		return nil, err
	}
	progress := make(chan *MirrorStatus)
	return progress, s.follow(ctx, func(ctx context.Context, held *Snapshot, newest <-chan *Snapshot) {
		defer close(progress)
		tellProgress(ctx, held, newest, progress)
	})
}

func tellProgress(ctx context.Context, held *Snapshot, newest <-chan *Snapshot, listener chan<- *MirrorStatus) {
	status, ready := mirrorStatus(held), listener
	for {
		select {
		case ready <- status:
			if status.Complete {
				return
			}
			ready = nil
		case snapshot := <-newest:
			if next := mirrorStatus(snapshot); !reflect.DeepEqual(next, status) {
				status, ready = next, listener
			}
		case <-ctx.Done():
			return
		}
	}
}

// follow has work listen to the history, from the copy that is held now, until ctx or the service ends.
func (s *Service) follow(ctx context.Context, work func(ctx context.Context, held *Snapshot, newest <-chan *Snapshot)) error {
	ctx, stop := context.WithCancel(ctx)
	newest := s.history.Subscribe(ctx)
	held := <-newest
	started := s.background.accompany(ctx, func(ctx context.Context) {
		defer stop()
		work(ctx, held, newest)
	})
	if !started {
		stop()
		return explained(ErrClosed)
	}
	return nil
}
