package stravatest

import "time"

// stats are totals with the oddities of the recorded ones: only runs, rides and swims that everyone may see; the recent
// ones lag behind and alone count achievements; the biggest ride and climb may be missing; 0, 0.0, 1336128 and 474287.0
// stand side by side. https://developers.strava.com/docs/reference/#api-models-ActivityStats
func (d *diary) stats(now time.Time) any {
	const day = 24 * time.Hour
	entries := d.snapshot()
	answer := map[string]any{}
	for _, kind := range []struct{ word, name string }{{"Ride", "ride"}, {"Run", "run"}, {"Swim", "swim"}} {
		var recent, year, all total
		for _, e := range entries {
			if sportNamed(e.Sport).kind != kind.word || e.row.Visibility != everyone {
				continue
			}
			all.add(e)
			if e.Start.Year() == now.Year() {
				year.add(e)
			}
			if age := now.Sub(e.Start); age > day && age < 28*day {
				recent.add(e)
			}
		}
		answer["recent_"+kind.name+"_totals"] = recent.recent()
		answer["ytd_"+kind.name+"_totals"] = year.year()
		answer["all_"+kind.name+"_totals"] = all.all()
	}
	return answer
}

// total adds activities up.
type total struct {
	count, moving, elapsed, achievements int
	metres, climb                        float64
}

func (t *total) add(e entry) {
	t.count++
	t.moving += e.row.MovingTime
	t.elapsed += e.row.ElapsedTime
	t.achievements += e.row.AchievementCount
	t.metres += float64(e.row.Distance)
	t.climb += float64(e.row.TotalElevationGain)
}

// wireTotal leaves the spelling of each number to its value.
type wireTotal struct {
	Count            int  `json:"count"`
	Distance         any  `json:"distance"`
	MovingTime       any  `json:"moving_time"`
	ElapsedTime      any  `json:"elapsed_time"`
	ElevationGain    any  `json:"elevation_gain"`
	AchievementCount *int `json:"achievement_count,omitempty"`
}

func (t total) recent() wireTotal {
	return wireTotal{t.count, climb(t.metres), t.moving, t.elapsed, climb(t.climb), &t.achievements}
}

// year spells the distance as a whole number, and the times, which are whole, as fractions.
func (t total) year() wireTotal {
	return wireTotal{t.count, int(t.metres), zeroOr(t.moving), zeroOr(t.elapsed), climb(t.climb), nil}
}

// all has an elapsed time and a climb that are a little off.
func (t total) all() wireTotal {
	return wireTotal{t.count, decimal(t.metres), t.moving, t.elapsed + t.count/9, climb(t.climb * 1.002), nil}
}

func zeroOr(n int) any {
	if n == 0 {
		return 0
	}
	return decimal(n)
}
