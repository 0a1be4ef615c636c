package edge

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"github.com/hashicorp/golang-lru/v2/simplelru"
)

const (
	// finishedBytes bounds the memory for finished answers.
	finishedBytes = 16 << 20
	// finishedLargest is the largest answer that is kept, and half of what it may take with all that belongs to it.
	finishedLargest = finishedBytes / 16
	// finishedOverhead is about what an answer takes beside its bytes.
	finishedOverhead = 1 << 10
)

// Freshness tells for how long an answer stays true. It is asked by many goroutines at once.
type Freshness interface {
	// Version names the state of all that answers for the owner, or for everybody else, are made of, the local date
	// among it: while it stays the same, the same question has the same answer, apart from details, which age. It
	// never comes back once it has changed. until is when it changes without anything happening: the next local
	// midnight; zero: never. An empty version is not known, and then no answer is kept. It is asked for at every
	// request, so it must neither wait nor compute.
	Version(ctx context.Context, owner bool) (version string, until time.Time)
	// Watch returns a context, and a function that tells until when what was answered on that context holds; zero: as
	// long as the version.
	Watch(ctx context.Context) (watched context.Context, until func() time.Time)
}

// question is what an answer is found by: all that the client sent which bears on it, as it was sent. Two ways to write the
// same question are two questions. That costs a client's second spelling one run, and spares every hit the reading.
type question struct {
	sent   string
	get    bool
	viewer viewer
}

// finished is an answer that is kept. It does not change.
type finished struct {
	answer answer
	// As it goes out. What it cost is that of being given again: nothing.
	payload payload
	etag    []string
	policy  []string

	version string
	until   time.Time // Zero: it ends with its version alone.

	logging sync.Once
	logger  *slog.Logger
}

// again is the answer as it is given at that time.
func (f *finished) again(now time.Time) answer {
	given := f.answer
	if !f.until.IsZero() {
		given.maxAge = min(given.maxAge, f.until.Sub(now))
	}
	return given
}

// size is that of the plain body, about as much again in other codings, and what it is found by.
func (f *finished) size(asked question) int {
	return 2*len(f.payload.plain) + len(asked.sent) + finishedOverhead
}

// finishedAnswers is the cache of whole answers, least recently used out first. It is safe for concurrent use.
type finishedAnswers struct {
	mu    sync.Mutex
	kept  *simplelru.LRU[question, *finished]
	bytes int
	// current is the version of each viewer's newest answer: what is older is of no use, and may have to be gone.
	current map[viewer]string
	era     int // How often everything was forgotten.
}

func newFinishedAnswers() (*finishedAnswers, error) {
	answers := &finishedAnswers{current: map[viewer]string{}}
	kept, err := simplelru.NewLRU(finishedBytes/finishedOverhead, func(asked question, out *finished) { answers.bytes -= out.size(asked) })
	answers.kept = kept
	return answers, err
}

// find returns the answer to a question as of that version, nil where there is none.
func (c *finishedAnswers) find(asked question, version string, now time.Time) *finished {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.moveTo(asked.viewer, version)
	found, ok := c.kept.Get(asked)
	if !ok {
		return nil
	}
	if found.version != version || !found.until.IsZero() && !now.Before(found.until) {
		c.kept.Remove(asked)
		return nil
	}
	return found
}

// moveTo drops what belongs to a viewer's older version.
func (c *finishedAnswers) moveTo(viewer viewer, version string) {
	if c.current[viewer] == version {
		return
	}
	c.current[viewer] = version
	for _, asked := range c.kept.Keys() {
		if asked.viewer == viewer {
			c.kept.Remove(asked)
		}
	}
}

// now returns the era that an answer belongs to which is begun now.
func (c *finishedAnswers) now() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.era
}

// keep takes an answer that was begun in that era, unless everything was forgotten or its version has passed meanwhile.
func (c *finishedAnswers) keep(asked question, made *finished, era int) {
	if made.size(asked) > 2*finishedLargest {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.era != era || c.current[asked.viewer] != made.version {
		return
	}
	c.kept.Remove(asked)
	c.kept.Add(asked, made)
	for c.bytes += made.size(asked); c.bytes > finishedBytes; {
		c.kept.RemoveOldest()
	}
}

// forget drops everything, and what is on its way.
func (c *finishedAnswers) forget() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.era++
	c.kept.Purge()
	c.bytes = 0 // Purge has counted down to it, too.
}
