package fitness_test

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"domestique/fitness"
)

// week is seven runs, a day apart, the newest being number 7.
func week(tb testing.TB) []*fitness.Activity {
	var runs []*fitness.Activity
	for day := 7; day >= 1; day-- {
		runs = append(runs, run(tb, int64(day), fmt.Sprintf("2026-11-%02dT08:00:00", day), 1000))
	}
	return runs
}

// A cursor that a client holds is good in the next version, too: whatever it names a place by, it is spelled as encoding/json
// spells it.
func TestCursorsAreSpelledAsJSON(t *testing.T) {
	t.Parallel()
	type place struct {
		Absent bool    `json:"a,omitempty"`
		Number float64 `json:"n,omitempty"`
		Text   string  `json:"t,omitempty"`
		ID     int64   `json:"i"`
	}
	type spelled struct {
		Field     fitness.ActivityOrderField `json:"f"`
		Direction fitness.Direction          `json:"d"`
		Place     place                      `json:"p"`
	}
	runs := week(t)
	runs[0].DistanceMeters, runs[1].DistanceMeters, runs[2].DistanceMeters = 0, 1234.5, 1e21
	runs[3].DistanceMeters, runs[4].DistanceMeters = 1<<53, 1<<53-1
	runs[0].Name, runs[1].Name = "", "\"<Über>\""
	runs[1].RelativeEffort = new(7.0)
	service := serviceOf(t, runs...)
	for _, order := range orders() {
		page, err := service.Activities(asOwner(t), fitness.ActivitiesQuery{Order: order})
		if err != nil {
			t.Fatal(err)
		}
		for _, cursor := range page.Cursors {
			var read spelled
			text, err := base64.RawURLEncoding.DecodeString(cursor)
			if err == nil {
				err = json.Unmarshal(text, &read)
			}
			if again, _ := json.Marshal(read); err != nil || string(again) != string(text) || read.Place.ID == 0 {
				t.Errorf("%v: %s, %v; want %s", order, text, err, again)
			}
		}
	}
}

func TestPage(t *testing.T) {
	t.Parallel()
	service := serviceOf(t, week(t)...)
	whole, err := service.Activities(asOwner(t), fitness.ActivitiesQuery{})
	if err != nil {
		t.Fatal(err)
	}
	cursor := func(id int64) *string {
		return &whole.Cursors[slices.Index(ids(whole.Activities), id)]
	}
	for name, test := range map[string]struct {
		query                fitness.ActivitiesQuery
		want                 []int64
		hasPrevious, hasNext bool
	}{
		"everything":          {fitness.ActivitiesQuery{}, []int64{7, 6, 5, 4, 3, 2, 1}, false, false},
		"first":               {fitness.ActivitiesQuery{First: new(2)}, []int64{7, 6}, false, true},
		"first of all":        {fitness.ActivitiesQuery{First: new(7)}, []int64{7, 6, 5, 4, 3, 2, 1}, false, false},
		"first of none":       {fitness.ActivitiesQuery{First: new(0)}, nil, false, true},
		"none after the last": {fitness.ActivitiesQuery{First: new(0), After: cursor(1)}, nil, true, false},
		"first after":         {fitness.ActivitiesQuery{First: new(2), After: cursor(6)}, []int64{5, 4}, true, true},
		"the rest":            {fitness.ActivitiesQuery{First: new(9), After: cursor(3)}, []int64{2, 1}, true, false},
		"after alone":         {fitness.ActivitiesQuery{After: cursor(3)}, []int64{2, 1}, true, false},
		"last":                {fitness.ActivitiesQuery{Last: new(2)}, []int64{2, 1}, true, false},
		"last of none":        {fitness.ActivitiesQuery{Last: new(0)}, nil, true, false},
		"last before":         {fitness.ActivitiesQuery{Last: new(2), Before: cursor(2)}, []int64{4, 3}, true, true},
		"last before the top": {fitness.ActivitiesQuery{Last: new(9), Before: cursor(5)}, []int64{7, 6}, false, true},
		"before alone":        {fitness.ActivitiesQuery{Before: cursor(5)}, []int64{7, 6}, false, true},
		"first before":        {fitness.ActivitiesQuery{First: new(1), Before: cursor(5)}, []int64{7}, false, true},
		"last after":          {fitness.ActivitiesQuery{Last: new(1), After: cursor(3)}, []int64{1}, true, false},
		"between":             {fitness.ActivitiesQuery{After: cursor(6), Before: cursor(3)}, []int64{5, 4}, true, true},
		"between, the wrong way": {
			fitness.ActivitiesQuery{After: cursor(3), Before: cursor(6)}, nil, true, true,
		},
		"the oldest first": {
			fitness.ActivitiesQuery{First: new(3), Order: fitness.ActivityOrder{Direction: fitness.DirectionAsc}},
			[]int64{1, 2, 3}, false, true,
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			page, err := service.Activities(asOwner(t), test.query)
			if err != nil {
				t.Fatal(err)
			}
			got := []any{ids(page.Activities), page.HasPrevious, page.HasNext, page.TotalCount, len(page.Cursors)}
			want := []any{test.want, test.hasPrevious, test.hasNext, 7, len(test.want)}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func TestAPageHasThirtyUnlessAskedFor(t *testing.T) {
	t.Parallel()
	var runs []*fitness.Activity
	for id := int64(250); id > 0; id-- {
		runs = append(runs, run(t, id, noon.Add(time.Duration(id)*time.Minute).Format("2006-01-02T15:04:05"), 1000))
	}
	service := serviceOf(t, runs...)
	for _, test := range []struct {
		query fitness.ActivitiesQuery
		want  int
	}{
		{fitness.ActivitiesQuery{}, 30},
		{fitness.ActivitiesQuery{First: new(200)}, 200},
		{fitness.ActivitiesQuery{Last: new(200)}, 200},
	} {
		page, err := service.Activities(asOwner(t), test.query)
		if err != nil {
			t.Fatal(err)
		}
		if len(page.Activities) != test.want {
			t.Errorf("got %d activities, want %d", len(page.Activities), test.want)
		}
	}

	// Whoever goes backward from a cursor gets the page that ends there.
	whole, err := service.Activities(asOwner(t), fitness.ActivitiesQuery{First: new(100)})
	if err != nil {
		t.Fatal(err)
	}
	page, err := service.Activities(asOwner(t), fitness.ActivitiesQuery{Before: &whole.Cursors[50]})
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(ids(whole.Activities[20:50]), ids(page.Activities)); diff != "" {
		t.Errorf("before a cursor (-want +got):\n%s", diff)
	}
}

func TestPageRefuses(t *testing.T) {
	t.Parallel()
	service := serviceOf(t, week(t)...)
	page, err := service.Activities(asOwner(t), fitness.ActivitiesQuery{})
	if err != nil {
		t.Fatal(err)
	}
	good := page.Cursors[0]
	encode := base64.RawURLEncoding.EncodeToString
	byName := fitness.ActivityOrder{Field: fitness.ActivityOrderFieldName}
	ascending := fitness.ActivityOrder{Direction: fitness.DirectionAsc}

	for name, test := range map[string]struct {
		query    fitness.ActivitiesQuery
		argument string
	}{
		"first below nothing":      {fitness.ActivitiesQuery{First: new(-1)}, "first"},
		"too many first":           {fitness.ActivitiesQuery{First: new(201)}, "first"},
		"last below nothing":       {fitness.ActivitiesQuery{Last: new(-1)}, "last"},
		"too many last":            {fitness.ActivitiesQuery{Last: new(201)}, "last"},
		"first and last":           {fitness.ActivitiesQuery{First: new(1), Last: new(1)}, "last"},
		"after of another field":   {fitness.ActivitiesQuery{After: &good, Order: byName}, "after"},
		"before of another way":    {fitness.ActivitiesQuery{Before: &good, Order: ascending}, "before"},
		"no base64":                {fitness.ActivitiesQuery{After: new("!")}, "after"},
		"nothing":                  {fitness.ActivitiesQuery{After: new("")}, "after"},
		"no JSON":                  {fitness.ActivitiesQuery{After: new(encode([]byte("page 2")))}, "after"},
		"something else":           {fitness.ActivitiesQuery{Before: new(encode([]byte(`{"page":2}`)))}, "before"},
		"null":                     {fitness.ActivitiesQuery{Before: new(encode([]byte(`null`)))}, "before"},
		"another spelling":         {fitness.ActivitiesQuery{After: new(respelled(t, good))}, "after"},
		"a cursor and more behind": {fitness.ActivitiesQuery{After: new(good + "AA")}, "after"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := service.Activities(asOwner(t), test.query)
			refused(t, err, fitness.CodeBadUserInput, test.argument)
		})
	}
}

// respelled says the same as the cursor in other words.
func respelled(tb testing.TB, cursor string) string {
	tb.Helper()
	text, err := base64.RawURLEncoding.DecodeString(cursor)
	if err != nil {
		tb.Fatalf("read cursor: %v", err)
	}
	return base64.RawURLEncoding.EncodeToString([]byte(strings.Replace(string(text), "{", "{ ", 1)))
}

func orders() []fitness.ActivityOrder {
	var all []fitness.ActivityOrder
	for _, field := range []fitness.ActivityOrderField{
		"STARTED_AT", "DISTANCE", "MOVING_TIME", "ELAPSED_TIME", "ELEVATION_GAIN", "AVERAGE_SPEED", "RELATIVE_EFFORT", "NAME",
	} {
		for _, direction := range []fitness.Direction{fitness.DirectionAsc, fitness.DirectionDesc} {
			all = append(all, fitness.ActivityOrder{Field: field, Direction: direction})
		}
	}
	return all
}

// randomActivities has few different values, so that there are many ties, and many that are absent.
func randomActivities(tb testing.TB, random *rand.Rand, firstID int64, count int) []*fitness.Activity {
	tb.Helper()
	var made []*fitness.Activity
	for i := range count {
		a := run(tb, firstID+int64(i), noon.Add(time.Duration(random.IntN(6))*time.Hour).Format("2006-01-02T15:04:05"), 0)
		a.Name = []string{"b", "B", "a", "ä", ""}[random.IntN(5)]
		a.DistanceMeters = float64(random.IntN(4)) * 1000.1
		a.MovingTime, a.ElapsedTime = random.IntN(4), random.IntN(4)
		a.ElevationGainMeters = float64(random.IntN(4))
		if random.IntN(3) > 0 {
			a.AverageMetersPerSecond, a.RelativeEffort = new(float64(random.IntN(3))/3), new(float64(random.IntN(3)))
		}
		made = append(made, a)
	}
	return made
}

// Whoever pages to the end sees each activity once, in one order, whichever way they go; and those who come and go
// between two pages neither repeat nor skip the others.
func TestPagingVisitsEachActivityOnce(t *testing.T) {
	t.Parallel()
	for _, order := range orders() {
		for _, backward := range []bool{false, true} {
			name := fmt.Sprintf("%s %s backward=%v", order.Field, order.Direction, backward)
			t.Run(name, func(t *testing.T) {
				t.Parallel()
				random := rand.New(rand.NewPCG(1, 2))
				stable := randomActivities(t, random, 1000, 40)
				history := &listed{activities: stable}
				service := newService(t, fitness.Config{History: history.open})
				whole, err := service.Activities(asOwner(t), fitness.ActivitiesQuery{Order: order, First: new(200)})
				if err != nil {
					t.Fatal(err)
				}

				visited := map[int64]int{}
				for _, id := range walk(t, service, order, backward, func() {
					// Others appear, and those that appeared before are gone.
					history.activities = slices.Concat(randomActivities(t, random, random.Int64N(900), 5), stable)
				}) {
					visited[id]++
				}
				for _, a := range stable {
					if visited[a.StravaID] != 1 {
						t.Errorf("activity %d was visited %d times", a.StravaID, visited[a.StravaID])
					}
				}

				history.activities = stable
				undisturbed := walk(t, service, order, backward, func() {})
				if backward {
					slices.Reverse(undisturbed)
				}
				if diff := cmp.Diff(ids(whole.Activities), undisturbed); diff != "" {
					t.Errorf("the pages differ from the whole (-want +got):\n%s", diff)
				}
			})
		}
	}
}

// walk reads all pages of three, and lets something happen between two of them. Backward, the ids of each page are
// turned round, so that they come in the order of the walk.
func walk(tb testing.TB, service *fitness.Service, order fitness.ActivityOrder, backward bool, between func()) []int64 {
	tb.Helper()
	var visited []int64
	query := fitness.ActivitiesQuery{Order: order}
	for range 1000 {
		if backward {
			query.Last = new(3)
		} else {
			query.First = new(3)
		}
		page, err := service.Activities(asOwner(tb), query)
		if err != nil {
			tb.Fatalf("read page: %v", err)
		}
		on := ids(page.Activities)
		more := page.HasNext
		if backward {
			slices.Reverse(on)
			more = page.HasPrevious
		}
		visited = append(visited, on...)
		if !more {
			return visited
		}
		if backward {
			query.Before = &page.Cursors[0]
		} else {
			query.After = &page.Cursors[len(page.Cursors)-1]
		}
		between()
	}
	tb.Fatal("the pages do not end")
	return nil
}

func TestOrders(t *testing.T) {
	t.Parallel()
	slow := run(t, 1, "2026-11-01T08:00:00", 5000)
	slow.Name, slow.MovingTime, slow.ElapsedTime, slow.ElevationGainMeters = "Beta", 1800, 9000, 10
	slow.AverageMetersPerSecond, slow.RelativeEffort = new(2.5), new(10.0)
	fast := run(t, 2, "2026-11-02T08:00:00", 3000)
	fast.Name, fast.MovingTime, fast.ElapsedTime, fast.ElevationGainMeters = "alpha", 900, 900, 30
	fast.AverageMetersPerSecond, fast.RelativeEffort = new(3.5), new(0.0)
	blank := run(t, 3, "2026-11-03T08:00:00", 0)
	blank.Name, blank.MovingTime, blank.ElapsedTime = "gamma", 3600, 3600
	service := serviceOf(t, blank, fast, slow)

	for name, want := range map[string][]int64{
		"STARTED_AT DESC": {3, 2, 1}, "STARTED_AT ASC": {1, 2, 3},
		"DISTANCE DESC": {1, 2, 3}, "DISTANCE ASC": {3, 2, 1},
		"MOVING_TIME DESC": {3, 1, 2}, "ELAPSED_TIME DESC": {1, 3, 2}, "ELEVATION_GAIN DESC": {2, 1, 3},
		// What has no value comes last, whichever way.
		"AVERAGE_SPEED DESC": {2, 1, 3}, "AVERAGE_SPEED ASC": {1, 2, 3},
		"RELATIVE_EFFORT DESC": {1, 2, 3}, "RELATIVE_EFFORT ASC": {2, 1, 3},
		"NAME ASC": {2, 1, 3}, "NAME DESC": {3, 1, 2},
	} {
		field, direction, _ := strings.Cut(name, " ")
		page, err := service.Activities(asOwner(t), fitness.ActivitiesQuery{Order: fitness.ActivityOrder{
			Field: fitness.ActivityOrderField(field), Direction: fitness.Direction(direction),
		}})
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, ids(page.Activities)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}
