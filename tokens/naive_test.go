package tokens_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"domestique/strava"
	"domestique/tokens"
)

// flaw is one thing that a design does as many a gateway does it.
type flaw int

const (
	noFlaw         flaw = iota
	noLease             // Each process refreshes when it finds the token due; the last write wins.
	useBeforeWrite      // The answer is served at once and written a second later.
	deleteOnError       // Any error of a refresh removes the tokens.
	blindWrites         // The row is overwritten whatever it holds by now, also by a note at the end of a process.
	twoWrites           // The access token is written first, the refresh token after it.
)

// TestSimulationCatches runs naive designs, to show that the simulation sees what is wrong with them: each is one and the
// same plain design with one flaw, and that without a flaw passes.
func TestSimulationCatches(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name string
		flaw flaw
		odds odds
		want bool
	}{
		{"no flaw", noFlaw, rough(), false},
		{"no lease, nobody is killed", noLease, calm(), true},
		{"use before write", useBeforeWrite, rough(), true},
		{"delete on error, nobody is killed", deleteOnError, calm(), true},
		{"blind writes, nobody is killed", blindWrites, calm(), true},
		{"two writes", twoWrites, rough(), true},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			start := func(cfg tokens.Config) (keeper, error) { return newPlain(cfg, test.flaw), nil }
			total := simulateAll(t, start, test.odds, sixHours, seeds(t, 5), func(t *testing.T, seed int, l *ledger) {
				if !test.want && l.tally.caught > 0 {
					t.Errorf("seed %d: %v; what happened:\n%s", seed, l.tally.breaches, l.tail(60))
				}
			})
			t.Cleanup(func() {
				tell(t, total())
				if test.want && total().caught == 0 {
					t.Error("not caught")
				}
			})
		})
	}
}

// plain is a design that holds together as long as it has no flaw: one refresh at a time in a process, a lease in the row,
// and every write over the revision that was read. It lacks the comforts of a Manager: callers wait with the refresh, and
// one refusal is the end.
type plain struct {
	cfg  tokens.Config
	flaw flaw
	id   string
	slot chan struct{} // A mutex would stop virtual time.

	last       tokens.Row // As last read.
	access     string
	expires    time.Time
	lease      string // Another's, and when it was first seen.
	since      time.Time
	background sync.WaitGroup
}

func newPlain(cfg tokens.Config, flaw flaw) *plain {
	p := &plain{cfg: cfg, flaw: flaw, slot: make(chan struct{}, 1)}
	p.id = p.newID()
	return p
}

// newID names a claim or a write. It is called with the slot held.
func (p *plain) newID() string {
	var id [8]byte
	_, _ = p.cfg.Rand.Read(id[:])
	return fmt.Sprintf("%x", id)
}

// Close implements keeper.
func (p *plain) Close(ctx context.Context) error {
	p.background.Wait()
	if p.flaw == blindWrites && p.last.WriteID != "" {
		_, _ = p.write(ctx, p.last, "")
	}
	return nil
}

// AccessToken implements keeper.
func (p *plain) AccessToken(ctx context.Context) (string, error) {
	select {
	case p.slot <- struct{}{}:
	case <-ctx.Done():
		return "", ctx.Err()
	}
	defer func() { <-p.slot }()
	if p.left() > tokens.DefaultMargin {
		return p.access, nil
	}
	err := p.refresh(context.WithoutCancel(ctx))
	if p.left() > 0 {
		return p.access, nil
	}
	return "", err
}

// left is how long the token in memory lasts.
func (p *plain) left() time.Duration { return p.expires.Sub(p.cfg.Now().Add(p.cfg.Skew())) }

var errRetry = errors.New("not now")

// refresh adopts what the row has and asks Strava if that is due.
func (p *plain) refresh(ctx context.Context) error {
	row, revision, err := p.load(ctx)
	if err != nil {
		return err
	}
	access, refresh, _, err := tokens.OpenRow(p.cfg.Keyring, row)
	if err != nil {
		return err
	}
	p.last, p.access, p.expires = row, string(access), row.ExpiresAt
	if p.left() > tokens.DefaultMargin {
		return nil
	}
	if p.flaw != noLease {
		if p.leased(row) {
			return errRetry
		}
		row.Lease = tokens.Lease{ID: p.id + p.newID(), TTL: time.Minute}
		if revision, err = p.write(ctx, row, revision); err != nil {
			return errRetry // Should it have landed, the lease is found to be one's own.
		}
	}
	return p.ask(ctx, row, revision, refresh)
}

// leased reports whether the row is another's, by a lease that has not been seen for its whole time.
func (p *plain) leased(row tokens.Row) bool {
	switch lease := row.Lease.ID; {
	case lease == "", strings.HasPrefix(lease, p.id):
		p.lease = ""
		return false
	case lease == p.lease:
		return time.Since(p.since) < time.Minute
	default:
		p.lease, p.since = lease, time.Now()
		return true
	}
}

func (p *plain) ask(ctx context.Context, row tokens.Row, revision tokens.Revision, refresh strava.Secret) error {
	asking, cancel := context.WithTimeout(ctx, 20*time.Second)
	defer cancel()
	answer, err := p.cfg.OAuth.Refresh(asking, strava.Grant{RefreshToken: refresh, Application: p.cfg.Application})
	switch {
	case err == nil:
		return p.keep(ctx, row, revision, answer)
	case p.flaw == deleteOnError:
		p.access, p.expires = "", time.Time{}
		_ = p.cfg.Store.Erase(asking, revision)
		return tokens.ErrNeedsConsent
	}
	row.Lease = tokens.Lease{}
	_, _ = p.write(ctx, row, revision)
	if errors.Is(err, strava.ErrRefreshTokenInvalid) {
		return tokens.ErrNeedsConsent
	}
	return errRetry
}

// keep takes Strava's answer.
func (p *plain) keep(ctx context.Context, row tokens.Row, revision tokens.Revision, answer strava.Grant) error {
	_, before, _, _ := tokens.OpenRow(p.cfg.Keyring, row)
	row.Generation++
	row.ExpiresAt, row.Lease = answer.ExpiresAt, tokens.Lease{}
	renewed := tokens.SealRow(p.cfg.Keyring, row, answer.AccessToken, answer.RefreshToken, "")
	switch p.flaw {
	case useBeforeWrite:
		p.background.Go(func() {
			time.Sleep(time.Second)
			p.insist(ctx, renewed, revision)
		})
	case twoWrites:
		half := tokens.SealRow(p.cfg.Keyring, row, answer.AccessToken, before, "")
		p.insist(ctx, renewed, p.insist(ctx, half, revision))
	default:
		p.insist(ctx, renewed, revision)
	}
	p.access, p.expires = string(answer.AccessToken), answer.ExpiresAt
	return nil
}

// insist writes until it is written.
func (p *plain) insist(ctx context.Context, row tokens.Row, revision tokens.Revision) tokens.Revision {
	row.WriteID = p.id + fmt.Sprint(row.Generation)
	for {
		saved, err := p.write(ctx, row, revision)
		if err == nil {
			return saved
		}
		time.Sleep(100 * time.Millisecond)
		stored, now, err := p.load(ctx)
		switch {
		case err != nil:
		case stored.Generation > row.Generation:
			return now // Another's, or a new consent.
		default:
			revision = now
		}
	}
}

func (p *plain) load(ctx context.Context) (tokens.Row, tokens.Revision, error) {
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	row, revision, err := p.cfg.Store.Load(ctx)
	if errors.Is(err, tokens.ErrNotFound) {
		return tokens.Row{}, "", tokens.ErrNotConnected
	}
	return row, revision, err
}

// write saves a row over the revision, or, with some flaws, over whatever is there.
func (p *plain) write(ctx context.Context, row tokens.Row, revision tokens.Revision) (tokens.Revision, error) {
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	if p.flaw == noLease || p.flaw == blindWrites {
		_, now, err := p.cfg.Store.Load(ctx)
		if err != nil {
			return "", err
		}
		revision = now
	}
	return p.cfg.Store.Save(ctx, row, revision)
}
