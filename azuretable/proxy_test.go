package azuretable_test

import (
	"bufio"
	"bytes"
	"io"
	"net"
	"net/http"
	"net/http/httputil"
	"sync"
	"testing"
)

// mischief is what happens to one request between the store and Azure Tables.
type mischief string

const (
	none         mischief = ""
	resetBefore  mischief = "the connection is reset before the request arrives"
	cutRequest   mischief = "half of the request arrives"
	silentBefore mischief = "the request disappears without a word"
	resetAfter   mischief = "the connection is reset instead of an answer"
	cutAnswer    mischief = "half of the answer arrives"
	silentAfter  mischief = "the answer takes longer than anybody waits"
)

// mischiefs are all of them.
func mischiefs() []mischief {
	return []mischief{resetBefore, cutRequest, silentBefore, resetAfter, cutAnswer, silentAfter}
}

// done reports whether what was asked for is done nevertheless.
func (m mischief) done() bool {
	return m == resetAfter || m == cutAnswer || m == silentAfter || m == none
}

// proxy stands before Azurite and does mischief, to connections that are kept alive as well as to new ones. It knows
// where a request ends, so that each case is one certain moment and not a matter of luck.
type proxy struct {
	address  string
	upstream string

	mu     sync.Mutex
	decide func(*http.Request) mischief // Nil: none.
	open   map[net.Conn]bool            // Nil once the proxy is closed.
	active sync.WaitGroup
}

func startProxy(t *testing.T, upstream string) *proxy {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	must(t, err)
	p := &proxy{address: listener.Addr().String(), upstream: upstream, open: make(map[net.Conn]bool)}
	p.active.Go(func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			p.active.Go(func() { p.serve(conn.(*net.TCPConn)) })
		}
	})
	t.Cleanup(func() {
		_ = listener.Close()
		p.disconnect()
		p.active.Wait()
	})
	return p
}

// always sets what decides about each request; nil ends all mischief.
func (p *proxy) always(decide func(*http.Request) mischief) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.decide = decide
}

// queue does mischief to the next requests of some methods, in their order, and none to those after.
func (p *proxy) queue(methods map[string]bool, queued ...mischief) {
	p.always(func(req *http.Request) mischief {
		if !methods[req.Method] || len(queued) == 0 {
			return none
		}
		next := queued[0]
		queued = queued[1:]
		return next
	})
}

func (p *proxy) decision(req *http.Request) mischief {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.decide == nil {
		return none
	}
	return p.decide(req)
}

// disconnect cuts what is connected, and refuses what comes later.
func (p *proxy) disconnect() {
	p.mu.Lock()
	defer p.mu.Unlock()
	for conn := range p.open {
		_ = conn.Close()
	}
	p.open = nil
}

// keep registers a connection, unless the proxy is closed. The returned function closes it.
func (p *proxy) keep(conn net.Conn) (closing func(), ok bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.open == nil {
		_ = conn.Close()
		return nil, false
	}
	p.open[conn] = true
	return func() {
		p.mu.Lock()
		defer p.mu.Unlock()
		delete(p.open, conn)
		_ = conn.Close()
	}, true
}

func (p *proxy) serve(client *net.TCPConn) {
	closeClient, ok := p.keep(client)
	if !ok {
		return
	}
	defer closeClient()
	server, err := net.Dial("tcp", p.upstream)
	if err != nil {
		return
	}
	closeServer, ok := p.keep(server)
	if !ok {
		return
	}
	defer closeServer()
	requests, answers := bufio.NewReader(client), bufio.NewReader(server)
	for {
		req, err := http.ReadRequest(requests)
		if err != nil {
			return
		}
		raw, err := httputil.DumpRequest(req, true)
		if err != nil {
			return
		}
		if !pass(client, server, answers, req, raw, p.decision(req)) {
			return
		}
	}
}

// pass takes one request over and its answer back, and reports whether the connection is still good afterwards.
func pass(client *net.TCPConn, server net.Conn, answers *bufio.Reader, req *http.Request, raw []byte, m mischief) bool {
	switch m {
	case resetBefore:
		return reset(client)
	case cutRequest:
		_, _ = server.Write(raw[:len(raw)/2])
		return reset(client)
	case silentBefore:
		return hold(client)
	}
	if _, err := server.Write(raw); err != nil {
		return false
	}
	res, err := http.ReadResponse(answers, req)
	if err != nil {
		return false
	}
	defer func() { _ = res.Body.Close() }()
	answer, err := httputil.DumpResponse(res, true)
	if err != nil {
		return false
	}
	switch m { // From here on Azurite has done what it was asked for.
	case resetAfter:
		return reset(client)
	case cutAnswer:
		_, _ = client.Write(answer[:len(answer)/2])
		return false
	case silentAfter:
		return hold(client)
	}
	_, err = io.Copy(client, bytes.NewReader(answer))
	return err == nil && !res.Close
}

// reset ends a connection as a crash does, not by a polite end.
func reset(conn *net.TCPConn) bool {
	_ = conn.SetLinger(0)
	return false
}

// hold says nothing until the other side has given up.
func hold(conn net.Conn) bool {
	_, _ = io.Copy(io.Discard, conn)
	return false
}
