package stravatest

import (
	"fmt"
	"net/http"
	"time"
)

// quota counts requests as https://developers.strava.com/docs/rate-limits/ has it: in natural quarter hours and UTC
// days, once for everything and once for reads. A refused request counts too, so hammering a spent quarter hour spends
// the day.
type quota struct {
	overall, read pool
}

// pool is a pair of windows: the quarter hour and the day.
type pool struct {
	limits, used [2]int
	started      [2]time.Time
}

func newQuota(read, overall [2]int) quota {
	return quota{overall: pool{limits: overall}, read: pool{limits: read}}
}

// spend counts one request and names the limit that it exceeds, or nothing.
func (q *quota) spend(now time.Time, upload bool) (exceeded string) {
	q.overall.roll(now)
	q.read.roll(now)
	q.overall.count()
	if !upload {
		q.read.count()
	}
	switch {
	case q.overall.exceeded():
		return "overall rate limit"
	case !upload && q.read.exceeded():
		return "read rate limit" // Strava's wording of this one is a guess.
	}
	return ""
}

func (q *quota) headers() http.Header {
	return http.Header{
		"X-Ratelimit-Limit":     {pair(q.overall.limits)},
		"X-Ratelimit-Usage":     {pair(q.overall.used)},
		"X-Readratelimit-Limit": {pair(q.read.limits)},
		"X-Readratelimit-Usage": {pair(q.read.used)},
	}
}

// roll starts a window anew when the clock has left it.
func (p *pool) roll(now time.Time) {
	for i, length := range []time.Duration{15 * time.Minute, 24 * time.Hour} {
		if start := now.UTC().Truncate(length); !start.Equal(p.started[i]) {
			p.started[i], p.used[i] = start, 0
		}
	}
}

func (p *pool) count() {
	p.used[0]++
	p.used[1]++
}

func (p *pool) exceeded() bool {
	return p.used[0] > p.limits[0] || p.used[1] > p.limits[1]
}

func pair(n [2]int) string { return fmt.Sprintf("%d,%d", n[0], n[1]) }
