package edge

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"io"
	"math"
	"mime"
	"net/http"
	"strconv"
	"strings"
	"time"

	"domestique/strava"
)

// Webhook is who takes in what Strava tells.
type Webhook interface {
	// Application is the Strava application from whose secret the callback's address is derived. It is asked for with every
	// request, and fails where there is none yet.
	Application(ctx context.Context) (strava.Application, error)
	// Receive stores an event, or leaves one alone that is nobody's here. Without an error it may be acknowledged.
	Receive(ctx context.Context, event strava.PushEvent) error
	// SigningSecret checks the signatures of deliveries that have one. Empty: they are not looked at.
	SigningSecret() strava.Secret
}

const (
	webhookPath = "/webhook/"
	// webhookTimeout bounds what happens before an answer: Strava takes one for a failure after 2 seconds, and comes again
	// after one (https://developers.strava.com/docs/webhooks/).
	webhookTimeout = 1500 * time.Millisecond
	// deliveriesAMinute is what one address may send. An athlete who edits many activities at once makes some hundred events.
	deliveriesAMinute = 600
)

// WebhookPath is the path under which Strava reaches the gateway, the same on every replica. That nobody can guess it is
// all that keeps strangers from sending events: it belongs in no log.
func WebhookPath(app strava.Application) string { return webhookPath + derived(app, "path") }

// WebhookVerifyToken is what Strava has to repeat when it checks the callback.
func WebhookVerifyToken(app strava.Application) strava.Secret {
	return strava.Secret(derived(app, "verify token"))
}

// IsWebhookPath reports whether a path is that of some gateway's callback, of this application or of another secret.
func IsWebhookPath(path string) bool {
	token, is := strings.CutPrefix(path, webhookPath)
	sum, err := base64.RawURLEncoding.DecodeString(token)
	return is && err == nil && len(sum) == derivedSize
}

// derivedSize is how many bytes of a sum are used: as many as nobody can guess.
const derivedSize = 24

func derived(app strava.Application, what string) string {
	mac := hmac.New(sha256.New, []byte(app.ClientSecret))
	_, _ = io.WriteString(mac, "domestique webhook "+what+" of "+app.ClientID) // A hash takes everything.
	return base64.RawURLEncoding.EncodeToString(mac.Sum(nil)[:derivedSize])
}

// serveWebhook answers Strava's check of the callback, and its deliveries.
func (e *edge) serveWebhook(w http.ResponseWriter, r *http.Request) {
	if wait := e.deliveries.wait(guessSource(r)); wait > 0 {
		w.Header().Set("Retry-After", strconv.Itoa(int(math.Ceil(wait.Seconds()))))
		writeText(w, http.StatusTooManyRequests, "Too many deliveries. Try again later.\n")
		return
	}
	ctx, cancel := context.WithTimeout(r.Context(), webhookTimeout)
	defer cancel()
	app, err := e.Webhook.Application(ctx)
	switch {
	case err != nil && ctx.Err() != nil:
		writeText(w, http.StatusServiceUnavailable, "Try again later.\n")
	case err != nil, !hmac.Equal([]byte(r.URL.Path), []byte(WebhookPath(app))):
		writeText(w, http.StatusNotFound, "There is no such page.\n")
	case r.Method == http.MethodGet:
		e.answerChallenge(w, r, app)
	case r.Method == http.MethodPost:
		e.takeDelivery(ctx, w, r)
	default:
		w.Header().Set("Allow", "GET, POST")
		writeText(w, http.StatusMethodNotAllowed, "Strava sends events by POST.\n")
	}
}

func (e *edge) answerChallenge(w http.ResponseWriter, r *http.Request, app strava.Application) {
	answer, err := strava.AnswerChallenge(r.URL.Query(), WebhookVerifyToken(app))
	if err != nil {
		e.Logger.WarnContext(r.Context(), "a check of the webhook was refused", "error", err)
		writeText(w, http.StatusForbidden, "This is not a check of Strava's.\n")
		return
	}
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-store")
	_, _ = w.Write(answer) //nolint:gosec // It is JSON and says so; a client that hung up is all that can go wrong.
}

// takeDelivery acknowledges an event once it is stored. One that is not Strava's is refused; one that is Strava's, and
// means nothing here, is acknowledged, because Strava would send it twice more.
func (e *edge) takeDelivery(ctx context.Context, w http.ResponseWriter, r *http.Request) {
	event, refusal := e.readDelivery(w, r)
	if refusal != 0 {
		writeText(w, refusal, "This is not a delivery of Strava's.\n")
		return
	}
	if err := e.Webhook.Receive(ctx, event); err != nil {
		e.Logger.ErrorContext(ctx, "an event of Strava's could not be stored; Strava sends it again in a minute", "error", err)
		writeText(w, http.StatusServiceUnavailable, "The event could not be stored. Send it again.\n")
		return
	}
	writeText(w, http.StatusOK, "ok\n")
}

// readDelivery returns the event, or the status that says what is wrong with the request.
func (e *edge) readDelivery(w http.ResponseWriter, r *http.Request) (event strava.PushEvent, refusal int) {
	media, _, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if err != nil || media != "application/json" || checkEncoding(r.Header) != nil {
		return strava.PushEvent{}, http.StatusUnsupportedMediaType
	}
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, strava.MaxPushEvent))
	if _, tooBig := errors.AsType[*http.MaxBytesError](err); tooBig {
		return strava.PushEvent{}, http.StatusRequestEntityTooLarge
	}
	if err != nil {
		return strava.PushEvent{}, http.StatusBadRequest
	}
	if secret := e.Webhook.SigningSecret(); secret != "" {
		// Strava documents no signature, so that a delivery without one may be genuine.
		err := strava.CheckSignature(r.Header.Get(strava.SignatureHeader), body, secret, e.Now())
		if err != nil && !errors.Is(err, strava.ErrSignatureMissing) {
			e.Logger.WarnContext(r.Context(), "a delivery was refused", "error", err)
			return strava.PushEvent{}, http.StatusForbidden
		}
	}
	if event, err = strava.ParsePushEvent(body); err != nil {
		e.Logger.WarnContext(r.Context(), "a delivery was refused", "error", err)
		return strava.PushEvent{}, http.StatusBadRequest
	}
	return event, 0
}
