package tokens_test

import (
	"context"
	"fmt"
	"sync"
	"time"

	"domestique/strava"
)

// provider is Strava's token endpoint by the strictest reading of https://developers.strava.com/docs/authentication/:
// the access token stays the same while a sixth of its life, at most an hour, is left; every refresh rotates the refresh
// token, and the old one is dead at once. It needs no socket, so that it works on virtual time.
type provider struct {
	life time.Duration
	app  strava.Application // The only one that it takes; nobody else's grants are here.
	// keepsRefreshToken makes it milder: the refresh token never changes.
	keepsRefreshToken bool

	mu          sync.Mutex
	serial      int
	refresh     strava.Secret // The only one that is valid.
	access      strava.Secret
	expires     time.Time
	calls       int // Refreshes that reached it.
	dead        int // Those with a dead or unknown refresh token.
	asking      int // At this moment.
	together    int // The most at one moment.
	queued      []mishap
	revocations int
	decide      func() mishap
}

// mishap is what goes wrong with one refresh; the zero value is nothing. What is set happens in the order of the fields.
type mishap struct {
	before    time.Duration // On the way there; a request that is given up meanwhile never arrives.
	refuse    error         // Strava says so and does not act.
	meanwhile func()        // After Strava has acted.
	after     time.Duration // On the way back; an answer that is given up meanwhile is lost.
	lost      bool          // The answer does not arrive.
}

func newProvider(life time.Duration) *provider { return &provider{life: life, app: application()} }

// application is the one that a provider knows.
func application() strava.Application {
	return strava.Application{ClientID: "4711", ClientSecret: "client-secret-7c211433f0207159"}
}

// consent is the athlete's: it ends every token before it.
func (p *provider) consent(athlete int64) strava.Grant {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.mintRefresh()
	p.mintAccess()
	return strava.Grant{
		AccessToken: p.access, RefreshToken: p.refresh, ExpiresAt: p.expires, AthleteID: athlete, Application: p.app,
	}
}

// valid are the tokens that it takes.
func (p *provider) valid() (access, refresh strava.Secret) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.access, p.refresh
}

// revoke is the athlete taking the consent back.
func (p *provider) revoke() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.refresh = ""
}

func (p *provider) mintRefresh() {
	p.serial++
	p.refresh = strava.Secret(fmt.Sprintf("refresh-token-%d-d41d8cd98f00b204", p.serial))
}

func (p *provider) mintAccess() {
	p.access = strava.Secret(fmt.Sprintf("access-token-%d-e9800998ecf8427e", p.serial))
	p.expires = time.Now().Add(p.life)
}

// queue makes the next refreshes go wrong, one mishap each.
func (p *provider) queue(mishaps ...mishap) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.queued = append(p.queued, mishaps...)
}

// always sets what is asked for a mishap whenever none is queued; nil: nothing goes wrong.
func (p *provider) always(decide func() mishap) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.decide = decide
}

func (p *provider) nextMishap() mishap {
	p.mu.Lock()
	defer p.mu.Unlock()
	if len(p.queued) > 0 {
		next := p.queued[0]
		p.queued = p.queued[1:]
		return next
	}
	if p.decide != nil {
		return p.decide()
	}
	return mishap{}
}

// Refresh implements tokens.OAuth.
func (p *provider) Refresh(ctx context.Context, grant strava.Grant) (strava.Grant, error) {
	wrong := p.nextMishap()
	p.count(1)
	defer p.count(-1)
	if !elapse(ctx, wrong.before) {
		return strava.Grant{}, fmt.Errorf("post: %w: %w", strava.ErrUnavailable, ctx.Err())
	}
	answer, err := p.answer(grant, wrong.refuse)
	if wrong.meanwhile != nil {
		wrong.meanwhile()
	}
	if !elapse(ctx, wrong.after) {
		return strava.Grant{}, fmt.Errorf("post: %w: %w", strava.ErrUnavailable, ctx.Err())
	}
	if wrong.lost {
		return strava.Grant{}, fmt.Errorf("post: %w: connection reset", strava.ErrUnavailable)
	}
	return answer, err
}

// Revoke implements tokens.OAuth. It says yes to every token, and ends the grant only by one that is valid.
func (p *provider) Revoke(ctx context.Context, grant strava.Grant) error {
	wrong := p.nextMishap()
	if !elapse(ctx, wrong.before) {
		return fmt.Errorf("post: %w: %w", strava.ErrUnavailable, ctx.Err())
	}
	p.mu.Lock()
	p.revocations++
	if grant.Application != p.app {
		wrong.refuse = fmt.Errorf("post: %w", strava.ErrClientInvalid)
	}
	if wrong.refuse == nil && (grant.RefreshToken == p.refresh || grant.AccessToken == p.access) {
		p.refresh, p.access = "", ""
	}
	p.mu.Unlock()
	if wrong.meanwhile != nil {
		wrong.meanwhile()
	}
	if !elapse(ctx, wrong.after) || wrong.lost {
		return fmt.Errorf("post: %w: connection reset", strava.ErrUnavailable)
	}
	return wrong.refuse
}

func (p *provider) answer(grant strava.Grant, refuse error) (strava.Grant, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.calls++
	if refuse != nil {
		return strava.Grant{}, fmt.Errorf("post: %w", refuse)
	}
	if grant.Application != p.app {
		return strava.Grant{}, fmt.Errorf("post: %w", strava.ErrClientInvalid)
	}
	if token := grant.RefreshToken; token != p.refresh || token == "" {
		p.dead++
		return strava.Grant{}, fmt.Errorf("post: %w", strava.ErrRefreshTokenInvalid)
	}
	if !p.keepsRefreshToken {
		p.mintRefresh()
	}
	if time.Until(p.expires) <= min(time.Hour, p.life/6) {
		p.serial++
		p.mintAccess()
	}
	return strava.Grant{AccessToken: p.access, RefreshToken: p.refresh, ExpiresAt: p.expires, Application: p.app}, nil
}

func (p *provider) count(one int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.asking += one
	p.together = max(p.together, p.asking)
}

// elapse waits for d and reports whether ctx let it.
func elapse(ctx context.Context, d time.Duration) bool {
	if d == 0 {
		return ctx.Err() == nil
	}
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-ctx.Done():
		return false
	}
}
