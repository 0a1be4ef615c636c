package graph_test

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"domestique/fitness"
	"domestique/graph"
	"domestique/internal/edge"
)

// fronts are the twins as they stand on the network. The whole one's owner asks all the time what strangers ask, so that
// their answers lie side by side.
type fronts struct {
	*twins
	t           *testing.T
	random      *rand.Rand
	whole, bare http.Handler
	tags        []string // that anybody was given, the owner among them
}

func newFronts(t *testing.T, random *rand.Rand, w *twins) *fronts {
	t.Helper()
	return &fronts{twins: w, t: t, random: random, whole: newFront(t, w.whole, w.whole.service), bare: newFront(t, w.bare, w.bare.service)}
}

// newFront puts HTTP before a gateway that shows everyone what is public. It keeps answers by what is told of their
// freshness; nil: it keeps none.
func newFront(t *testing.T, s *showing, keeps edge.Freshness) http.Handler {
	t.Helper()
	front, err := edge.New(edge.Config{
		Executor: s.executor, SDL: graph.SDL(), OwnerKeys: []string{ownerKey}, Access: edge.AccessSummary,
		Freshness: keeps, MaxAge: graph.MaxAge(), Now: s.now, AllowedOrigins: []string{"https://site.example"},
	})
	if err != nil {
		t.Fatalf("edge: %v", err)
	}
	return front
}

// request is a stranger's or the owner's, made anew for each gateway that it is sent to.
type request struct {
	method string
	params map[string]any
	header http.Header
}

func (q request) String() string {
	text, _ := json.Marshal(q.params) // Strings and maps of them.
	return fmt.Sprintf("%s %s %v", q.method, text, q.header)
}

func (q request) sendTo(t *testing.T, front http.Handler) *httptest.ResponseRecorder {
	t.Helper()
	body, err := json.Marshal(q.params)
	if err != nil {
		t.Fatal(err)
	}
	r := httptest.NewRequestWithContext(t.Context(), q.method, "/graphql", bytes.NewReader(body))
	if q.method == http.MethodGet {
		r = httptest.NewRequestWithContext(t.Context(), q.method, "/graphql?"+q.inAddress(), nil)
	}
	r.Header = q.header.Clone()
	recorder := httptest.NewRecorder()
	front.ServeHTTP(recorder, r)
	return recorder
}

func (q request) inAddress() string {
	values := url.Values{}
	for name, value := range q.params {
		text, isText := value.(string)
		if !isText {
			encoded, _ := json.Marshal(value) // Strings and maps of them.
			text = string(encoded)
		}
		values.Set(name, text)
	}
	return values.Encode()
}

// asOwner is the same request, sent by the owner.
func (q request) asOwner() request {
	q.header = q.header.Clone()
	q.header.Set("Authorization", "Bearer "+ownerKey)
	q.header.Del("If-None-Match")
	q.header.Del("Accept")
	return q
}

// pick returns one of the choices.
func pick[T any](random *rand.Rand, choices ...T) T { return choices[random.IntN(len(choices))] }

// wrap makes a request of a query, in one of the ways that there are.
func (f *fronts) wrap(query string) request {
	asked := request{
		method: pick(f.random, http.MethodGet, http.MethodGet, http.MethodPost), params: map[string]any{"query": query},
		header: http.Header{},
	}
	if asked.method == http.MethodPost {
		asked.header.Set("Content-Type", "application/json")
	}
	for name, value := range map[string]string{
		"Accept": pick(f.random, "", "*/*", "application/json", "application/graphql-response+json",
			"application/graphql-response+json, application/json;q=0.9, text/event-stream", "text/event-stream"),
		"Accept-Encoding": pick(f.random, "", "", "gzip"),
		"Origin":          pick(f.random, "", "", "https://site.example", "https://other.example"),
		"Cookie":          pick(f.random, "", "", "", "domestique-session=planted"),
	} {
		if value != "" {
			asked.header.Set(name, value)
		}
	}
	if len(f.tags) > 0 && f.random.IntN(3) == 0 {
		asked.header.Set("If-None-Match", pick(f.random, f.tags...))
	}
	return asked
}

// compare asks both the same as a stranger, each question twice, with the owner's questions before, between and after.
func (f *fronts) compare(queries []string) {
	f.t.Helper()
	f.random.Shuffle(len(queries), func(i, j int) { queries[i], queries[j] = queries[j], queries[i] })
	for _, query := range queries {
		asked := f.wrap(query)
		mine := f.askAsOwner(asked)
		calls := [2]map[string]int{f.twins.whole.fake.Calls(), f.twins.bare.fake.Calls()}
		for range 2 {
			whole, bare := asked.sendTo(f.t, f.whole), asked.sendTo(f.t, f.bare)
			if diff := cmp.Diff(f.told(bare), f.told(whole)); diff != "" {
				f.t.Errorf("%s shows that something is hidden (-without it +with it):\n%s", asked, diff)
			}
			f.mayBeKeptByAnyone(asked, whole)
		}
		if diff := cmp.Diff(calls, [2]map[string]int{f.twins.whole.fake.Calls(), f.twins.bare.fake.Calls()}); diff != "" {
			f.t.Errorf("%s: Strava was asked for anybody (-before +after):\n%s", asked, diff)
		}
		// What is left of the quota changes with what the owner asks.
		if again := f.askAsOwner(asked); mine != nil && again != nil && !strings.Contains(query, "rateLimit") {
			if diff := cmp.Diff(f.withoutCost(mine), f.withoutCost(again)); diff != "" {
				f.t.Errorf("%s is answered to the owner by what a stranger was answered (-before +after):\n%s", asked, diff)
			}
		}
	}
}

// askAsOwner asks both gateways the same as their owner, or now and then neither, and returns what the whole one answered.
func (f *fronts) askAsOwner(asked request) *httptest.ResponseRecorder {
	f.t.Helper()
	if f.random.IntN(4) == 0 {
		return nil
	}
	asked = asked.asOwner()
	asked.header.Set("Graphql-Require-Preflight", "1")
	asked.header.Del("Accept-Encoding")
	for _, front := range []http.Handler{f.bare, f.whole} {
		answer := asked.sendTo(f.t, front)
		if policy := answer.Header().Get("Cache-Control"); strings.Contains(policy, "public") {
			f.t.Errorf("%s of the owner may be kept by anyone: %s", asked, policy)
		}
		if front != f.whole {
			continue
		}
		if tag := answer.Header().Get("Etag"); tag != "" {
			f.tags = append(f.tags, tag)
		}
		return answer
	}
	return nil
}

// mayBeKeptByAnyone checks what a cache between is told of a stranger's answer.
func (f *fronts) mayBeKeptByAnyone(asked request, answer *httptest.ResponseRecorder) {
	f.t.Helper()
	policy := answer.Header().Get("Cache-Control")
	seconds, err := strconv.Atoi(strings.TrimPrefix(policy, "public, max-age="))
	if policy != "no-store" && (err != nil || seconds < 1 || seconds > 300) {
		f.t.Errorf("%s: Cache-Control %q", asked, policy)
	}
	for _, name := range []string{"Accept", "Accept-Encoding", "Authorization", "Cookie", "Origin"} {
		if vary := strings.Split(answer.Header().Get("Vary"), ", "); !slices.Contains(vary, name) {
			f.t.Errorf("%s: Vary %q lacks %s", asked, vary, name)
		}
	}
	if tag := answer.Header().Get("Etag"); tag != "" {
		f.tags = append(f.tags, tag)
	}
}

// told is all that an answer tells: everything but how long it took. The order of errors means nothing, and the ETag and
// the packed length of several follow it.
type told struct {
	Status int
	Header http.Header
	Body   string
}

func (f *fronts) told(answer *httptest.ResponseRecorder) told {
	f.t.Helper()
	header := answer.Header().Clone()
	timing, _, _ := strings.Cut(header.Get("Server-Timing"), "total")
	header.Set("Server-Timing", timing)
	body := f.read(answer)
	if len(body.Errors) > 1 {
		header.Del("Etag")
		header.Del("Content-Length")
	}
	return told{answer.Code, header, body.text(f.t)}
}

func (f *fronts) withoutCost(answer *httptest.ResponseRecorder) string {
	f.t.Helper()
	body := f.read(answer)
	body.Extensions = nil
	return body.text(f.t)
}

// read unpacks an answer. One without a body is empty.
func (f *fronts) read(answer *httptest.ResponseRecorder) (body shownAnswer) {
	f.t.Helper()
	text := answer.Body.Bytes()
	if answer.Header().Get("Content-Encoding") == "gzip" {
		unpacked, err := gzip.NewReader(answer.Body)
		if err != nil {
			f.t.Fatal(err)
		}
		if text, err = io.ReadAll(unpacked); err != nil {
			f.t.Fatal(err)
		}
	}
	if len(text) == 0 {
		return body
	}
	if err := json.Unmarshal(text, &body); err != nil {
		f.t.Fatalf("%v: %s", err, text)
	}
	return body
}

// made are questions put together at random of what anybody may name, and of what they may not.
func (f *fronts) made(count int) (queries []string) {
	var ids, cursors []string
	owner := fitness.WithViewer(f.t.Context(), fitness.Owner)
	page, err := f.twins.whole.service.Activities(owner, fitness.ActivitiesQuery{First: new(200)})
	if err != nil {
		f.t.Fatal(err)
	}
	for i, activity := range page.Activities {
		ids, cursors = append(ids, strconv.Quote(activity.ID())), append(cursors, strconv.Quote(page.Cursors[i]))
	}
	ids, cursors = append(ids, `"1"`), append(cursors, "null")
	for range count {
		var fields []string
		for i := range 1 + f.random.IntN(3) {
			fields = append(fields, fmt.Sprintf("f%d: %s", i, f.field(ids, cursors)))
		}
		queries = append(queries, "{ "+strings.Join(fields, " ")+" }")
	}
	return queries
}

func (f *fronts) field(ids, cursors []string) string {
	activity := "{ id " + strings.Join(f.some(
		"name", "stravaId", "distance(unit: MILES)", "startedAt", "localDate", "kudosCount", "photoCount", "isCommute", "averagePace",
		"primaryPhoto { url takenAt }", "map { summaryPolyline bounds { southWest { latitude } } }", "visibility", "averageHeartRate",
		"gear { id }", "start { latitude }",
	), " ") + " }"
	totals := "totals { count distance movingTime elevationGain activeDays }"
	switch f.random.IntN(7) {
	case 0, 1:
		return "activities(" + f.page(cursors) + ", filter: " + f.filter(ids) + ", orderBy: {field: " +
			pick(f.random, "STARTED_AT", "DISTANCE", "NAME", "AVERAGE_SPEED", "RELATIVE_EFFORT") + ", direction: " + pick(f.random, "ASC", "DESC") +
			"}) { totalCount pageInfo { hasNextPage hasPreviousPage startCursor endCursor } edges { cursor node " + activity + " } }"
	case 2, 3:
		return "stats(filter: " + f.filter(ids) + ") { " + totals + " " + strings.Join(f.some(
			"bySport { sport "+totals+" }", "byGear { gearId "+totals+" }", "eddington { number daysToNext }",
			"records { longestDistance "+activity+" fastestAverageSpeed { id } }", "streak { current { start length } longest { end length } }",
			"periods(by: WEEK, last: 20) { start "+totals+" }", "goal(distance: 900) { done share projected }", "strava { __typename }",
		), " ") + " }"
	case 4:
		return "node(id: " + pick(f.random, ids...) + ") { __typename id ... on Activity " + activity + " }"
	case 5:
		return "nodes(ids: [" + strings.Join([]string{pick(f.random, ids...), pick(f.random, ids...), pick(f.random, ids...)}, " ") + "]) { __typename id }"
	default:
		return pick(f.random, "status { connection mirror { complete activities oldestFetchedAt } }", "status { hint scopes }",
			"athlete { id firstName city weight }", "activity(id: "+pick(f.random, ids...)+") "+activity, "rateLimit { read { day { used } } }")
	}
}

func (f *fronts) page(cursors []string) string {
	return pick(f.random, "first: 2", "last: 2", "first: 0", "first: 50", "first: 3, after: "+pick(f.random, cursors...),
		"last: 3, before: "+pick(f.random, cursors...))
}

func (f *fronts) filter(ids []string) string {
	return pick(f.random, "{}", "{sports: [RUN, YOGA]}", `{nameContains: "l"}`, "{not: {isCommute: true}}", "{distance: {min: 5000}}",
		`{dates: {from: "2026-10-25", to: "2026-11-21"}}`, "{hasMap: true}", "{or: [{isManual: true}, {sportGroups: [RIDE]}]}",
		"{visibility: [EVERYONE]}", "{gear: ["+pick(f.random, ids...)+"]}", "{movingTime: {max: 4000}}")
}

// some returns some of the texts, one at the least.
func (f *fronts) some(texts ...string) []string {
	f.random.Shuffle(len(texts), func(i, j int) { texts[i], texts[j] = texts[j], texts[i] })
	return texts[:1+f.random.IntN(4)]
}

// steady are questions whose answers change only with what everyone may see.
func steady() []request {
	var asked []request
	for _, query := range []string{
		"{ activities(first: 50) { totalCount edges { cursor node { id name distance } } } }",
		"{ activities(first: 2, orderBy: {field: DISTANCE}) { pageInfo { hasNextPage endCursor } nodes { id } } }",
		"{ stats { totals { count distance } bySport { totals { count } } records { longestDistance { id } } } }",
	} {
		asked = append(asked, request{method: http.MethodGet, params: map[string]any{"query": query}, header: http.Header{}})
	}
	return asked
}

// What a stranger is told by HTTP, status and headers included, is what they would be told if the hidden activities did not
// exist: by GET and POST, at first and again, whatever the owner asks in between, and whatever is hidden changes.
func TestByHTTPWhatIsHiddenMightAsWellNotExist(t *testing.T) {
	t.Parallel()
	for seed := range uint64(4) {
		t.Run(strconv.FormatUint(seed, 10), func(t *testing.T) {
			t.Parallel()
			random := rand.New(rand.NewPCG(seed, 11))
			history := randomHistory(t, random)
			w := newTwins(t, history, fitness.Projection{TraceCut: []float64{0, 300}[seed%2]})
			f := newFronts(t, random, w)
			everything := func(int64) bool { return true } // So the owners' questions bring nothing more of what is public.

			w.apart(t, everything)
			f.compare(f.made(60))
			w.happens(t, random, history)
			w.apart(t, everything)
			battery := w.battery(t)
			random.Shuffle(len(battery), func(i, j int) { battery[i], battery[j] = battery[j], battery[i] })
			f.compare(append(f.made(40), battery[:100]...))

			var tags []string
			for _, asked := range steady() {
				tags = append(tags, asked.sendTo(t, f.whole).Header().Get("Etag"))
			}
			w.hiddenAlone(t, random, history)
			w.apart(t, everything)
			for i, asked := range steady() {
				asked.header.Set("If-None-Match", tags[i])
				if answer := asked.sendTo(t, f.whole); tags[i] == "" || answer.Code != http.StatusNotModified {
					t.Errorf("%s: ETag %q, and %d after something hidden changed", asked, tags[i], answer.Code)
				}
			}
			f.compare(f.made(60))
			w.later(2 * time.Minute) // What was kept for a minute is made anew.
			f.compare(f.made(20))
		})
	}
}
