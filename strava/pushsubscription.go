package strava

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/netip"
	"net/url"
	"slices"
	"strings"
	"time"
)

// What can be wrong with a push subscription. All of them arrive wrapped: test with [errors.Is].
var (
	// ErrAlreadySubscribed: the application has its one push subscription already, perhaps for another callback.
	ErrAlreadySubscribed = errors.New("the application has a push subscription already")
	// ErrCallbackInvalid: Strava could never reach, or would not take, a callback of this address. The text says why.
	ErrCallbackInvalid = errors.New("callback address not usable")
	// ErrCallbackUnverified: Strava asked the callback for the challenge and did not get it. The text says what it found.
	ErrCallbackUnverified = errors.New("the callback did not pass Strava's check")
)

// PushSubscriptionsConfig is what a [PushSubscriptions] is made of. ClientID and ClientSecret are required.
type PushSubscriptionsConfig struct {
	// BaseURL is the address of the API, with or without a slash at the end. Zero: [DefaultBaseURL].
	BaseURL string
	// ClientID and ClientSecret are those of the owner's own Strava application.
	ClientID     string
	ClientSecret Secret
	// Transport carries the requests. Strava takes the client's secret in the query of two of them and nowhere else: a
	// transport that logs or traces addresses must not be used here. Zero: a clone of [http.DefaultTransport] without
	// keep-alive.
	Transport http.RoundTripper
	// Timeout bounds a request from the connection to the last byte of the body. Zero: 15 seconds.
	Timeout time.Duration
	// Now is the clock of rate limits. Zero: [time.Now].
	Now func() time.Time
}

// PushSubscriptions makes and ends the push subscription of an application, by which Strava tells of changes. There is at
// most one, for all athletes who have connected. The calls are made in the name of the application, need no grant, and
// count for its quota. It is safe for concurrent use.
//
// https://developers.strava.com/docs/webhooks/
type PushSubscriptions struct {
	// config is a function because fmt prints nothing of what a function holds; see Secret.
	config func() PushSubscriptionsConfig
	base   *url.URL
}

// NewPushSubscriptions returns a PushSubscriptions, or an error that names the field of config that is wrong. It calls
// nobody.
func NewPushSubscriptions(config PushSubscriptionsConfig) (*PushSubscriptions, error) {
	if config.ClientID == "" || config.ClientSecret == "" {
		return nil, errors.New("strava: PushSubscriptionsConfig.ClientID and ClientSecret are required")
	}
	if config.Timeout < 0 {
		return nil, errors.New("strava: PushSubscriptionsConfig.Timeout must not be negative")
	}
	base, err := parseBaseURL(config.BaseURL)
	if err != nil {
		return nil, fmt.Errorf("strava: PushSubscriptionsConfig.BaseURL %w", err)
	}
	if config.Transport == nil {
		config.Transport = oneShotTransport()
	}
	if config.Timeout == 0 {
		config.Timeout = 15 * time.Second
	}
	if config.Now == nil {
		config.Now = time.Now
	}
	return &PushSubscriptions{config: func() PushSubscriptionsConfig { return config }, base: base}, nil
}

// PushSubscription is where Strava sends what it has to tell.
type PushSubscription struct {
	ID            ID `json:"id"`
	ApplicationID ID `json:"application_id"`
	// CallbackURL is where the events go. Its path is all that keeps strangers from sending some: it belongs in no log.
	CallbackURL string    `json:"callback_url"`
	CreatedAt   time.Time `json:"created_at"`
	UpdatedAt   time.Time `json:"updated_at"`
}

func (s *PushSubscription) usable() bool { return s.ID > 0 }

const pushSubscriptionsPath = "/push_subscriptions"

// View returns the application's push subscription; found is false when it has none. One call.
//
// Refusals are [ErrClientInvalid] and [ErrAppInactive]. Every other failure is a [RateLimitError] or [ErrUnavailable].
func (p *PushSubscriptions) View(ctx context.Context) (subscription PushSubscription, found bool, err error) {
	r := reading(pushSubscriptionsPath)
	r.query = p.credentials()
	body, err := p.send(ctx, r)
	if err != nil {
		return PushSubscription{}, false, err
	}
	all, skipped, err := decodeList(body, (*PushSubscription).usable)
	switch {
	case err != nil || len(skipped) > 0: // A subscription that can't be read is not "none".
		return PushSubscription{}, false, misshapen(r.op)
	case len(all) == 0:
		return PushSubscription{}, false, nil
	default:
		return all[0], true, nil
	}
}

// MaxCallbackURL is how long the address of a callback may be, in bytes.
const MaxCallbackURL = 255

// Create subscribes. Before Strava answers it asks the callback for a challenge, with the verifyToken, and wants the
// answer of [AnswerChallenge] within two seconds: the callback has to be reachable already. One call.
//
// Refusals are [ErrCallbackInvalid], which is found before any call, [ErrCallbackUnverified], [ErrAlreadySubscribed],
// [ErrClientInvalid] and [ErrAppInactive]. Every other failure is a [RateLimitError] or [ErrUnavailable]; after the
// latter there may be a subscription, which View tells.
func (p *PushSubscriptions) Create(ctx context.Context, callbackURL string, verifyToken Secret) (PushSubscription, error) {
	values := p.credentials()
	values.Set("callback_url", callbackURL)
	values.Set("verify_token", string(verifyToken))
	r := writing(http.MethodPost, pushSubscriptionsPath).form(values).wrong(p.CheckCallback(callbackURL))
	if verifyToken == "" {
		r = r.wrong(errors.New("no verify token"))
	}
	body, err := p.send(ctx, r)
	if err != nil {
		return PushSubscription{}, err
	}
	var made PushSubscription
	if !isObject(body) || json.Unmarshal(body, &made) != nil || !made.usable() {
		return PushSubscription{}, misshapen(r.op)
	}
	return made, nil
}

// Delete ends the subscription with this id. One call.
//
// Refusals are [ErrNotFound], [ErrClientInvalid] and [ErrAppInactive]. Every other failure is a [RateLimitError] or
// [ErrUnavailable]; after the latter it may be deleted or not, and may be deleted again.
func (p *PushSubscriptions) Delete(ctx context.Context, id ID) error {
	r := writing(http.MethodDelete, pushSubscriptionsPath+"/{id}").of(int64(id))
	r.query = p.credentials()
	_, err := p.send(ctx, r)
	return err
}

func (p *PushSubscriptions) credentials() url.Values {
	config := p.config()
	return url.Values{"client_id": {config.ClientID}, "client_secret": {string(config.ClientSecret)}}
}

// CheckCallback finds what Strava would only call "not verifiable", without a call: it returns [ErrCallbackInvalid] for an
// address that Create would not take. A Strava that is itself asked without encryption is
// none but a fake, which stands beside the callback and can reach it.
func (p *PushSubscriptions) CheckCallback(text string) error {
	callback, err := url.Parse(text)
	var reason string
	switch {
	case len(text) > MaxCallbackURL:
		reason = fmt.Sprintf("it has %d characters, and Strava takes %d", len(text), MaxCallbackURL)
	case err != nil || callback.Hostname() == "":
		reason = "it is not a URL with a host"
	case callback.User != nil || callback.RawQuery != "" || callback.Fragment != "":
		reason = "it must have no user, query or fragment"
	case callback.Scheme != "https" && (callback.Scheme != "http" || p.base.Scheme == "https"):
		reason = "it must begin with https://"
	case p.base.Scheme == "https" && !isPublic(callback.Hostname()):
		reason = "Strava cannot reach it: it must have a name or an address that is known on the whole internet"
	default:
		return nil
	}
	return fmt.Errorf("%w: %s", ErrCallbackInvalid, reason)
}

// isPublic tells hosts that may be known everywhere from those that never are.
func isPublic(host string) bool {
	if address, err := netip.ParseAddr(host); err == nil {
		return address.Unmap().IsGlobalUnicast() && !address.Unmap().IsPrivate()
	}
	host = strings.ToLower(strings.TrimSuffix(host, "."))
	top := host[strings.LastIndex(host, ".")+1:]
	return top != host && !slices.Contains([]string{"localhost", "local", "internal", "lan", "test", "invalid"}, top)
}

// send makes one call in the name of the application and returns the body of a successful answer. No error of it holds
// the address, which has the secret in it.
func (p *PushSubscriptions) send(ctx context.Context, r request) ([]byte, error) {
	if r.invalid != nil {
		return nil, r.invalid
	}
	reply, err := p.exchange(ctx, r)
	switch {
	case reply.status == http.StatusTooManyRequests:
		return nil, &RateLimitError{Op: r.op, RetryAt: quarterHourEnd(p.config().Now()), Sent: true}
	case err != nil:
		return nil, transportError(ctx, r.op, err)
	default:
		return reply.body, subscriptionError(reply.check(r.op))
	}
}

func (p *PushSubscriptions) exchange(ctx context.Context, r request) (answer, error) {
	config := p.config()
	target := p.base.JoinPath(r.path)
	target.RawQuery = r.query.Encode()
	httpRequest, err := http.NewRequestWithContext(ctx, r.method, target.String(), r.body)
	if err != nil {
		return answer{}, err
	}
	r.describeBody(httpRequest)
	httpRequest.Header.Set("Accept", r.accept)
	httpRequest.Header.Set("User-Agent", "domestique")
	client := &http.Client{Transport: config.Transport, Timeout: config.Timeout, CheckRedirect: stayHere}
	response, err := client.Do(httpRequest)
	if err != nil {
		return answer{}, err
	}
	defer func() { _ = response.Body.Close() }()
	reply := answer{status: response.StatusCode, header: response.Header}
	reply.body, err = readBody(response.Body, reply.limit())
	return reply, err
}

// subscriptionRefusal is an [APIError] whose meaning only these endpoints have. Its text is this package's own.
type subscriptionRefusal struct {
	meaning error
	hint    string
	answer  *APIError
}

func (e *subscriptionRefusal) Error() string {
	text := fmt.Sprintf("strava: %s: %v", e.answer.Op, e.meaning)
	if e.hint != "" {
		text += ": " + e.hint
	}
	return fmt.Sprintf("%s (status %d)", text, e.answer.Status)
}

func (e *subscriptionRefusal) Unwrap() []error { return []error{e.meaning, e.answer} }

// subscriptionError finds the meanings that only these endpoints have.
func subscriptionError(err error) error {
	refused, ok := errors.AsType[*APIError](err)
	if !ok {
		return err
	}
	if errors.Is(refused, ErrUnauthorized) {
		// What identifies the caller here is the client, not a token.
		return fmt.Errorf("strava: %s: %w (status %d)", refused.Op, ErrClientInvalid, refused.Status)
	}
	if errors.Is(refused, ErrUnavailable) {
		return err
	}
	for _, fault := range refused.Faults {
		if hint, meaning := fault.subscriptionMeaning(); meaning != nil {
			return &subscriptionRefusal{meaning: meaning, hint: hint, answer: refused}
		}
	}
	return err
}

// subscriptionMeaning reads the faults of push subscriptions, whose codes are words for people.
func (f Fault) subscriptionMeaning() (hint string, meaning error) {
	code := strings.ToLower(f.Code)
	switch {
	case f.Resource != "PushSubscription":
		return "", nil
	case strings.Contains(code, "already exists"):
		return "", ErrAlreadySubscribed
	case strings.Contains(code, "does not return 200"):
		return "it answered, but not with status 200: look for a proxy, a login or a bot filter in front of it", ErrCallbackUnverified
	case strings.Contains(code, "not verifiable"):
		return "no right answer came within 2 seconds: it must be reachable from the internet and awake", ErrCallbackUnverified
	case strings.Contains(strings.ToLower(f.Field), "callback"):
		return "Strava does not take it", ErrCallbackInvalid
	default:
		return "", nil
	}
}
