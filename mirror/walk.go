package mirror

import (
	"slices"
	"time"

	"domestique/fitness"
)

const (
	// roundEvery is how long a walk over a list that is held already is spread over; the next one follows it. Nothing else
	// tells of an old activity that was edited or deleted while no event came, and API Policy 6.3 leaves 48 hours for
	// deletions to show (https://www.strava.com/legal/api). 10,000 activities take 4 % of a day's calls.
	roundEvery = 36 * time.Hour

	// overlapping is how many pages of a walk begin with the last second of the page before, so that none is lost of
	// several that started in one second, and an answer can be told from a wrong one. That is more than 37,000
	// activities; beyond, a whole page is worth more.
	overlapping = 190

	// hiddenFor is how far the true start of an activity may lie behind the midnight that it shows: a day has 25 hours at
	// the most.
	hiddenFor = 25 * time.Hour
)

// walk is one reading of the whole list, from the newest to the oldest, that may be broken off after any page and gone
// on with later. Each page is asked for by the time at which the one before ended, not by its number: activities that are
// added or deleted meanwhile move no boundary.
//
// The end of a list can't be told from an empty page that lies. So a first walk, the fill, reads the oldest page first of
// all and ends where it meets that. A later one, a round, ends where Strava says twice that nothing follows.
type walk struct {
	began  int64 // Unix time, as all of these
	before int64 // what the next page has to start before; 0: it is the newest page
	page   int   // its number under before, from 1: more than one when a page's rows all have the same time
	pages  int   // how many were read
	doubt  bool  // the last answer brought nothing new, and has to be heard twice

	// oldest is the page from the other end, kept aside until the walk gets there: what is shown has no gap.
	oldest     []row
	oldestRead bool
}

func newWalk(began int64) *walk { return &walk{began: began, page: 1} }

// next is the page to ask for.
func (w *walk) next() fitness.HistoryPage {
	page := fitness.HistoryPage{Page: w.page}
	if w.before != 0 {
		page.Before = time.Unix(w.before, 0).UTC()
	}
	return page
}

// overlaps reports whether the next page has to show something that was read before.
func (w *walk) overlaps() bool { return w.before != 0 && w.page == 1 && w.pages <= overlapping }

// pass goes on below a page that was read.
func (w *walk) pass(page []*fitness.Activity) {
	w.pages++
	if len(page) == 0 {
		return
	}
	end := endOf(page)
	if w.pages <= overlapping {
		end++
	}
	if w.before != 0 && end >= w.before {
		w.page++
		return
	}
	w.before, w.page = end, 1
}

// endOf is a second after which nothing that follows the page in the list has started: what follows a row started no
// later than that, and the page's tightest bound holds for the rest.
func endOf(page []*fitness.Activity) int64 {
	end := latestStart(page[0])
	for _, activity := range page {
		end = min(end, latestStart(activity))
	}
	return end
}

// latestStart is when the activity may have started at the latest.
func latestStart(activity *fitness.Activity) int64 {
	if hidesStart(activity) {
		return activity.StartedAt.Add(hiddenFor).Unix()
	}
	return activity.StartedAt.Unix()
}

// hidesStart reports whether the athlete hides when it started: Strava then gives a second past midnight.
func hidesStart(activity *fitness.Activity) bool {
	local := activity.StartedAtLocal
	hour, minute, second := activity.StartedAt.Clock()
	return local.Hour == 0 && local.Minute == 0 && local.Second == 1 || hour == 0 && minute == 0 && second == 1
}

// misplaced reports whether the answer holds what was not asked for: it is that to another question.
func misplaced(asked fitness.HistoryPage, answer []*fitness.Activity) bool {
	return !asked.Before.IsZero() && slices.ContainsFunc(answer, func(a *fitness.Activity) bool {
		return !hidesStart(a) && a.StartedAt.Unix() > asked.Before.Unix()
	})
}

// isAscending reports whether the page begins at the older end. One activity does not tell, and is taken for it.
func isAscending(page []*fitness.Activity) bool {
	return len(page) > 0 && !page[0].StartedAt.After(page[len(page)-1].StartedAt)
}

// meets reports whether the page reaches what was read from the other end.
func (w *walk) meets(page []*fitness.Activity) bool {
	if len(w.oldest) == 0 {
		return false
	}
	ids := make(map[int64]bool, len(w.oldest))
	for _, r := range w.oldest {
		ids[r.activity.StravaID] = true
	}
	return slices.ContainsFunc(page, func(a *fitness.Activity) bool { return ids[a.StravaID] })
}

// purge drops what was kept aside for too long.
func (w *walk) purge(before int64) {
	kept := slices.DeleteFunc(slices.Clone(w.oldest), func(r row) bool { return r.fetchedAt < before })
	if len(kept) < len(w.oldest) {
		w.oldest, w.oldestRead = nil, false
	}
}

// due is how many pages a round has to have read by now, of as many as the list has.
func (w *walk) due(now time.Time, activities int) int {
	total := activities/(fitness.MaxPage-1) + 2
	elapsed := max(0, now.Sub(time.Unix(w.began, 0)))
	return 1 + int(float64(total)*float64(elapsed)/float64(roundEvery))
}

// turnTo keeps the oldest page until the walk comes to it, which it may have done already.
func (w *walk) turnTo(l *ledger, page []*fitness.Activity, at int64) Changes {
	w.oldestRead = true
	l.walk = w
	if len(page) == 0 && w.before == 0 {
		return w.end(l) // Both ends are empty.
	}
	if !isAscending(page) {
		return Changes{}
	}
	for _, activity := range page {
		w.oldest = append(w.oldest, row{activity, at})
	}
	if slices.ContainsFunc(page, func(a *fitness.Activity) bool { return l.rows[a.StravaID].fetchedAt >= w.began }) {
		return w.end(l)
	}
	return Changes{}
}

// end concludes the walk: all that it has not seen is suspect.
func (w *walk) end(l *ledger) Changes {
	changes := l.takeRows(slices.Values(w.oldest))
	for id, r := range l.rows {
		if r.fetchedAt < w.began {
			l.suspects[id] = true
		}
	}
	l.complete, l.walk = true, nil
	return changes
}
