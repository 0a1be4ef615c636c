package graph_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"domestique/fitness"
	"domestique/graph"
	"domestique/strava/stravatest"
)

// twins are two gateways of which one holds everything, and the other only what everyone may see: what is hidden is deleted
// at its Strava. Nobody but the owners can tell them apart.
type twins struct {
	whole, bare *showing
	all, hidden []int64
}

func newTwins(t *testing.T, history []stravatest.Activity, public fitness.Projection) *twins {
	t.Helper()
	return &twins{whole: newShowing(t, history, &public), bare: newShowing(t, history, &public)}
}

// apart learns what is hidden, deletes it from the bare one, and fills both. The owners have looked at the same details of
// what is public, and the whole one's at all that is hidden as well.
func (w *twins) apart(t *testing.T, detailed func(id int64) bool) {
	t.Helper()
	owner := fitness.WithViewer(t.Context(), fitness.Owner)
	w.whole.fill(t)
	page, err := w.whole.service.Activities(owner, fitness.ActivitiesQuery{First: new(200)})
	if err != nil {
		t.Fatal(err)
	}
	w.all, w.hidden = nil, nil
	var seen []int64
	for _, activity := range page.Activities {
		w.all = append(w.all, activity.StravaID)
		switch {
		case !activity.IsPublic():
			w.hidden = append(w.hidden, activity.StravaID)
			w.bare.remove(t, activity.StravaID)
		case detailed(activity.StravaID):
			seen = append(seen, activity.StravaID)
		}
	}
	w.whole.fill(t, append(seen, w.hidden...)...)
	w.bare.fill(t, seen...)
}

// compare asks both of them the same.
func (w *twins) compare(t *testing.T, queries []string) {
	t.Helper()
	before := [2]map[string]int{w.whole.fake.Calls(), w.bare.fake.Calls()}
	for _, query := range queries {
		whole, bare := w.whole.ask(t, query).text(t), w.bare.ask(t, query).text(t)
		if diff := cmp.Diff(bare, whole); diff != "" {
			t.Errorf("%s shows that something is hidden (-without it +with it):\n%s", query, diff)
		}
	}
	if diff := cmp.Diff(before, [2]map[string]int{w.whole.fake.Calls(), w.bare.fake.Calls()}); diff != "" {
		t.Errorf("Strava was asked for anybody (-before +after):\n%s", diff)
	}
}

// randomActivity is some days old: at times near the days on which clocks change, at times within a second of another.
func randomActivity(t *testing.T, random *rand.Rand, others []stravatest.Activity) stravatest.Activity {
	t.Helper()
	zone, err := time.LoadLocation([]string{"Europe/Berlin", "America/New_York", "Pacific/Auckland", "UTC"}[random.IntN(4)])
	if err != nil {
		t.Fatal(err)
	}
	days := []int{random.IntN(3), 20 + random.IntN(14), random.IntN(800)}[random.IntN(3)]
	activity := stravatest.Activity{
		Name:  []string{"", "Lunch", "ÄÖÜ", "lunch"}[random.IntN(4)],
		Sport: []string{"Run", "Ride", "Swim", "Hike", "Yoga", "TrailRun"}[random.IntN(6)],
		Start: now().Add(-time.Duration(1+random.IntN(86_000))*time.Second).AddDate(0, 0, -days).In(zone),
		Climb: float64(random.IntN(500)), Photos: random.IntN(3), Commute: random.IntN(3) == 0, Manual: random.IntN(8) == 0,
		GearID: []string{"", "b17000991", "g17000992"}[random.IntN(3)], Distance: float64(random.IntN(4) * random.IntN(9000)),
	}
	if len(others) > 0 && random.IntN(3) == 0 {
		near := others[random.IntN(len(others))]
		activity.Start = near.Start.Add(time.Duration(random.IntN(2)) * time.Second)
		activity.Distance, activity.Name, activity.Sport = near.Distance, near.Name, near.Sport
	}
	activity.Visibility = []string{"everyone", "everyone", "followers_only", "only_me"}[random.IntN(4)]
	return activity
}

func randomHistory(t *testing.T, random *rand.Rand) []stravatest.Activity {
	t.Helper()
	history := []stravatest.Activity{}
	for range random.IntN(30) {
		history = append(history, randomActivity(t, random, history))
	}
	return history
}

// battery is every field that anybody can name, and what else tells of a list: its pages, cursors, filters, orders and nodes,
// those of what is hidden included.
func (w *twins) battery(t *testing.T) []string {
	t.Helper()
	schema := loadSchema(t)
	var queries []string
	for typ, fields := range graph.Access() {
		for field := range fields {
			queries = append(queries, fmt.Sprintf(places()[typ], questionFor(schema, typ, field)))
		}
	}
	const page = "{ totalCount pageInfo { hasNextPage hasPreviousPage startCursor endCursor } edges { cursor node { id name } } }"
	for _, arguments := range []string{
		"first: 3", "last: 3", "first: 0", "first: 200", `first: 2, filter: {isCommute: true}`, `filter: {nameContains: "LUNCH"}`,
		`filter: {not: {sports: [RUN]}, distance: {min: 1}}`, `filter: {dates: {from: "2026-10-20", to: "2026-11-03"}}`,
		`filter: {or: [{sportGroups: [RIDE]}, {movingTime: {max: 3000}}]}`, `filter: {startedAt: {from: "2026-11-21T00:00:00Z"}}`,
		`filter: {isManual: false, hasMap: true}`, `filter: {gear: ["b17000991"]}`, `filter: {visibility: [ONLY_ME]}`,
	} {
		queries = append(queries, "{ activities("+arguments+") "+page+" }")
		if _, filter, found := strings.Cut(arguments, "filter"); found {
			queries = append(queries, "{ stats(filter"+filter+") { totals { count distance activeDays } byGear { gearId totals { count } } periods(by: DAY, last: 40) { start totals { count } } } }")
		}
	}
	for _, field := range schema.Types["ActivityOrderField"].EnumValues {
		for _, direction := range []string{"ASC", "DESC"} {
			order := "orderBy: {field: " + field.Name + ", direction: " + direction + "}"
			queries = append(queries, "{ activities(first: 5, "+order+") "+page+" }")
		}
	}
	for _, by := range schema.Types["Period"].EnumValues {
		queries = append(queries, "{ stats { periods(by: "+by.Name+", weekStart: SUNDAY, last: 30) { start end totals { count elapsedTime } } "+
			"goal(distance: 500, period: "+by.Name+") { done share expected projected } } }")
	}
	for _, by := range []string{"DAY", "WEEK", "MONTH"} {
		queries = append(queries, "{ stats { streak(by: "+by+") { current { length start end } longest { length start end } } } }")
	}
	return append(queries, w.aboutEach(t, page)...)
}

// aboutEach are questions about single activities, by their ids and by the owner's cursors of them.
func (w *twins) aboutEach(t *testing.T, page string) (queries []string) {
	t.Helper()
	owner := fitness.WithViewer(t.Context(), fitness.Owner)
	whole, err := w.whole.service.Activities(owner, fitness.ActivitiesQuery{First: new(200)})
	if err != nil {
		t.Fatal(err)
	}
	nodes := []string{`"R2VhcjpiMTcwMDA5OTE"`, `"QXRobGV0ZTox"`}
	for i, activity := range whole.Activities {
		nodes = append(nodes, strconv.Quote(activity.ID()))
		if i%3 != 0 {
			continue
		}
		queries = append(queries,
			`{ activity(id: "`+strconv.FormatInt(activity.StravaID, 10)+`") { name primaryPhoto { url } map { polyline } gear { name } } }`,
			`{ node(id: "`+activity.ID()+`") { id ... on Activity { name averageHeartRate } } }`,
			`{ after: activities(first: 2, after: "`+whole.Cursors[i]+`") `+page+` before: activities(before: "`+whole.Cursors[i]+`") `+page+` }`)
	}
	nodes = nodes[:min(len(nodes), 30)]
	return append(queries, "{ nodes(ids: ["+strings.Join(nodes, " ")+"]) { __typename id } }")
}

// What anybody is answered is what they would be answered if the hidden activities did not exist, to the byte.
func TestWhatIsHiddenMightAsWellNotExist(t *testing.T) {
	t.Parallel()
	for seed := range uint64(8) {
		t.Run(strconv.FormatUint(seed, 10), func(t *testing.T) {
			t.Parallel()
			random := rand.New(rand.NewPCG(seed, 6))
			history := randomHistory(t, random)
			w := newTwins(t, history, fitness.Projection{TraceCut: []float64{0, 300}[seed%2]})
			detailed := func(id int64) bool { return id%3 != 0 }
			w.apart(t, detailed)
			w.compare(t, w.battery(t))

			// Time goes on, and things happen to what is hidden and to what is not.
			version := w.whole.service.DataVersion(t.Context())
			w.happens(t, random, history)
			w.apart(t, detailed)
			w.compare(t, w.battery(t))

			settled := w.whole.service.DataVersion(t.Context())
			if len(history) > 0 && settled == 0 || settled < version {
				t.Errorf("version %d became %d", version, settled)
			}
			w.hiddenAlone(t, random, history)
			w.apart(t, detailed)
			if got := w.whole.service.DataVersion(t.Context()); got != settled {
				t.Errorf("version %d became %d by what is hidden", settled, got)
			}
			w.compare(t, w.battery(t))
		})
	}
}

// happens changes both twins' Stravas alike, an hour later.
func (w *twins) happens(t *testing.T, random *rand.Rand, history []stravatest.Activity) {
	t.Helper()
	w.later(time.Hour)
	public := slices.DeleteFunc(slices.Clone(w.all), func(id int64) bool { return slices.Contains(w.hidden, id) })
	random.Shuffle(len(public), func(i, j int) { public[i], public[j] = public[j], public[i] })
	for i, id := range public[:min(len(public), 3)] {
		for _, s := range []*showing{w.whole, w.bare} {
			switch i {
			case 0:
				s.fake.EditActivity(id, func(a *stravatest.Activity) { a.Name = "Renamed" })
			case 1:
				s.fake.EditActivity(id, func(a *stravatest.Activity) { a.Visibility = "only_me" })
			default:
				s.remove(t, id)
			}
		}
	}
	for range 3 {
		added := randomActivity(t, random, history)
		w.whole.fake.AddActivity(added)
		w.bare.fake.AddActivity(added)
	}
}

// hiddenAlone changes what nobody sees.
func (w *twins) hiddenAlone(t *testing.T, random *rand.Rand, history []stravatest.Activity) {
	t.Helper()
	w.later(time.Hour)
	for i, id := range w.hidden {
		if i%2 == 0 {
			w.whole.remove(t, id)
		} else {
			w.whole.fake.EditActivity(id, func(a *stravatest.Activity) { a.Name, a.Distance = "Still nobody's business", 40_000 })
		}
	}
	added := randomActivity(t, random, history)
	added.Visibility = "followers_only"
	w.whole.fake.AddActivity(added)
}

func (w *twins) later(by time.Duration) {
	w.whole.elapsed.Add(int64(by))
	w.bare.elapsed.Add(int64(by))
}
