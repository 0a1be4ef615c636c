package stravatest

import (
	"bytes"
	"io"
	"net/http"
	"path"
	"slices"
	"time"
)

// Fault spoils the answers to some requests. Where neither Status nor Body is set, the true answer is given, after the
// waiting, and with what ContentType and CutAfter do to it.
type Fault struct {
	// Method is that of the requests that it meets. Zero: any.
	Method string
	// Path is Strava's template ("/activities/{id}", "/oauth/token") or a path.Match pattern for the path without
	// /api/v3 ("/activities/42", "/athlete*"). Zero: any.
	Path string
	// Times is how many requests it meets. Zero: one; Always: all.
	Times int

	// Arrived is called when it meets a request, before anything else happens.
	Arrived func()
	// Until holds the request back until the channel is closed.
	Until <-chan struct{}
	// Delay holds it back for a time by the wall clock. A client that leaves meanwhile has caused nothing, unless
	// ApplyThenFail is set.
	Delay time.Duration

	// Status and Body replace the answer: Strava does nothing and says this. Status zero with a Body: 200; without
	// a ContentType: JSON.
	Status int
	Body   string
	// ContentType replaces the answer's.
	ContentType string
	// CutAfter, when positive, breaks the connection after so many bytes of the body.
	CutAfter int
	// ApplyThenFail lets Strava do what was asked, at once, and spoils only the answer. Without a Status or Body the
	// connection breaks before the answer.
	ApplyThenFail bool
}

// Always is Fault.Times without an end.
const Always = -1

// hook is a Fault that is in force.
type hook struct {
	Fault
	left int
}

// Fault puts a fault in force; remove ends it early. Of several that meet a request the oldest does.
func (s *Server) Fault(f Fault) (remove func()) {
	h := &hook{Fault: f, left: f.Times}
	if h.left == 0 {
		h.left = 1
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.faults = append(s.faults, h)
	return func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		s.drop(h)
	}
}

func (s *Server) drop(h *hook) {
	s.faults = slices.DeleteFunc(s.faults, func(other *hook) bool { return other == h })
}

// nextFault finds the fault that meets a call. The caller holds the lock.
func (s *Server) nextFault(c *call) *hook {
	for _, h := range s.faults {
		if !h.meets(c) {
			continue
		}
		if h.left != Always {
			h.left--
		}
		if h.left == 0 {
			s.drop(h)
		}
		return h
	}
	return nil
}

func (h *hook) meets(c *call) bool {
	if h.Method != "" && h.Method != c.r.Method {
		return false
	}
	if h.Path == "" || h.Path == c.route.path {
		return true
	}
	matches, _ := path.Match(h.Path, c.path) // A bad pattern matches nothing.
	return matches
}

// spoil answers a call as the fault wants it.
func (h *hook) spoil(w http.ResponseWriter, c *call) {
	if h.Arrived != nil {
		h.Arrived()
	}
	var a answer
	if h.ApplyThenFail {
		a = c.answer()
	}
	if !h.wait(c) {
		panic(http.ErrAbortHandler)
	}
	switch {
	case h.Status != 0 || h.Body != "":
		a = h.instead()
	case h.ApplyThenFail && h.CutAfter == 0:
		panic(http.ErrAbortHandler)
	case !h.ApplyThenFail:
		a = c.answer()
	}
	if h.ContentType != "" {
		a.header.Set("Content-Type", h.ContentType)
	}
	if h.CutAfter == 0 || h.CutAfter >= len(a.body) {
		a.write(w)
		return
	}
	a.writeHeader(w)
	_, _ = w.Write(a.body[:h.CutAfter])
	_ = http.NewResponseController(w).Flush()
	panic(http.ErrAbortHandler)
}

// wait holds the call back; false when the client has left.
func (h *hook) wait(c *call) bool {
	if h.Until != nil || h.Delay > 0 {
		body, _ := io.ReadAll(c.r.Body) // net/http sees that a client leaves only once it has read all that was sent.
		c.r.Body = io.NopCloser(io.MultiReader(bytes.NewReader(body), c.r.Body))
	}
	left := c.r.Context().Done()
	if h.Until != nil {
		select {
		case <-h.Until:
		case <-left:
			return false
		}
	}
	if h.Delay > 0 {
		timer := time.NewTimer(h.Delay)
		defer timer.Stop()
		select {
		case <-timer.C:
		case <-left:
			return false
		}
	}
	return true
}

// instead is the answer that replaces Strava's.
func (h *hook) instead() answer {
	a := answer{http.StatusOK, http.Header{"Content-Type": {"application/json; charset=utf-8"}}, []byte(h.Body)}
	if h.Status != 0 {
		a.status = h.Status
	}
	return a
}
