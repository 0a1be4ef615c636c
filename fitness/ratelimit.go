package fitness

import (
	"context"
	"time"

	"domestique/strava"
)

// RateLimit is what is left of Strava's quota, which all that uses the same application shares.
type RateLimit struct {
	// Read counts the calls that only read.
	Read *QuotaWindows
	// Overall counts all calls.
	Overall *QuotaWindows
}

// QuotaWindows are the two spans of time that Strava counts in.
type QuotaWindows struct {
	QuarterHour *QuotaWindow
	Day         *QuotaWindow
}

// QuotaWindow is what was used in one of them.
type QuotaWindow struct {
	Limit int
	Used  int
	// ResetsAt is when the count begins anew, in UTC.
	ResetsAt time.Time
}

// Remaining is how many calls are left, never less than none.
func (w *QuotaWindow) Remaining() int { return max(0, w.Limit-w.Used) }

// RateLimit is as Strava's answers told it, in the windows of now; nil before the first one. For a limit that Strava has
// not told, it has the default that is reckoned with. It costs no call.
func (s *Service) RateLimit(ctx context.Context) (*RateLimit, error) {
	if err := ownerOnly(ctx); err != nil {
		return nil, err
	}
	quota := s.strava.Quota()
	if !quota.Known {
		return nil, nil
	}
	quota = quota.Assumed()
	return &RateLimit{Read: quotaWindows(quota.Read), Overall: quotaWindows(quota.Overall)}, nil
}

func quotaWindows(windows strava.Windows) *QuotaWindows {
	return &QuotaWindows{QuarterHour: quotaWindow(windows.QuarterHour), Day: quotaWindow(windows.Day)}
}

func quotaWindow(window strava.Window) *QuotaWindow {
	return &QuotaWindow{Limit: window.Limit, Used: window.Used, ResetsAt: window.ResetsAt.UTC()}
}
