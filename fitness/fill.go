package fitness

import "context"

// Fill is how far the copy of the activities has come. How many there will be is not known before all of them are there:
// Strava gives lists without their length.
type Fill struct {
	// Activities is how many are there.
	Activities int
	// Complete is false until the list was walked to its end once.
	Complete bool
	// Trouble is what keeps it from going on, in a sentence for the owner; empty: nothing does.
	Trouble string
}

// Fill begins to fetch the activities where that is due, and tells how far it is. Where there are none yet it waits for the
// first page of them, or until ctx ends. It tells whoever is not the owner nothing.
func (s *Service) Fill(ctx context.Context) Fill {
	if ownerOnly(ctx) != nil {
		return Fill{}
	}
	_, err := s.history.Snapshot(ctx) // What it fails with is held, too, unless it is the end of ctx.
	snapshot, failure := s.history.Held()
	if err == nil && IsNotConnected(failure) {
		failure = nil // It is of the time before the account was connected, and stands until the list is there.
	}
	held := mirrorStatus(snapshot)
	fill := Fill{Activities: held.Activities, Complete: held.Complete}
	if problem := trouble("", failure); problem != nil {
		fill.Trouble = *problem
	}
	return fill
}
