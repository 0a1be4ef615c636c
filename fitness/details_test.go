package fitness_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"domestique/fitness"
	"domestique/strava"
	"domestique/strava/stravatest"
)

func (g *gateway) detailsOf(tb testing.TB, a *fitness.Activity) *fitness.Details {
	tb.Helper()
	details, err := g.Details(asOwner(tb), a)
	if err != nil {
		tb.Fatalf("ask for details: %v", err)
	}
	return details
}

func TestDetailsTakeOneCall(t *testing.T) {
	t.Parallel()
	g := newGateway(t, []stravatest.Activity{
		{Name: "Described", Start: noon.Add(-time.Hour), Distance: 8000, Description: "Into the wind.", Photos: 2, GearID: "g1"},
	}, fitness.Config{})
	described := g.list(t, nil).Activities[0]

	var group sync.WaitGroup
	for range 10 {
		group.Go(func() {
			details, err := g.Details(asOwner(t), described)
			if err != nil || *details.Description != "Into the wind." || *details.Calories <= 0 || *details.Polyline == "" {
				t.Errorf("got %+v, %v", details, err)
			}
			photo, err := g.PrimaryPhoto(asOwner(t), described)
			if err != nil || photo.UniqueID == "" || len(photo.Sizes) == 0 {
				t.Errorf("got %+v, %v", photo, err)
			}
			gear, err := g.Gear(asOwner(t), described)
			if err != nil || gear.StravaID != "g1" {
				t.Errorf("got %+v, %v", gear, err)
			}
		})
	}
	group.Wait()
	g.expectCalls(t, activityCall, 1)
}

func TestDetailsAreAskedForAgainWhenTheyMayHaveChanged(t *testing.T) {
	t.Parallel()
	g := newGateway(t, []stravatest.Activity{{Start: noon.Add(-time.Hour), Description: "Old", Name: "Old"}}, fitness.Config{})
	a := g.list(t, nil).Activities[0]
	g.detailsOf(t, a)

	g.clock.advance(time.Hour - time.Second)
	g.detailsOf(t, a)
	g.expectCalls(t, activityCall, 1)
	g.clock.advance(time.Second)
	g.detailsOf(t, a)
	g.expectCalls(t, activityCall, 2)

	g.fake.EditActivity(a.StravaID, func(a *stravatest.Activity) { a.Name, a.Description = "New", "New" })
	g.sync(t)
	edited := g.list(t, nil).Activities[0]
	if got := *g.detailsOf(t, edited).Description; got != "New" {
		t.Errorf("got description %q after the edit", got)
	}
	g.expectCalls(t, activityCall, 3)

	g.sync(t)
	g.detailsOf(t, g.list(t, nil).Activities[0])
	g.expectCalls(t, activityCall, 3) // an unchanged row keeps its details
}

func TestWhatTheListKnowsTakesNoCall(t *testing.T) {
	t.Parallel()
	g := newGateway(t, []stravatest.Activity{{Start: noon.Add(-time.Hour)}}, fitness.Config{})
	plain := g.list(t, nil).Activities[0]
	if photo, err := g.PrimaryPhoto(asOwner(t), plain); photo != nil || err != nil {
		t.Errorf("got photo %v, %v", photo, err)
	}
	if gear, err := g.Gear(asOwner(t), plain); gear != nil || err != nil {
		t.Errorf("got gear %v, %v", gear, err)
	}
	g.expectCalls(t, activityCall, 0)
}

func TestGearThatTheAthleteHasTakesNoCall(t *testing.T) {
	t.Parallel()
	g := newGateway(t, []stravatest.Activity{{Start: noon.Add(-time.Hour), GearID: "g17001384", Distance: 5000}}, fitness.Config{})
	own := g.athlete(t).Shoes
	gear, err := g.Gear(asOwner(t), g.list(t, nil).Activities[0])
	if err != nil {
		t.Fatal(err)
	}
	if len(own) != 1 || gear != own[0] || gear.StravaID != "g17001384" {
		t.Errorf("got %+v, want one of %v", gear, own)
	}
	g.expectCalls(t, activityCall, 0)
}

// Strava answers 404 for what was deleted a moment ago, and for some seconds for what was made a moment ago.
func TestDetailsOfWhatIsGoneAreEmpty(t *testing.T) {
	t.Parallel()
	g := newGateway(t, []stravatest.Activity{{Start: noon.Add(-time.Hour), Description: "Here", Photos: 1, GearID: "g1"}}, fitness.Config{})
	a := g.list(t, nil).Activities[0]
	g.fake.Fault(stravatest.Fault{Path: "/activities/{id}", Status: http.StatusNotFound,
		Body: `{"message":"Record Not Found","errors":[{"resource":"Activity","field":"id","code":"invalid"}]}`})

	for range 2 {
		if diff := cmp.Diff(&fitness.Details{}, g.detailsOf(t, a)); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
		if photo, err := g.PrimaryPhoto(asOwner(t), a); photo != nil || err != nil {
			t.Errorf("got photo %v, %v", photo, err)
		}
		if gear, err := g.Gear(asOwner(t), a); gear != nil || err != nil {
			t.Errorf("got gear %v, %v", gear, err)
		}
	}
	g.expectCalls(t, activityCall, 1)
	g.clock.advance(time.Minute)
	if got := g.detailsOf(t, a); got.Description == nil || *got.Description != "Here" {
		t.Errorf("got %+v a minute later", got)
	}
}

// held is a Strava that keeps every call waiting until the gate opens.
type held struct {
	gate chan struct{}

	mu      sync.Mutex
	waiting int
	calls   int
	most    int
}

func newHeld() *held { return &held{gate: make(chan struct{})} }

func (h *held) RoundTrip(request *http.Request) (*http.Response, error) {
	h.enter()
	<-h.gate
	h.leave()
	return &http.Response{
		StatusCode: http.StatusOK,
		Header:     http.Header{"Content-Type": {"application/json"}},
		Body:       io.NopCloser(strings.NewReader(`{"id": 1}`)),
		Request:    request,
	}, nil
}

func (h *held) enter() {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.calls++
	h.waiting++
	h.most = max(h.most, h.waiting)
}

func (h *held) leave() {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.waiting--
}

// counted is how many calls came, and how many were under way at a time.
func (h *held) counted() (calls, atATime int) {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.calls, h.most
}

func (h *held) service(tb testing.TB) *fitness.Service {
	tb.Helper()
	return newService(tb, fitness.Config{Strava: newClient(tb, strava.Config{Tokens: oneToken{token: "token"}, Transport: h})})
}

func TestFourDetailsAreAskedForAtATime(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		upstream := newHeld()
		service := upstream.service(t)
		var group sync.WaitGroup
		for id := range int64(20) {
			group.Go(func() {
				if _, err := service.Details(asOwner(t), &fitness.Activity{StravaID: id + 1}); err != nil {
					t.Errorf("ask for details: %v", err)
				}
			})
		}
		synctest.Wait()
		if calls, _ := upstream.counted(); calls != 4 {
			t.Errorf("%d calls are under way, want 4", calls)
		}
		close(upstream.gate)
		group.Wait()
		if calls, atATime := upstream.counted(); calls != 20 || atATime != 4 {
			t.Errorf("there were %d calls, %d at a time, want 20 and 4", calls, atATime)
		}
	})
}

// What waits for its turn is not asked for once nobody wants it any more; what is under way goes on, and is kept.
func TestUnwantedDetailsAreNotAskedFor(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		upstream := newHeld()
		service := upstream.service(t)
		ctx, cancel := context.WithCancel(asOwner(t))
		var left, stayed sync.WaitGroup
		for id := range int64(10) {
			left.Go(func() {
				_, err := service.Details(ctx, &fitness.Activity{StravaID: id + 1})
				if !errors.Is(err, context.Canceled) {
					t.Errorf("got error %v, want that the context was cancelled", err)
				}
			})
			synctest.Wait() // four are under way, in this order; the others wait
		}
		stayed.Go(func() {
			if _, err := service.Details(asOwner(t), &fitness.Activity{StravaID: 7}); err != nil {
				t.Errorf("ask for details: %v", err)
			}
		})
		synctest.Wait()
		cancel()
		left.Wait()
		close(upstream.gate)
		stayed.Wait()
		synctest.Wait()
		if calls, _ := upstream.counted(); calls != 5 {
			t.Errorf("there were %d calls, want the four under way and the one that is still wanted", calls)
		}
		if _, err := service.Details(asOwner(t), &fitness.Activity{StravaID: 1}); err != nil {
			t.Errorf("ask for details: %v", err)
		}
		if calls, _ := upstream.counted(); calls != 5 {
			t.Error("what nobody waited for was not kept")
		}
	})
}

func TestPhotoSizes(t *testing.T) {
	t.Parallel()
	service := rowsServer(t, `{"id": 1, "sport_type": "Run", "total_photo_count": 1}`, map[string]string{"/activities/1": `{"id": 1,
		"photos": {"count": 1, "primary": {"unique_id": "u1", "urls": {
			"600": "https://pictures.example/600.jpg", "100": "https://pictures.example/100.jpg",
			"1800": "https://pictures.example/1800.jpg", "odd": "https://pictures.example/odd.jpg", "200": "not a URL"}}}}`})
	page, err := service.Activities(asOwner(t), fitness.ActivitiesQuery{})
	if err != nil {
		t.Fatal(err)
	}
	photo, err := service.PrimaryPhoto(asOwner(t), page.Activities[0])
	if err != nil {
		t.Fatal(err)
	}
	for size, want := range map[int]string{1: "100", 100: "100", 101: "600", 600: "600", 601: "1800", 9999: "1800"} {
		if got, err := photo.URL(size); got != "https://pictures.example/"+want+".jpg" || err != nil {
			t.Errorf("at least %d pixels: got %s %v, want that of %s", size, got, err, want)
		}
	}
	for _, size := range []int{0, -1} {
		_, err := photo.URL(size)
		if refused, ok := errors.AsType[*fitness.Error](err); !ok || refused.Code != fitness.CodeBadUserInput || refused.Argument != "size" {
			t.Errorf("%d pixels: got %v, want BAD_USER_INPUT for size", size, err)
		}
	}
}
