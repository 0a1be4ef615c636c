package graph_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"domestique/fitness"
)

// What strangers may try where they are let in takes no more than what they may try elsewhere. It runs alone, as TestAttacks
// does.
func TestAttacksByStrangersWhoAreLetIn(t *testing.T) { //nolint:paralleltest // See above.
	open := newShowing(t, nil, &fitness.Projection{TraceCut: 300})
	open.fill(t)
	calls := len(open.fake.Calls())
	s := &stack{handler: newFront(t, open, nil)} // What is kept would take no time.
	for name, attacks := range map[string]map[string]attack{
		"again and again": repetitions(t), "what is let through": allowances(t), "lies": lies(), "odd words": oddities(t),
	} {
		for what, try := range attacks {
			t.Run(name+"/"+what, func(t *testing.T) { s.withstand(t, try) })
		}
	}
	if after := len(open.fake.Calls()); after != calls {
		t.Errorf("strangers had Strava called: %v", open.fake.Calls())
	}
}

// byStranger is a POST of nobody in particular.
func byStranger(t *testing.T, query string, variables any) func() *http.Request {
	return func() *http.Request { return stranger(asked(t, query, variables)) }
}

// repeated is what is cheap once, many times.
func repetitions(t *testing.T) map[string]attack {
	tooComplex := func(query string, variables any) attack {
		return attack{byStranger(t, query, variables), 400, "QUERY_TOO_COMPLEX", ""}
	}
	names, sports := []map[string]any{}, []string{}
	for range 49 {
		names = append(names, map[string]any{"nameContains": "qz"})
	}
	for range 450 {
		sports = append(sports, "YOGA")
	}
	const given = "query($f: ActivityFilter) "
	const types = "types { name fields { name type { name } } }"
	return map[string]attack{
		"names in lists":        tooComplex(given+aliased(60, "activities(filter: $f, first: 1) { totalCount }"), map[string]any{"f": map[string]any{"or": names}}),
		"names in sums":         tooComplex(given+aliased(60, "stats(filter: $f) { totals { count } }"), map[string]any{"f": map[string]any{"or": names}}),
		"a long list of sports": tooComplex(given+aliased(60, "stats(filter: $f) { totals { count } }"), map[string]any{"f": map[string]any{"sports": sports}}),
		"a list in each part": tooComplex(given+aliased(60, "stats(filter: $f) { totals { count } }"),
			map[string]any{"f": map[string]any{"not": map[string]any{"sports": sports}}}),
		"the schema":             tooComplex(aliased(90, "__schema { "+types+" }"), nil),
		"the schema's types":     tooComplex("{ __schema "+aliased(90, types)+" }", nil),
		"the types' fields":      tooComplex("{ __schema { types "+aliased(90, "fields { name description }")+" } }", nil),
		"the names of all types": tooComplex("{ __schema { types { fields "+aliased(90, "name")+" } } }", nil),
		"a type":                 tooComplex(aliased(60, `__type(name: "Activity") { fields { name type { name } } }`), nil),
		"heat maps":              tooComplex("{ stats "+aliased(2, "periods(by: DAY) { start end totals { count distance movingTime } }")+" }", nil),
		"traces":                 tooComplex("{ activities(first: 200) { nodes { map "+aliased(90, "geoJson")+" } } }", nil),
	}
}

// allowances are let through, though they ask for much: they have to come within the bounds, too.
func allowances(t *testing.T) map[string]attack {
	answered := func(query string, variables any) attack {
		return attack{byStranger(t, query, variables), 200, `"data":{`, "errors"}
	}
	names := []map[string]any{}
	for range 40 {
		names = append(names, map[string]any{"nameContains": "qz"})
	}
	return map[string]attack{
		"names":                  answered("query($f: ActivityFilter) "+aliased(2, "stats(filter: $f) { totals { count } }"), map[string]any{"f": map[string]any{"or": names}}),
		"sums":                   answered(aliased(30, `stats(filter: {distance: {min: 1}}) { totals { count } eddington { number } }`), nil),
		"lists in another order": answered(aliased(40, `activities(first: 20, orderBy: {field: NAME}) { nodes { id } }`), nil),
		"a wide page":            answered("{ activities(first: 200) { nodes "+aliased(60, "name")+" } }", nil),
		"a page of traces":       answered("{ activities(first: 100) { nodes { map { summaryPolyline geoJson svgPath } } } }", nil),
		"the whole schema": answered("{ __schema { types { name description fields(includeDeprecated: true) { name description "+
			"args { name type { name ofType { name } } } type { name kind ofType { name kind ofType { name } } } } inputFields { name } enumValues { name } } } }", nil),
	}
}

// lies are requests that say of themselves what is not so.
func lies() map[string]attack {
	const plain = "{ activities(first: 1) { totalCount } }"
	said := func(status int, has, hasNot string, header ...string) attack {
		return attack{func() *http.Request {
			r := stranger(got(plain))
			for i := 0; i < len(header); i += 2 {
				r.Header.Add(header[i], header[i+1])
			}
			return r
		}, status, has, hasNot}
	}
	sent := func(body, has string) attack {
		return attack{func() *http.Request { return stranger(posted([]byte(body), "application/json")) }, 400, has, "totalCount"}
	}
	of := func(method, target string, status int) attack {
		return attack{func() *http.Request { return stranger(httptest.NewRequest(method, target, nil)) }, status, "", "totalCount"}
	}
	nothing := strings.Repeat("0", 64)
	return map[string]attack{
		"another host":           said(200, "totalCount", "evil", "X-Forwarded-Host", "evil.example", "X-Forwarded-Proto", "https", "Forwarded", "host=evil.example"),
		"another address":        said(200, "totalCount", "evil", "X-Original-Url", "/evil", "X-Rewrite-Url", "/evil"),
		"another method":         said(200, "totalCount", "", "X-Http-Method-Override", "POST", "X-Http-Method", "DELETE"),
		"from this machine":      {func() *http.Request { return stranger(got("{ rateLimit { read { day { used } } } }")) }, 200, "FORBIDDEN", "used"},
		"a cookie":               said(200, "totalCount", "", "Cookie", "domestique-session=v1.00000000.AAAA; __Host-domestique-session=x"),
		"two origins":            said(200, "totalCount", "", "Origin", "https://site.example", "Origin", "https://evil.example"),
		"two keys":               said(401, "UNAUTHENTICATED", "totalCount", "Authorization", "Bearer x", "Authorization", "Bearer "+ownerKey),
		"another hash":           sent(`{"query":"`+plain+`","extensions":{"persistedQuery":{"version":1,"sha256Hash":"`+nothing+`"}}}`, "BAD_USER_INPUT"),
		"a hash of nothing":      sent(`{"extensions":{"persistedQuery":{"version":1,"sha256Hash":"`+nothing+`"}}}`, "PERSISTED_QUERY_NOT_FOUND"),
		"a path as a hash":       sent(`{"documentId":"../../../../etc/passwd"}`, "PERSISTED_QUERY_NOT_FOUND"),
		"a number as a hash":     sent(`{"documentId":5}`, "BAD_USER_INPUT"),
		"a list as extensions":   sent(`{"query":"`+plain+`","extensions":[1]}`, "BAD_USER_INPUT"),
		"a PUT":                  of(http.MethodPut, "/graphql?query={__typename}", 405),
		"a HEAD":                 of(http.MethodHead, "/graphql?query={__typename}", 405),
		"a DELETE":               of(http.MethodDelete, "/graphql?query={__typename}", 405),
		"OPTIONS without origin": of(http.MethodOptions, "/graphql", 405),
		"another server":         of(http.MethodGet, "http://evil.example//schema.graphql", 404),
	}
}

// oddities are words that parsers disagree about.
func oddities(t *testing.T) map[string]attack {
	refused := func(query string, variables any, code string) attack {
		return attack{byStranger(t, query, variables), 400, code, `"data"`}
	}
	sent := func(body, code string) attack {
		return attack{func() *http.Request { return stranger(posted([]byte(body), "application/json")) }, 400, code, `"data"`}
	}
	const first = "query($n: Int) { activities(first: $n) { totalCount } }"
	return map[string]attack{
		"letters that look alike": refused("{ \u0430ctivities { totalCount } }", nil, "GRAPHQL_PARSE_FAILED"),
		"a null character":        refused("{ __typename\x00 }", nil, "GRAPHQL_PARSE_FAILED"),
		"no such character":       refused(`{ node(id: "\u{110000}") { id } }`, nil, "GRAPHQL_PARSE_FAILED"),
		"a byte order mark":       sent("\ufeff{\"query\":\"{__typename}\"}", "BAD_USER_INPUT"),
		"infinity":                sent(`{"query":"`+first+`","variables":{"n":1e400}}`, "BAD_USER_INPUT"),
		"a power of ten":          sent(`{"query":"query($n:Float){activities(filter:{distance:{min:$n}}){totalCount}}","variables":{"n":1e999999999}}`, "BAD_USER_INPUT"),
		"half an Int":             refused(first, map[string]any{"n": 1.5}, "BAD_USER_INPUT"),
		"a number of 900 digits":  refused("{ activities(first: "+strings.Repeat("9", 900)+") { totalCount } }", nil, ""),
		"a long cursor":           refused("query($c: String) { activities(after: $c) { totalCount } }", map[string]any{"c": strings.Repeat("A", 900_000)}, "BAD_USER_INPUT"),
		"a fragment of itself":    refused("{ ...A } fragment A on Query { ...A ...A ...A }", nil, "GRAPHQL_VALIDATION_FAILED"),
		"a circle of fragments": refused("{ ...F0 }"+several(60, " fragment F%[1]d on Query { ...G%[1]d }")+several(60, " fragment G%[1]d on Query { ...F%[1]d }"), nil,
			"GRAPHQL_VALIDATION_FAILED"),
		"a stream":            refused("{ activities { nodes @stream(initialCount: 1) { id } } }", nil, "GRAPHQL_VALIDATION_FAILED"),
		"a deferred fragment": refused("{ ... @defer { status { demo } } }", nil, "GRAPHQL_VALIDATION_FAILED"),
	}
}
