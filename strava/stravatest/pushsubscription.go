package stravatest

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"mime"
	"net/http"
	"net/url"
	"strconv"
	"time"
)

// ackTime is how long Strava waits for a callback, when it checks it and at every delivery.
// https://developers.strava.com/docs/webhooks/
const ackTime = 2 * time.Second

// maxCallbackURL is how long the address of a callback may be, in bytes.
const maxCallbackURL = 255

// clientParameters are the credentials of an application.
func clientParameters() []string { return []string{"client_id", "client_secret"} }

type wireSubscription struct {
	ID            int64     `json:"id"`
	ResourceState int       `json:"resource_state"`
	ApplicationID int64     `json:"application_id"`
	CallbackURL   string    `json:"callback_url"`
	CreatedAt     time.Time `json:"created_at"`
	UpdatedAt     time.Time `json:"updated_at"`
}

// asApplication lets a call through whose credentials are the application's and for which there is quota left: these
// calls count, though they have no token. A wrong client counts for nobody.
func (c *call) asApplication(credentials url.Values, serve func() answer) answer {
	if !c.api {
		return c.unknownPath()
	}
	if c.r.Header.Get("Authorization") != "" {
		c.violation("push subscriptions take no token")
	}
	if refused := c.wrongClient(credentials); refused != nil {
		return *refused
	}
	c.mu.Lock()
	spent, headers, inactive := c.quota.spend(c.now, c.uploads()), c.quota.headers(), c.inactive
	c.mu.Unlock()
	switch {
	case spent != "":
		return refusal(http.StatusTooManyRequests, "Rate Limit Exceeded", fault{"Application", spent, "exceeded"}).with(headers)
	case inactive:
		return appInactive().with(headers)
	default:
		return serve().with(headers)
	}
}

// listPushSubscriptions answers with the one that there is, or with none.
func (c *call) listPushSubscriptions() answer {
	return c.asApplication(c.r.URL.Query(), func() answer {
		all := []wireSubscription{}
		if there := c.courier.subscribed(); there != nil {
			all = append(all, *there)
		}
		return jsonAnswer(http.StatusOK, all)
	})
}

// createPushSubscription subscribes, once for an application, after the callback has answered the challenge.
func (c *call) createPushSubscription() answer {
	form, refused := c.form(append(clientParameters(), "callback_url", "verify_token")...)
	if refused != nil {
		return *refused
	}
	return c.asApplication(form, func() answer {
		callback := form.Get("callback_url")
		if fault := c.badCallback(callback); fault != "" {
			return notSubscribable("callback url", fault)
		}
		if !c.courier.reserve() {
			return notSubscribable("", "already exists")
		}
		if fault := c.verify(callback, form.Get("verify_token")); fault != "" {
			c.courier.unsubscribe(0)
			return notSubscribable("callback url", fault)
		}
		application, _ := strconv.ParseInt(c.cfg.ClientID, 10, 64)
		return jsonAnswer(http.StatusCreated, c.courier.subscribe(wireSubscription{
			ResourceState: 2, ApplicationID: application, CallbackURL: callback, CreatedAt: c.now.UTC(), UpdatedAt: c.now.UTC(),
		}))
	})
}

func notSubscribable(field, code string) answer { return badRequest("PushSubscription", field, code) }

// badCallback names what is wrong with the address alone. The words are guesses.
func (c *call) badCallback(callback string) string {
	parsed, err := url.Parse(callback)
	switch {
	case callback == "":
		c.violation("callback_url is missing")
		return "missing"
	case len(callback) > maxCallbackURL:
		c.violation("callback_url is longer than 255 characters")
		return "too long"
	case err != nil || parsed.Host == "" || parsed.Scheme != "http" && parsed.Scheme != "https":
		c.violation("callback_url is no web address")
		return "invalid"
	default:
		return ""
	}
}

// verify asks the callback for the challenge, follows no redirect, and names what is wrong with the answer.
func (c *call) verify(callback, token string) string {
	sum := sha256.Sum256(fmt.Appendf(nil, "challenge %d %d", c.cfg.Seed, c.now.UnixNano()))
	challenge := hex.EncodeToString(sum[:16])
	ctx, cancel := context.WithTimeout(c.r.Context(), ackTime)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, callback, nil)
	if err != nil {
		return "not verifiable"
	}
	query := req.URL.Query()
	query.Set("hub.mode", "subscribe")
	query.Set("hub.challenge", challenge)
	query.Set("hub.verify_token", token)
	req.URL.RawQuery = query.Encode()
	res, err := c.cfg.Callback.RoundTrip(req)
	if err != nil {
		return "not verifiable"
	}
	defer func() { _ = res.Body.Close() }()
	if res.StatusCode != http.StatusOK {
		return "GET to callback URL does not return 200"
	}
	if !echoes(res, challenge) {
		return "not verifiable"
	}
	return ""
}

// echoes reports whether the answer is JSON that has the challenge in it.
func echoes(res *http.Response, challenge string) bool {
	var echo struct {
		Challenge string `json:"hub.challenge"`
	}
	mediaType, _, _ := mime.ParseMediaType(res.Header.Get("Content-Type"))
	body, err := io.ReadAll(io.LimitReader(res.Body, 64<<10))
	return err == nil && mediaType == "application/json" && json.Unmarshal(body, &echo) == nil && echo.Challenge == challenge
}

// deletePushSubscription ends the subscription; what was not yet delivered never is.
func (c *call) deletePushSubscription() answer {
	return c.asApplication(c.r.URL.Query(), func() answer {
		id, err := strconv.ParseInt(c.id, 10, 64)
		if err != nil || id <= 0 || !c.courier.unsubscribe(id) {
			return notFound("PushSubscription", "id") // A guess.
		}
		return answer{http.StatusNoContent, http.Header{}, nil}
	})
}
