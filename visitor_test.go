package main_test

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"strings"
	"testing"
	"time"

	"domestique/strava/stravatest"
)

// visitor is a person's browser with cookies of its own, whose every answer is noted. It follows no redirect.
type visitor struct {
	*sweep
	client  http.Client
	gateway string
}

func (s *sweep) visitor(t *testing.T, gateway *process) *visitor {
	t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	b := &visitor{sweep: s, gateway: gateway.URL}
	b.client = http.Client{
		Jar: jar, Transport: b, Timeout: time.Minute,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	return b
}

// RoundTrip notes the whole answer, but for what it gives to this browser alone.
func (b *visitor) RoundTrip(r *http.Request) (*http.Response, error) {
	res, err := http.DefaultTransport.RoundTrip(r)
	if err != nil {
		return nil, err
	}
	body, err := io.ReadAll(res.Body)
	_ = res.Body.Close()
	res.Body = io.NopCloser(bytes.NewReader(body))
	header := res.Header.Clone()
	b.takeOut(r.Method+" "+r.URL.Path, header)
	var head bytes.Buffer
	_ = header.Write(&head) // Into memory.
	b.note(fmt.Sprintf("the answer to %s %s", r.Method, r.URL.Path), res.Status+"\n"+head.String()+"\n"+string(body))
	return res, err
}

// takeOut takes the one cookie, and the state of the one redirect to Strava, out of the answers that have to hold them.
func (b *visitor) takeOut(request string, header http.Header) {
	if request != "POST /login" && request != "GET /login" && request != "POST /connect" {
		return
	}
	if set := header["Set-Cookie"]; len(set) == 1 {
		pair, rest, _ := strings.Cut(set[0], ";")
		name, value, _ := strings.Cut(pair, "=")
		b.lock("cookie "+name, value[strings.LastIndexByte(value, '.')+1:]) // What stands before names the sealing key.
		header["Set-Cookie"] = []string{name + "=; " + rest}
	}
	location := header.Get("Location")
	if to, err := url.Parse(location); err == nil && request == "POST /connect" && strings.HasPrefix(location, b.strava.url) {
		state := to.Query().Get("state")
		b.lock("state", state)
		header.Set("Location", strings.Replace(location, state, "", 1))
	}
}

// visit asks for an address, or sends a form there, and returns where it leads to.
func (b *visitor) visit(t *testing.T, address string, form url.Values) (status int, location string) {
	t.Helper()
	method, body := http.MethodGet, ""
	if form != nil {
		method, body = http.MethodPost, form.Encode()
	}
	return b.send(t, method, address, body, http.Header{
		"Content-Type": {"application/x-www-form-urlencoded"}, "Accept": {"text/html"},
	})
}

func (b *visitor) send(t *testing.T, method, address, body string, header http.Header) (status int, location string) {
	t.Helper()
	if strings.HasPrefix(address, "/") {
		address = b.gateway + address
	}
	r, err := http.NewRequest(method, address, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	r.Header = header
	res, err := b.client.Do(r)
	if err != nil {
		t.Fatalf("%s %s: %v", method, r.URL.Path, err)
	}
	_ = res.Body.Close()
	return res.StatusCode, res.Header.Get("Location")
}

// knock puts secrets where they don't belong, without being signed in.
func (b *visitor) knock(t *testing.T, key string) {
	t.Helper()
	all := url.Values{"key": {key}, "query": {b.all()}, "code": {b.mark("code")}, "state": {b.mark("state")}}.Encode()
	for _, path := range []string{
		"/", "/graphql", "/login", "/connect", "/connect/callback", "//connect/callback", "/connect/../connect/callback",
		"/connect/callback/", "/logout", "/playground", "/livez", "/readyz", "/version", "/schema.graphql", "/metrics", "/debug/pprof/",
		"/debug/vars", "/nowhere",
	} {
		for _, accept := range []string{"text/html", "application/json"} {
			for _, method := range []string{http.MethodGet, http.MethodHead, http.MethodPost, http.MethodOptions} {
				b.send(t, method, path+"?"+all, "wrong"+all, http.Header{
					"Accept": {accept}, "Content-Type": {"application/x-www-form-urlencoded"}, "Referer": {b.gateway + "/?" + all},
					"Origin": {b.gateway}, "Authorization": {"Basic " + base64.StdEncoding.EncodeToString([]byte("owner:"+key))},
				})
			}
		}
	}
	b.visit(t, "/login", url.Values{"key": {b.mark("wrong key")}, "next": {"https://example.org"}})
	b.send(t, http.MethodPost, "/login", "key="+key+"%zz", http.Header{"Content-Type": {"application/x-www-form-urlencoded"}})
}

// signIn signs in by the key and by the link, which works once.
func (b *visitor) signIn(t *testing.T, key, link string) {
	t.Helper()
	for range 2 {
		if link != "" {
			b.visit(t, link, nil)
		}
	}
	if status, _ := b.visit(t, "/login", url.Values{"key": {key}}); status != http.StatusSeeOther {
		t.Fatalf("signing in: status %d", status)
	}
}

// enterApplications fills in the form of /connect, wrongly and rightly, and leaves a consent begun.
func (b *visitor) enterApplications(t *testing.T) {
	t.Helper()
	secret := b.mark("entered client secret")
	for _, form := range []url.Values{
		{}, {"client_id": {"4711"}}, {"client_secret": {secret}}, {"client_id": {"a b"}, "client_secret": {secret}},
		{"client_id": {"4711"}, "client_secret": {secret + " " + secret}}, {"client_id": {"4711"}, "client_secret": {strings.Repeat(secret, 999)}},
	} {
		if status, _ := b.visit(t, "/connect", form); status != http.StatusBadRequest {
			t.Errorf("a form that is wrong: status %d", status)
		}
	}
	b.consent(t, url.Values{"client_id": {"4711"}, "client_secret": {secret}}) // Strava refuses it.
}

// comeBackWrongly comes back from Strava in every way that counts for nothing.
func (b *visitor) comeBackWrongly(t *testing.T) {
	t.Helper()
	code := url.Values{"code": {b.mark("code")}}
	for _, state := range []string{"", b.mark("state of nobody")} {
		_, to := b.visit(t, "/connect", b.application())
		code.Set("state", state)
		b.visit(t, "/connect/callback?"+code.Encode(), nil)
		b.visit(t, b.wayBack(t, to), nil) // The cookie is gone.
	}
	b.strava.SetConsent(stravatest.Consent{Refuse: true})
	b.consent(t, b.application())
	b.strava.SetConsent(stravatest.Consent{TooFresh: 1})
	_, to := b.visit(t, "/connect", b.application())
	back := b.wayBack(t, to)
	b.strava.SetConsent(stravatest.Consent{})
	for range 2 {
		b.visit(t, back, nil)
	}
}

// consent goes to Strava and comes back.
func (b *visitor) consent(t *testing.T, form url.Values) (status int, location string) {
	t.Helper()
	if form == nil {
		form = b.application()
	}
	_, to := b.visit(t, "/connect", form)
	return b.visit(t, b.wayBack(t, to), nil)
}

// wayBack is where Strava's consent page sends the browser.
func (b *visitor) wayBack(t *testing.T, page string) string {
	t.Helper()
	res, err := (&http.Client{CheckRedirect: b.client.CheckRedirect, Timeout: time.Minute}).Get(page)
	if err != nil {
		t.Fatalf("to Strava (%q): %v", page, err)
	}
	_ = res.Body.Close()
	return res.Header.Get("Location")
}

// ask asks questions that are wrong in every way, with secrets in them.
func (b *visitor) ask(t *testing.T, key string) {
	t.Helper()
	b.graphql(t, key, describe, nil)
	b.graphql(t, key+"x", describe, nil)
	quoted, _ := json.Marshal(key) // A string always encodes.
	for _, document := range []string{
		"# " + key + "\n{", "{ nothing # " + key + "\n}", "{ athlete { firstName(key: " + string(quoted) + ") } }",
		"{ \"" + key, "{ activities(after: " + string(quoted) + ") { totalCount } }",
		"{ activity(id: " + string(quoted) + ") { id } }",
	} {
		b.graphql(t, key, document, nil)
	}
	for kind, argument := range map[string]string{
		"Int": "first: $v", "String": "after: $v", "ActivityFilter": "filter: $v", "[ID!]": "filter: {gear: $v}",
		"Float": "filter: {distance: {min: $v}}", "DateRange": "filter: {dates: $v}",
	} {
		document := "query($v: " + kind + ") { activities(" + argument + ") { totalCount } }"
		for _, value := range []any{key, map[string]any{"sports": key, "text": key}, []any{key}, map[string]any{"from": key, "min": key}} {
			b.graphql(t, key, document, map[string]any{"v": value})
		}
	}
	for _, body := range []string{`{"query":"` + key, key, `{"query":{"` + key + `":1}}`} {
		b.send(t, http.MethodPost, "/graphql", body, http.Header{"Authorization": {"Bearer " + key}, "Content-Type": {"application/json"}})
		b.send(t, http.MethodPost, "/graphql", body, http.Header{"Authorization": {"Bearer " + key}, "Content-Type": {"secret/" + key}})
	}
}

func (b *visitor) graphql(t *testing.T, key, document string, variables map[string]any) {
	t.Helper()
	body, err := json.Marshal(map[string]any{"query": document, "variables": variables, "operationName": nil})
	if err != nil {
		t.Fatal(err)
	}
	b.send(t, http.MethodPost, "/graphql", string(body), http.Header{
		"Authorization": {"Bearer " + key}, "Content-Type": {"application/json"},
	})
}
