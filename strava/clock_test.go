package strava_test

import (
	"math/rand/v2"
	"net/http"
	"testing"
	"time"

	"domestique/strava"
)

// twoClocks is this machine's clock and Strava's.
type twoClocks struct {
	here  time.Time
	ahead time.Duration // Strava's.
	there time.Duration // How long a request takes to Strava.
	back  time.Duration // How long an answer takes.
	*strava.Clock
}

func newTwoClocks(ahead time.Duration) *twoClocks {
	c := &twoClocks{here: noon, ahead: ahead}
	c.Clock = strava.NewClock(func() time.Time { return c.here })
	return c
}

// strava is the true time there.
func (c *twoClocks) strava() time.Time { return c.here.Add(c.ahead) }

// answering is a Strava that gives an answer with its Date, which edit may change.
func (c *twoClocks) answering(status int, body string, edit func(http.Header)) transport {
	return func(*http.Request) (*http.Response, error) {
		c.here = c.here.Add(c.there)
		response := reply(status, body, "Date", c.strava().UTC().Format(http.TimeFormat))
		if edit != nil {
			edit(response.Header)
		}
		c.here = c.here.Add(c.back)
		return response, nil
	}
}

// ask has a client ask once.
func (c *twoClocks) ask(t *testing.T, edit func(http.Header)) {
	t.Helper()
	client := newClient(t, strava.Config{Clock: c.Clock, Transport: c.answering(http.StatusOK, `{"id":1}`, edit)})
	if _, err := client.Athlete(t.Context()); err != nil {
		t.Fatal(err)
	}
}

func TestClockLearnsFromTheDate(t *testing.T) {
	t.Parallel()
	set := func(name, value string) func(http.Header) {
		return func(header http.Header) { header.Set(name, value) }
	}
	tests := []struct {
		name        string
		ahead       time.Duration
		there, back time.Duration
		edit        func(http.Header)
		most        time.Duration // What may be learnt...
		least       time.Duration // ...and must be.
	}{
		{name: "the clocks agree"},
		{name: "less than the header's resolution", ahead: -400 * time.Millisecond},
		{name: "less than the answer took to travel", ahead: 3 * time.Second, back: 4 * time.Second},
		{name: "less than the answer took to travel, behind", ahead: -3 * time.Second, there: 4 * time.Second},
		{name: "strava is ahead", ahead: 10 * time.Minute, most: 10 * time.Minute, least: 10*time.Minute - time.Second},
		{name: "strava is behind", ahead: -10 * time.Minute, most: -10*time.Minute + time.Second, least: -10 * time.Minute},
		{name: "strava is ahead and far away", ahead: 10 * time.Minute, there: 2 * time.Second, back: 3 * time.Second,
			most: 10 * time.Minute, least: 10*time.Minute - 4*time.Second},
		{name: "a wrong time zone", ahead: 12 * time.Hour, most: 12 * time.Hour, least: 12*time.Hour - time.Second},
		{name: "years ahead", ahead: 3 * 366 * 24 * time.Hour},
		{name: "years behind", ahead: -30 * 366 * 24 * time.Hour},
		{name: "no Date", ahead: time.Hour, edit: func(header http.Header) { header.Del("Date") }},
		{name: "an unreadable Date", ahead: time.Hour, edit: set("Date", "yesterday")},
		{name: "a cache's answer", ahead: -time.Hour, edit: set("Age", "3600")},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			c := newTwoClocks(test.ahead)
			c.there, c.back = test.there, test.back
			c.ask(t, test.edit)
			if got := c.Skew(); got > test.most || got < test.least {
				t.Errorf("got a skew of %v, want %v to %v", got, test.least, test.most)
			}
			if got := c.Now().Sub(c.here); got != c.Skew() {
				t.Errorf("Now is %v ahead, Skew says %v", got, c.Skew())
			}
		})
	}
}

// What is believed never moves away from the truth, and ends up closer to it than one Date can tell.
func TestClockComesCloserAndDoesNotJitter(t *testing.T) {
	t.Parallel()
	for _, ahead := range []time.Duration{-10 * time.Minute, 350 * time.Millisecond, 10 * time.Minute} {
		random := rand.New(rand.NewPCG(1, 2))
		c := newTwoClocks(ahead)
		away := (ahead - c.Skew()).Abs()
		for range 200 {
			c.here = c.here.Add(time.Duration(random.Int64N(int64(time.Minute))))
			c.there, c.back = time.Duration(random.Int64N(5e8)), time.Duration(random.Int64N(5e8))
			c.ask(t, nil)
			now := (ahead - c.Skew()).Abs()
			if now > away {
				t.Fatalf("ahead by %v: was %v away from it, is %v", ahead, away, now)
			}
			away = now
		}
		if away > 150*time.Millisecond {
			t.Errorf("ahead by %v: still %v away from it", ahead, away)
		}
	}
}

func TestClockFollowsAClockThatIsSet(t *testing.T) {
	t.Parallel()
	c := newTwoClocks(10 * time.Minute)
	c.ask(t, nil)
	c.here, c.ahead = c.here.Add(10*time.Minute), 0
	c.ask(t, nil)
	if got := c.Skew().Abs(); got > time.Second {
		t.Errorf("got a skew of %v after this machine's clock was put right", got)
	}
	c.ask(t, func(header http.Header) { header.Set("Date", c.here.Add(7*time.Hour).Format(http.TimeFormat)) })
	c.ask(t, nil)
	if got := c.Skew().Abs(); got > time.Second {
		t.Errorf("got a skew of %v after one wrong Date and a right one", got)
	}
	// Set back while the answer was on its way, it tells nothing.
	c.back = -time.Hour
	c.ask(t, nil)
	if got := c.Skew().Abs(); got > time.Second {
		t.Errorf("got a skew of %v from an answer that came before it was asked for", got)
	}
}

// The token endpoint teaches, too, also by a refusal; and what it counts from its now is counted by Strava's.
func TestClockOfOAuth(t *testing.T) {
	t.Parallel()
	const ahead = 10 * time.Minute
	refresh := func(t *testing.T, c *twoClocks, status int, body string) (strava.Grant, error) {
		oauth := strava.NewOAuth(strava.OAuthConfig{Clock: c.Clock, Transport: c.answering(status, body, nil)})
		return oauth.Refresh(t.Context(), strava.Grant{RefreshToken: "refresh", Application: strava.Application{ClientID: "1", ClientSecret: "secret"}})
	}
	wantLearnt := func(t *testing.T, c *twoClocks) {
		t.Helper()
		if got := c.Skew(); got > ahead || got < ahead-time.Second {
			t.Errorf("got a skew of %v, want %v", got, ahead)
		}
	}
	t.Run("granted", func(t *testing.T) {
		t.Parallel()
		c := newTwoClocks(ahead)
		grant, err := refresh(t, c, http.StatusOK, `{"access_token":"a","refresh_token":"r","expires_in":3600}`)
		if err != nil {
			t.Fatal(err)
		}
		wantLearnt(t, c)
		if off := grant.ExpiresAt.Sub(c.strava().Add(time.Hour)).Abs(); off > time.Second {
			t.Errorf("expires at %v, %v off", grant.ExpiresAt, off)
		}
	})
	t.Run("refused", func(t *testing.T) {
		t.Parallel()
		c := newTwoClocks(ahead)
		if _, err := refresh(t, c, http.StatusBadRequest, `{"errors":[{"resource":"RefreshToken","field":"refresh_token","code":"invalid"}]}`); err == nil {
			t.Error("not refused")
		}
		wantLearnt(t, c)
	})
}

// The quota's windows end by Strava's clock, from the first answer on, which is the one to tell.
func TestQuotaEndsByStravasClock(t *testing.T) {
	t.Parallel()
	for _, ahead := range []time.Duration{-10 * time.Minute, 10 * time.Minute} {
		t.Run(ahead.String(), func(t *testing.T) {
			t.Parallel()
			c := newTwoClocks(ahead)
			spent := rates("100,1000", "100,200", "200,2000", "100,200")
			client := newClient(t, strava.Config{Clock: c.Clock, Transport: c.answering(http.StatusOK, `{"id":1}`, func(header http.Header) {
				for i := 0; i < len(spent); i += 2 {
					header.Set(spent[i], spent[i+1])
				}
			})})
			if _, err := client.Athlete(t.Context()); err != nil {
				t.Fatal(err)
			}
			end := c.strava().Truncate(15 * time.Minute).Add(15 * time.Minute)
			if got := client.Quota().Read.QuarterHour.ResetsAt; !got.Equal(end) {
				t.Errorf("the window ends at %v, want %v", got, end)
			}
			for _, step := range []struct {
				at     time.Time
				admits bool
			}{{end.Add(-2 * time.Second), false}, {end.Add(2 * time.Second), true}} {
				c.here = step.at.Add(-ahead)
				if _, err := client.Athlete(t.Context()); (err == nil) != step.admits {
					t.Errorf("at %v of strava's clock: %v", step.at, err)
				}
			}
		})
	}
}
