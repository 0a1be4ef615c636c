package telemetry

import (
	"bytes"
	"compress/gzip"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/url"
	"strconv"
	"sync/atomic"
	"time"
)

// answerLimit is how much of a receiver's answer is read, so that its connection can be used again.
const answerLimit = 64 << 10

// sender posts the exports of one signal. What can't be delivered is dropped: telemetry must not pile up. It is safe for
// concurrent use.
type sender struct {
	to     destination
	client *http.Client
	logger *slog.Logger
	host   string      // The rest of an address may be a key.
	fails  atomic.Bool // The last export did.
}

func newSender(to destination, logger *slog.Logger) *sender {
	transport := &http.Transport{
		Proxy: http.ProxyFromEnvironment, ForceAttemptHTTP2: true, IdleConnTimeout: 90 * time.Second,
		TLSHandshakeTimeout: 10 * time.Second, TLSClientConfig: &tls.Config{RootCAs: to.roots, MinVersion: tls.VersionTLS12},
	}
	host := to.url
	if parsed, err := url.Parse(to.url); err == nil {
		host = parsed.Host
	}
	return &sender{to: to, logger: logger, host: host, client: &http.Client{
		Transport: transport, Timeout: to.timeout,
		// Elsewhere the headers' secrets are nobody's business.
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}
}

// send delivers an export, and says in the log when that begins to fail and when it works again. A receiver that is busy is
// asked once more.
func (s *sender) send(ctx context.Context, content message) {
	err := s.post(ctx, content)
	if busy, ok := errors.AsType[*busyError](err); ok && pause(ctx, busy.wait) {
		err = s.post(ctx, content)
	}
	switch failed := err != nil; {
	case failed && !s.fails.Swap(true):
		s.logger.Warn("telemetry is not delivered, and is dropped until it is; nothing else depends on it",
			"to", s.host, "error", withoutAddress(err))
	case !failed && s.fails.Swap(false):
		s.logger.Info("telemetry is delivered again", "to", s.host)
	}
}

func (s *sender) post(ctx context.Context, content message) error {
	body, coding := []byte(content), ""
	if s.to.gzip {
		body, coding = pack(content), "gzip"
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, s.to.url, bytes.NewReader(body))
	if err != nil {
		return fmt.Errorf("make an export: %w", err)
	}
	request.Header.Set("Content-Type", "application/x-protobuf")
	request.Header.Set("User-Agent", name)
	if coding != "" {
		request.Header.Set("Content-Encoding", coding)
	}
	for key, value := range s.to.headers {
		request.Header.Set(key, value)
	}
	response, err := s.client.Do(request)
	if err != nil {
		return fmt.Errorf("export: %w", err)
	}
	defer func() { _ = response.Body.Close() }()
	_, _ = io.Copy(io.Discard, io.LimitReader(response.Body, answerLimit)) // Only the status counts.
	switch response.StatusCode {
	case http.StatusOK, http.StatusAccepted, http.StatusNoContent:
		return nil
	case http.StatusTooManyRequests, http.StatusBadGateway, http.StatusServiceUnavailable, http.StatusGatewayTimeout:
		return &busyError{status: response.StatusCode, wait: retryAfter(response.Header)}
	default:
		return fmt.Errorf("export: the receiver answered with status %d", response.StatusCode)
	}
}

// busyError is a receiver's wish to be asked again.
type busyError struct {
	status int
	wait   time.Duration
}

func (e *busyError) Error() string {
	return "export: the receiver answered with status " + strconv.Itoa(e.status)
}

// retryAfter is how long the receiver wants to be left alone, up to what is worth waiting for.
func retryAfter(header http.Header) time.Duration {
	seconds, err := strconv.Atoi(header.Get("Retry-After"))
	if err != nil || seconds < 0 {
		return time.Second
	}
	return min(time.Duration(seconds)*time.Second, 5*time.Second)
}

// pause waits, and reports whether ctx lasted.
func pause(ctx context.Context, wait time.Duration) bool {
	timer := time.NewTimer(wait)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-ctx.Done():
		return false
	}
}

// withoutAddress takes the address out of an error of net/http: an endpoint for one signal may hold a key in its query.
func withoutAddress(err error) error {
	if failed, ok := errors.AsType[*url.Error](err); ok {
		return failed.Err
	}
	return err
}

func pack(plain []byte) []byte {
	var packed bytes.Buffer
	writer := gzip.NewWriter(&packed)
	_, _ = writer.Write(plain) // Memory takes everything.
	_ = writer.Close()
	return packed.Bytes()
}
