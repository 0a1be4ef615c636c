package stravatest

import (
	"net/http"
	"net/url"
	"path"
	"slices"
	"strings"
	"time"
)

// apiPrefix comes before every path of the API. OAuth is reachable under it, too, as Strava's specification has it.
const apiPrefix = "/api/v3"

// route is one endpoint.
type route struct {
	method string
	// path is Strava's template; {id} stands for the one variable part that a path may have.
	path string
	// scopes: any one of them lets a token in, and the first is named when none is there.
	scopes []string
	// query names the parameters that Strava documents.
	query []string

	// serve answers out of any history.
	serve func(*call) answer
	// made, in place of serve, answers out of a made-up history; a recorded one is looked up by the path.
	made func(*call, *diary) answer

	// open routes need no bearer token and are not limited.
	open bool
	// subscribers alone may use it.
	subscribers bool
}

// unknown stands for every path that has no route.
const unknown = "(unknown)"

// maxBody is how many bytes of a request are read.
func (rt route) maxBody() int64 {
	if rt.path == "/uploads" {
		return MaxUpload + 1<<20 // With the rest of the form.
	}
	return 1 << 20
}

// op names the route in Server.Calls.
func (rt route) op() string { return rt.method + " " + rt.path }

// match reports whether the route serves a path, and what stands for {id} in it.
func (rt route) match(path string) (id string, ok bool) {
	before, after, variable := strings.Cut(rt.path, "{id}")
	if !variable {
		return "", path == rt.path
	}
	if len(path) <= len(before)+len(after) || !strings.HasPrefix(path, before) || !strings.HasSuffix(path, after) {
		return "", false
	}
	id = path[len(before) : len(path)-len(after)]
	return id, !strings.Contains(id, "/")
}

// call is one request while it is answered.
type call struct {
	*Server
	r     *http.Request
	now   time.Time // One reading for the whole of the call.
	path  string    // Without apiPrefix.
	api   bool      // There was an apiPrefix.
	route route
	id    string
	token accessToken // Of an API call that has got past the guard.
}

func (s *Server) newCall(r *http.Request) *call {
	c := &call{Server: s, r: r, now: s.cfg.Now(), path: r.URL.Path}
	if rest, ok := strings.CutPrefix(r.URL.Path, apiPrefix+"/"); ok {
		c.path, c.api = "/"+rest, true
	}
	c.route = route{method: r.Method, path: unknown, serve: (*call).unknownPath, open: !c.api}
	for _, rt := range s.routes {
		id, ok := rt.match(c.path)
		if ok && rt.method == r.Method && (c.api || rt.open) {
			c.route, c.id = rt, id
			break
		}
	}
	return c
}

// answer guards the route and asks it.
func (c *call) answer() answer {
	if c.route.open {
		if refused := c.checkQuery(); refused != nil {
			return *refused
		}
		return c.route.serve(c)
	}
	return c.guarded(func() answer {
		if !c.token.allows(c.route.scopes...) {
			return scopeMissing(c.route.scopes[0])
		}
		if refused := c.checkQuery(); refused != nil {
			return *refused
		}
		if c.route.subscribers && !c.subscribed() {
			return notSubscribed()
		}
		return c.serve()
	})
}

// serve asks the route.
func (c *call) serve() answer {
	if c.route.serve != nil {
		return c.route.serve(c)
	}
	switch h := c.historyOf(c.token.athlete).(type) {
	case *recording:
		return h.answer(c)
	case *diary:
		return c.route.made(c, h)
	default:
		panic("stravatest: a history of neither kind")
	}
}

// guarded lets an API call through that has a good token and quota left. A call without a good token counts for
// nobody's quota, so its refusal has no rate-limit headers, as in the recorded one.
func (c *call) guarded(serve func() answer) answer {
	if c.r.URL.Query().Has("access_token") {
		c.violation("the access token is in the URL")
	}
	bearer, isBearer := strings.CutPrefix(c.r.Header.Get("Authorization"), "Bearer ")
	c.mu.Lock()
	token, valid := c.authority.check(bearer, c.now)
	valid = valid && isBearer
	inactive := c.inactive
	var spent string
	var headers http.Header
	if valid {
		spent = c.quota.spend(c.now, c.uploads())
		headers = c.quota.headers()
	}
	c.mu.Unlock()

	if !valid {
		return unauthorized("Athlete", "access_token", "invalid")
	}
	c.token = token
	var a answer
	switch {
	case spent != "":
		a = refusal(http.StatusTooManyRequests, "Rate Limit Exceeded", fault{"Application", spent, "exceeded"})
	case inactive:
		a = appInactive()
	default:
		a = serve()
	}
	return a.with(headers)
}

// uploads tells the calls that are not counted as reads.
// https://developers.strava.com/docs/rate-limits/
func (c *call) uploads() bool {
	return c.r.Method == http.MethodPost && (c.path == "/activities" || c.path == "/uploads")
}

// checkQuery refuses parameters that Strava does not document and parameters that are given twice. Strava itself
// ignores them; here it is a mistake of the client.
func (c *call) checkQuery() *answer {
	if c.route.path == unknown {
		return nil
	}
	query, err := url.ParseQuery(c.r.URL.RawQuery)
	if err != nil {
		return c.badParameter("query", "the query string does not parse")
	}
	for name, values := range query {
		if !slices.Contains(c.route.query, name) {
			return c.badParameter(name, "unknown query parameter "+name)
		}
		if len(values) > 1 {
			return c.badParameter(name, "query parameter "+name+" is given twice")
		}
	}
	return nil
}

// badParameter notes a violation and refuses.
func (c *call) badParameter(name, what string) *answer {
	c.violation(what)
	a := badRequest("Application", name, "invalid")
	return &a
}

// unknownPath answers for paths and methods that Strava does not have. A path that is not clean is unknown, too.
func (c *call) unknownPath() answer {
	return notFound("resource", "path")
}

// link makes an absolute URL on the host that the client called.
func (c *call) link(p string) string {
	scheme := "http"
	if c.r.TLS != nil {
		scheme = "https"
	}
	return scheme + "://" + c.r.Host + path.Clean("/"+p)
}
