package edge_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"domestique/internal/edge"
)

const askHello = `{"query":"{hello}"}`

func TestAnAnswerIsGivenAgain(t *testing.T) {
	t.Parallel()
	k := newKeeper(t, nil)
	first := k.wantRun(post(askHello), true)
	again := k.wantRun(post(askHello), false)
	if first.Code != http.StatusOK || again.Code != http.StatusOK || again.Header().Get("Content-Type") != "application/json; charset=utf-8" {
		t.Errorf("%d and %d %v", first.Code, again.Code, again.Header())
	}
	// What it costs is that of being given again.
	if got, want := first.Body.String(), `{"data":{"hello":"hello"},"extensions":{"cost":{"upstreamCalls":2}}}`+"\n"; got != want {
		t.Errorf("first: %s", got)
	}
	if got, want := again.Body.String(), `{"data":{"hello":"hello"},"extensions":{"cost":{"upstreamCalls":0}}}`+"\n"; got != want {
		t.Errorf("again: %s", got)
	}
	newer := k.wantRun(with(post(askHello), "Accept", asGraphQL), false)
	if got := newer.Header().Get("Content-Type"); got != asGraphQL+"; charset=utf-8" {
		t.Errorf("Content-Type %q", got)
	}
	if log := k.log.String(); !strings.Contains(log, "calls=2") || !strings.Contains(log, "calls=0 kept=true status=200 bytes=69") {
		t.Errorf("log: %s", log)
	}
}

func TestWhatIsKeptAndForHowLong(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		first, second func() *http.Request
		between       func(*keeper)
		runs          bool // The second one.
	}{
		"the same": {first: func() *http.Request { return post(askHello) }},
		"by GET":   {first: func() *http.Request { return get("query", "{hello}", "variables", "{}") }},
		"with variables": {first: func() *http.Request {
			return post(`{"query":"query($n:String){hello(name:$n)}","variables":{"n":"x"}}`)
		}},
		"another document":  {second: func() *http.Request { return post(`{"query":"{ hello }"}`) }, runs: true},
		"another operation": {first: func() *http.Request { return post(`{"query":"query A{a:hello} query B{b:hello}","operationName":"A"}`) }, second: func() *http.Request { return post(`{"query":"query A{a:hello} query B{b:hello}","operationName":"B"}`) }, runs: true},
		"other variables": {first: func() *http.Request {
			return post(`{"query":"query($n:String){hello(name:$n)}","variables":{"n":"x"}}`)
		},
			second: func() *http.Request {
				return post(`{"query":"query($n:String){hello(name:$n)}","variables":{"n":"y"}}`)
			}, runs: true},
		"a later version":   {between: func(k *keeper) { k.almanac.moveTo("2") }, runs: true},
		"an unknown one":    {between: func(k *keeper) { k.almanac.moveTo("") }, runs: true},
		"the next day":      {between: func(k *keeper) { k.clock.advance(15 * time.Hour) }, runs: true},
		"a second before":   {between: func(k *keeper) { k.clock.advance(15*time.Hour - time.Second) }},
		"a mutation":        {between: func(k *keeper) { serve(k, post(`{"query":"mutation{poke}"}`)) }, runs: true},
		"everything gone":   {between: func(k *keeper) { k.Forget() }, runs: true},
		"of this moment":    {first: func() *http.Request { return post(`{"query":"query Momentary{hello}"}`) }, runs: true},
		"a field's error":   {first: func() *http.Request { return post(`{"query":"{broken}"}`) }, runs: true},
		"mutations":         {first: func() *http.Request { return post(`{"query":"mutation{poke}"}`) }, runs: true},
		"rather by events":  {first: func() *http.Request { return with(post(askHello), "Accept", asEvents) }, runs: true},
		"the kept by event": {second: func() *http.Request { return with(post(askHello), "Accept", asEvents) }, runs: true},
		"as urql asks":      {second: func() *http.Request { return with(post(askHello), "Accept", asUrql) }},
		"by nobody":         {second: func() *http.Request { return asNobody(post(askHello)) }, runs: true},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			k := newKeeper(t, func(cfg *edge.Config) { cfg.Access = edge.AccessSummary })
			k.almanac.until = k.clock.Now().Add(15 * time.Hour)
			first := test.first
			if first == nil {
				first = func() *http.Request { return post(askHello) }
			}
			second := test.second
			if second == nil {
				second = first
			}
			k.wantRun(first(), true)
			if test.between != nil {
				test.between(k)
			}
			k.wantRun(second(), test.runs)
		})
	}
}

func TestNoAnswerOutlivesADetailInIt(t *testing.T) {
	t.Parallel()
	k := newKeeper(t, nil)
	k.almanac.detail = k.clock.Now().Add(10 * time.Second)
	if got := k.wantRun(post(askHello), true).Header().Get("Cache-Control"); got != "private, max-age=10" {
		t.Errorf("Cache-Control %q", got)
	}
	k.clock.advance(7 * time.Second)
	if got := k.wantRun(post(askHello), false).Header().Get("Cache-Control"); got != "private, max-age=3" {
		t.Errorf("Cache-Control %q", got)
	}
	k.clock.advance(3 * time.Second)
	k.wantRun(post(askHello), true)
}

// What was begun before everything was forgotten is not kept.
func TestAnAnswerOnItsWayIsForgotten(t *testing.T) {
	t.Parallel()
	for name, during := range map[string]func(*keeper){
		"by the domain":   func(k *keeper) { k.Forget() },
		"by a mutation":   func(k *keeper) { serve(k, post(`{"query":"mutation{poke}"}`)) },
		"by another data": func(k *keeper) { k.almanac.moveTo("2") },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			k := newKeeper(t, nil)
			k.almanac.during = func() { k.almanac.during = nil; during(k) }
			serve(k, post(askHello))
			k.wantRun(post(askHello), true)
		})
	}
}

// What became old while it was made takes no memory, either.
func TestAnAnswerThatIsOldAlreadyIsNotHeld(t *testing.T) {
	t.Parallel()
	k := newKeeper(t, nil)
	k.almanac.during = func() {
		k.almanac.during = nil
		k.almanac.moveTo("2")
		serve(k, post(`{"query":"query Momentary{hello}"}`)) // Somebody sees that it changed.
	}
	serve(k, post(askHello))
	if bytes := edge.KeptBytes(k.Gateway); bytes != 0 {
		t.Errorf("%d bytes are kept", bytes)
	}
}

// Two viewers with the same question never share an answer.
func TestNoViewerGetsAnothersAnswer(t *testing.T) {
	t.Parallel()
	k := newKeeper(t, func(cfg *edge.Config) { cfg.Access = edge.AccessSummary })
	for _, r := range []func() *http.Request{func() *http.Request { return post(askHello) }, func() *http.Request { return get("query", "{hello}", "x", "1") }} {
		k.wantRun(with(r(), "GraphQL-Require-Preflight", "1"), true)
		k.wantRun(asNobody(r()), true)
		if got := k.wantRun(asNobody(r()), false); got.Header().Get("Cache-Control") != "public, max-age=60" {
			t.Errorf("nobody's: %v", got.Header())
		}
		if got := k.wantRun(with(r(), "GraphQL-Require-Preflight", "1"), false); got.Header().Get("Cache-Control") != "private, max-age=60" {
			t.Errorf("the owner's: %v", got.Header())
		}
	}
}

// What is kept has a bound in bytes, however different the questions are.
func TestWhatIsKeptIsBounded(t *testing.T) {
	t.Parallel()
	k := newKeeper(t, nil)
	for i := range 60 {
		body := `{"query":"query($n:String){hello(name:$n)}","variables":{"n":"` + fmt.Sprint(i) + strings.Repeat("x", 200_000) + `"}}`
		if answer := serve(k, post(body)); answer.Code != http.StatusOK {
			t.Fatalf("%d %s", answer.Code, answer.Body)
		}
		if bytes := edge.KeptBytes(k.Gateway); bytes > 16<<20 {
			t.Fatalf("%d bytes are kept after %d answers", bytes, i+1)
		}
	}
	if bytes := edge.KeptBytes(k.Gateway); bytes < 8<<20 {
		t.Errorf("only %d bytes are kept", bytes)
	}
	k.Forget()
	if bytes := edge.KeptBytes(k.Gateway); bytes != 0 {
		t.Errorf("%d bytes are kept after all was forgotten", bytes)
	}
}

// Given again in any coding, it is the same.
func TestKeptAnswersAreTheSameInEveryCoding(t *testing.T) {
	t.Parallel()
	k := newKeeper(t, nil)
	body := muchOf(40_000)
	k.wantRun(post(body), true)
	var plain struct{ Data json.RawMessage }
	if err := json.Unmarshal(k.wantRun(post(body), false).Body.Bytes(), &plain); err != nil {
		t.Fatal(err)
	}
	for _, coding := range []string{"gzip", "br", "zstd"} {
		for range 2 {
			answer := k.wantRun(with(post(body), "Accept-Encoding", coding), false)
			var got struct{ Data json.RawMessage }
			if err := json.Unmarshal(unpack(t, answer), &got); err != nil {
				t.Fatalf("%s: %v", coding, err)
			}
			if string(got.Data) != string(plain.Data) || answer.Header().Get("Content-Encoding") != coding {
				t.Errorf("%s: %v, and other data", coding, answer.Header())
			}
		}
	}
}
