package tokens_test

import (
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"domestique/strava"
	"domestique/tokens"
)

// breach is a rule that a design has broken.
type breach string

const (
	grantLost    breach = "grant lost"            // Nobody holds the valid refresh token any more, without an excuse.
	deadToken    breach = "dead token presented"  // To Strava, without an excuse.
	spentAtOnce  breach = "token spent twice"     // Two requests with one refresh token under way, without an excuse.
	notServed    breach = "caller not served"     // Though a usable token was there.
	expiredToken breach = "expired token served"  // By a process that knew Strava's time.
	unexplained  breach = "loss not explained"    // The row does not say why the athlete has to consent again.
	gaveUp       breach = "living grant given up" // The row wants a consent and has the valid refresh token.
)

// fate is what became of the refresh token that is the valid one now.
//
// Its loss has a physical excuse, and the presentation of its predecessor with it, in these cases alone:
//
//   - Strava's answer with it was lost on the way, or took longer than the design's patience, which is 20 s. Hanging up
//     earlier is no excuse.
//   - The process that asked was killed while that answer was on its way.
//   - The process was killed after the answer had come, while it was writing it, provided that it had begun to write in
//     the instant in which the answer came. Whoever does anything else first that takes time has none.
//
// What is in the row needs no excuse, so a write that lands takes it back. A killed process whose request was under way
// is also the only excuse for a second request with the same token. A request that was under way when the athlete
// consented anew is one for a token that the consent has ended.
type fate struct {
	token   strava.Secret
	holder  *process // That asked; nil: it came by the athlete's consent.
	born    time.Time
	came    time.Time // When the answer did; zero: not yet.
	writing bool      // A write of it began in that instant.
	excuse  string
}

// tally is what a run, or many, came to.
type tally struct {
	runs                                          int
	virtual                                       time.Duration
	calls, failed                                 int
	requests, rotations, dead                     int
	kills, restarts, lostAnswers, outages, faults int
	excuses, losses                               int // Losses with an excuse.
	breaches                                      map[breach]int
	caught                                        int // Runs with a lost grant or a dead token.
}

func (t *tally) add(other tally) {
	t.runs += other.runs
	t.virtual += other.virtual
	t.calls, t.failed = t.calls+other.calls, t.failed+other.failed
	t.requests, t.rotations, t.dead = t.requests+other.requests, t.rotations+other.rotations, t.dead+other.dead
	t.kills, t.restarts, t.lostAnswers = t.kills+other.kills, t.restarts+other.restarts, t.lostAnswers+other.lostAnswers
	t.outages, t.faults = t.outages+other.outages, t.faults+other.faults
	t.excuses, t.losses, t.caught = t.excuses+other.excuses, t.losses+other.losses, t.caught+other.caught
	if t.breaches == nil {
		t.breaches = make(map[breach]int)
	}
	for kind, count := range other.breaches {
		t.breaches[kind] += count
	}
}

func (t *tally) String() string {
	return fmt.Sprintf("%d runs, %.0f virtual hours, %d calls (%.2f%% failed), %d requests to strava (%d rotations, %d dead tokens), "+
		"%d kills, %d restarts, %d lost answers, %d outages, %d store faults; %d excuses, %d grants lost with one; caught %d runs: %v",
		t.runs, t.virtual.Hours(), t.calls, 100*float64(t.failed)/float64(max(1, t.calls)), t.requests, t.rotations, t.dead,
		t.kills, t.restarts, t.lostAnswers, t.outages, t.faults, t.excuses, t.losses, t.caught, t.breaches)
}

// event is one line of what happened.
type event struct {
	at        time.Duration
	who, what string
}

func (e event) String() string { return fmt.Sprintf("%14v %-5s %s", e.at, e.who, e.what) }

// ledger watches one run: it knows what Strava and the row hold and judges what the processes do. It is safe for
// concurrent use.
type ledger struct {
	began    time.Time
	patience time.Duration
	keys     *tokens.Keyring

	mu       sync.Mutex
	tally    tally
	events   []event
	fate     fate
	expires  map[strava.Secret]time.Time // Of access tokens.
	underWay map[*process][]strava.Secret
	kept     struct {
		refresh, previous, access strava.Secret
		since                     time.Time // When access was first there.
	}
}

// note adds a line to what happened. It is called with mu held.
func (l *ledger) note(p *process, format string, args ...any) {
	who := "world"
	if p != nil {
		who = p.name
	}
	l.events = append(l.events, event{time.Since(l.began), who, fmt.Sprintf(format, args...)})
}

// breach notes a broken rule. It is called with mu held.
func (l *ledger) breach(p *process, kind breach, format string, args ...any) {
	l.tally.breaches[kind]++
	l.note(p, "BREACH, %s: %s", kind, fmt.Sprintf(format, args...))
}

// tail returns the last lines up to the first breach, and what came soon after it.
func (l *ledger) tail(lines int) string {
	l.mu.Lock()
	defer l.mu.Unlock()
	end := len(l.events)
	if first := slices.IndexFunc(l.events, func(e event) bool { return strings.HasPrefix(e.what, "BREACH") }); first >= 0 {
		end = min(end, first+5)
	}
	var text strings.Builder
	for _, event := range l.events[max(0, end-lines):end] {
		fmt.Fprintln(&text, event)
	}
	return text.String()
}

// asks notes that a process presents a refresh token.
func (l *ledger) asks(p *process, token strava.Secret) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.tally.requests++
	l.note(p, "asks strava with %s", short(token))
	for other, presented := range l.underWay {
		if !other.killed.Load() && slices.Contains(presented, token) {
			l.breach(p, spentAtOnce, "%s by %s, too", short(token), other.name)
		}
	}
	l.underWay[p] = append(l.underWay[p], token)
}

// ends notes that a request with a refresh token is over, one way or another.
func (l *ledger) ends(p *process, token strava.Secret) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.underWay[p] = slices.DeleteFunc(l.underWay[p], func(other strava.Secret) bool { return other == token })
	if len(l.underWay[p]) == 0 {
		delete(l.underWay, p)
	}
}

// acted notes what Strava made of a request that was sent at that time.
func (l *ledger) acted(p *process, asked time.Time, token strava.Secret, answer strava.Grant, err error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if err != nil {
		l.tally.dead++
		overtaken := l.fate.holder == nil && asked.Before(l.fate.born)
		if l.fate.excuse == "" && !overtaken {
			l.breach(p, deadToken, "%s, while %s is valid", short(token), short(l.fate.token))
		}
		return
	}
	l.tally.rotations++
	l.note(p, "strava rotates to %s", short(answer.RefreshToken))
	l.begin(answer, p)
	if p.killed.Load() {
		l.excuse("killed before strava acted")
	}
}

// begin follows the fate of a new refresh token. It is called with mu held.
func (l *ledger) begin(grant strava.Grant, holder *process) {
	l.fate = fate{token: grant.RefreshToken, holder: holder, born: time.Now()}
	l.expires[grant.AccessToken] = grant.ExpiresAt
}

func (l *ledger) consented(grant strava.Grant) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.note(nil, "the athlete consents: %s", short(grant.RefreshToken))
	l.begin(grant, nil)
}

// excuse gives the valid refresh token one. It is called with mu held.
func (l *ledger) excuse(why string) {
	if l.fate.excuse == "" {
		l.tally.excuses++
		l.note(l.fate.holder, "excuse for %s: %s", short(l.fate.token), why)
	}
	l.fate.excuse = why
}

// came notes that an answer has reached the process that asked.
func (l *ledger) came(token strava.Secret) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.fate.token == token {
		l.fate.came = time.Now()
	}
}

// missed notes that an answer has not, after so long.
func (l *ledger) missed(p *process, token strava.Secret, after time.Duration) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.note(p, "misses strava's answer, after %v", after)
	if l.fate.token != token || token == "" {
		return
	}
	l.tally.lostAnswers++
	if after >= l.patience {
		l.excuse("the answer was lost")
	}
}

// kills notes the end of a process.
func (l *ledger) kills(p *process) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.tally.kills++
	l.note(p, "is killed")
	switch f := l.fate; {
	case f.holder != p || l.holds(f.token):
	case f.came.IsZero():
		l.excuse("killed while the answer was on its way")
	case f.writing:
		l.excuse("killed while writing")
	case f.came.Equal(time.Now()):
		l.excuse("killed before it could write")
	}
}

// writes notes that a process begins to write a row.
func (l *ledger) writes(p *process, row tokens.Row) {
	_, refresh, previous, err := tokens.OpenRow(l.keys, row)
	l.mu.Lock()
	defer l.mu.Unlock()
	if err == nil && (refresh == l.fate.token || previous == l.fate.token) && l.fate.came.Equal(time.Now()) {
		l.fate.writing = true
	}
	l.note(p, "writes generation %d with %s, lease %.12s, %s %s", row.Generation, short(refresh), row.Lease.ID, row.State, row.Failure)
}

// brought reports whether a row has the valid refresh token and the process got it from Strava.
func (l *ledger) brought(p *process, row tokens.Row) bool {
	_, refresh, _, err := tokens.OpenRow(l.keys, row)
	l.mu.Lock()
	defer l.mu.Unlock()
	return err == nil && refresh == l.fate.token && p == l.fate.holder
}

// stored notes what is in the row now.
func (l *ledger) stored(row tokens.Row) {
	access, refresh, previous, err := tokens.OpenRow(l.keys, row)
	if err != nil {
		access, refresh, previous = "", "", ""
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if access != l.kept.access {
		l.kept.since = time.Now()
	}
	l.kept.access, l.kept.refresh, l.kept.previous = access, refresh, previous
	if l.holds(l.fate.token) {
		l.fate.excuse = ""
	}
}

// holds reports whether the row has the refresh token. It is called with mu held.
func (l *ledger) holds(token strava.Secret) bool {
	return token == l.kept.refresh || token == l.kept.previous
}

// valid returns the refresh token that Strava takes, and whether the row has it.
func (l *ledger) valid() (token strava.Secret, kept bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.fate.token, l.holds(l.fate.token)
}

// lost notes that the grant is, and why the row says so.
func (l *ledger) lost(row tokens.Row) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.fate.excuse == "" {
		l.breach(nil, grantLost, "%s is nowhere", short(l.fate.token))
		return
	}
	l.tally.losses++
	l.note(nil, "the grant is lost: %s", l.fate.excuse)
	if row.State == tokens.StateNeedsConsent && row.Failure != tokens.FailureAnswerLost {
		l.breach(nil, unexplained, "the row says %q", row.Failure)
	}
}

// short is a refresh token's number.
func short(token strava.Secret) string {
	return strings.TrimSuffix(string(token), "-d41d8cd98f00b204")
}
