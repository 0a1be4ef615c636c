package stravatest

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"time"
)

// recording is a history out of recorded answers, byte for byte.
type recording struct {
	self    summaryAthlete
	athlete json.RawMessage
	totals  json.RawMessage
	list    []row
	details map[int64]json.RawMessage
	answers map[string]recordedAnswer // by method and path
}

// recordedLists are the files that hold pages of the list; they may overlap.
func recordedLists() []string { return []string{"athlete_activities_*.json"} }

// recordedDetails are the files that hold one activity each. Of two with the same id the first is served.
func recordedDetails() []string {
	return []string{"activity_*detailed.json", "models/detailed_activities_*.json"}
}

// openRecording reads athlete.json, athlete_stats.json, the lists, the details, and what the index names besides. withParts
// also lists the activities that have no row.
func openRecording(files fs.FS, withParts bool) (*recording, error) {
	rec := &recording{details: map[int64]json.RawMessage{}, answers: map[string]recordedAnswer{}}
	err := errors.Join(
		readJSON(files, "athlete.json", &rec.athlete), readJSON(files, "athlete_stats.json", &rec.totals),
		rec.readLists(files), rec.readDetails(files), rec.readIndex(files),
	)
	if err != nil {
		return nil, err
	}
	if err := json.Unmarshal(rec.athlete, &rec.self); err != nil {
		return nil, fmt.Errorf("decode recorded answer athlete.json: %w", err)
	}
	if withParts {
		return rec, rec.listParts()
	}
	return rec, nil
}

// recordedActivity is what the fake has to know of a recorded activity.
type recordedActivity struct {
	ID         int64     `json:"id"`
	StartDate  time.Time `json:"start_date"`
	Visibility string    `json:"visibility"`
}

func (rec *recording) readLists(files fs.FS) error {
	return eachFile(files, recordedLists(), func(name string) error {
		var rows []json.RawMessage
		if err := readJSON(files, name, &rows); err != nil {
			return err
		}
		for _, raw := range rows {
			var known recordedActivity
			if err := json.Unmarshal(raw, &known); err != nil {
				return fmt.Errorf("decode a row of %s: %w", name, err)
			}
			if slices.ContainsFunc(rec.list, func(r row) bool { return r.id == known.ID }) {
				continue
			}
			rec.list = append(rec.list, row{known.ID, known.StartDate, known.Visibility, raw})
		}
		slices.SortFunc(rec.list, newestFirst)
		return nil
	})
}

func newestFirst(a, b row) int { return cmp.Or(b.start.Compare(a.start), cmp.Compare(b.id, a.id)) }

func (rec *recording) readDetails(files fs.FS) error {
	return eachFile(files, recordedDetails(), func(name string) error {
		var raw json.RawMessage
		var known recordedActivity
		if err := errors.Join(readJSON(files, name, &raw), readJSON(files, name, &known)); err != nil {
			return err
		}
		if _, ok := rec.details[known.ID]; !ok {
			rec.details[known.ID] = raw
		}
		return nil
	})
}

// eachFile visits the files that match, pattern by pattern.
func eachFile(files fs.FS, patterns []string, visit func(name string) error) error {
	for _, pattern := range patterns {
		names, err := fs.Glob(files, pattern)
		if err != nil {
			return fmt.Errorf("find recorded answers %s: %w", pattern, err)
		}
		for _, name := range names {
			if err := visit(name); err != nil {
				return err
			}
		}
	}
	return nil
}

func readJSON(files fs.FS, name string, into any) error {
	raw, err := fs.ReadFile(files, name)
	if err != nil {
		return fmt.Errorf("read recorded answer: %w", err)
	}
	if err := json.Unmarshal(raw, into); err != nil {
		return fmt.Errorf("decode recorded answer %s: %w", name, err)
	}
	return nil
}

func (rec *recording) profile(linker) summaryAthlete {
	self := rec.self
	self.ResourceState = 2
	return self
}

func (rec *recording) detailedProfile(linker) any { return rec.athlete }
func (rec *recording) stats(time.Time) any        { return rec.totals }
func (rec *recording) rows() []row                { return rec.list }

func (rec *recording) detail(id int64, _ linker) (any, bool) {
	raw, ok := rec.details[id]
	return raw, ok
}
