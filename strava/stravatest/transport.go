package stravatest

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
)

// Transport hands requests to the fake without a network: for tests in a synctest bubble, where time is virtual and
// sockets do not belong.
func (s *Server) Transport() http.RoundTripper { return wire{s} }

type wire struct{ server *Server }

// RoundTrip answers while the caller waits. A fault that breaks the connection is an error before the headers, or one
// in the body after them, as on a real wire.
func (t wire) RoundTrip(req *http.Request) (*http.Response, error) {
	ctx := req.Context()
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	served := req.Clone(ctx)
	served.RequestURI = req.URL.RequestURI()
	if served.Host == "" {
		served.Host = req.URL.Host
	}
	if served.Body == nil {
		served.Body = http.NoBody
	}
	rec := &recorder{header: http.Header{}}
	broken := rec.record(t.server, served)
	_ = served.Body.Close()
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	if broken && rec.status == 0 {
		return nil, io.ErrUnexpectedEOF
	}
	var body io.Reader = &rec.body
	if broken {
		body = io.MultiReader(body, brokenWire{})
	}
	return &http.Response{
		Status: fmt.Sprintf("%d %s", rec.status, http.StatusText(rec.status)), StatusCode: rec.status,
		Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
		Header: rec.header, Body: io.NopCloser(body), ContentLength: -1, Request: req,
	}, nil
}

// brokenWire is what a reader finds at the end of a body that was cut.
type brokenWire struct{}

func (brokenWire) Read([]byte) (int, error) { return 0, io.ErrUnexpectedEOF }

// recorder keeps what a handler writes.
type recorder struct {
	header http.Header
	status int
	body   bytes.Buffer
}

// record runs the handler and reports whether it broke the connection.
func (rec *recorder) record(handler http.Handler, r *http.Request) (broken bool) {
	defer func() {
		switch reason := recover(); reason {
		case nil:
		case http.ErrAbortHandler:
			broken = true
		default:
			panic(reason)
		}
	}()
	handler.ServeHTTP(rec, r)
	return false
}

func (rec *recorder) Header() http.Header         { return rec.header }
func (rec *recorder) WriteHeader(status int)      { rec.status = status }
func (rec *recorder) Write(p []byte) (int, error) { return rec.body.Write(p) }
