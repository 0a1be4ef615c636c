package stravatest

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// recordedAnswer is a whole body, or the rows of a list that may have come on several pages.
type recordedAnswer struct {
	status      int
	contentType string
	body        []byte
	rows        []json.RawMessage // nil when it is not a list
}

// readIndex reads the answers that INDEX.md has requests for. Of refusals it takes no notice: the fake refuses by itself.
func (rec *recording) readIndex(files fs.FS) error {
	index, err := fs.ReadFile(files, "INDEX.md")
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("read the index of recorded answers: %w", err)
	}
	line := regexp.MustCompile(`^\| *(\S+) *\|.*[| ](GET|POST|PUT) ` + apiPrefix + `(/[^ ?]+)\S* -> (2\d\d)\b`)
	for text := range strings.Lines(string(index)) {
		match := line.FindStringSubmatch(text)
		if match == nil {
			continue
		}
		body, err := fs.ReadFile(files, match[1])
		if err != nil {
			return fmt.Errorf("read recorded answer: %w", err)
		}
		status, _ := strconv.Atoi(match[4]) // Three digits.
		if err := rec.addAnswer(match[2]+" "+match[3], match[1], status, body); err != nil {
			return err
		}
	}
	return nil
}

// addAnswer takes in a body. A list that is there already is continued, with what is not yet in it.
func (rec *recording) addAnswer(key, name string, status int, body []byte) error {
	a := recordedAnswer{status: status, contentType: "application/json; charset=utf-8", body: body}
	switch {
	case path.Ext(name) != ".json":
		a.contentType = "application/" + strings.TrimPrefix(path.Ext(name), ".") + "+xml"
	case !json.Valid(body):
		return fmt.Errorf("decode recorded answer %s: it is not JSON", name)
	default:
		_ = json.Unmarshal(body, &a.rows) // Then it is no list.
	}
	if known := rec.answers[key].rows; known != nil {
		a.rows = append(slices.Clone(known), slices.DeleteFunc(a.rows, func(row json.RawMessage) bool {
			return slices.ContainsFunc(known, func(k json.RawMessage) bool { return bytes.Equal(k, row) })
		})...)
	}
	rec.answers[key] = a
	return nil
}

// answer looks the answer up by its path, whatever the parameters are, but for those that page through a list.
func (rec *recording) answer(c *call) answer {
	key := c.r.Method + " " + c.path
	if c.route.path == "/segment_efforts" { // The same list as the older one.
		key = "GET /segments/" + c.r.URL.Query().Get("segment_id") + "/all_efforts"
	}
	known, ok := rec.answers[key]
	pages := func(parameter string) bool { return slices.Contains(c.route.query, parameter) }
	switch {
	case !ok:
		return notFound("resource", "path")
	case known.rows != nil && pages("after_cursor"):
		return cursorAnswer(c, known.rows, cursorIn)
	case known.rows != nil && pages("per_page"):
		return listAnswer(c, known.rows)
	default:
		return bytesAnswer(known.status, known.contentType, known.body)
	}
}

// cursorIn is the cursor of a recorded row.
func cursorIn(row json.RawMessage) string {
	var known struct {
		Cursor string `json:"cursor"`
	}
	_ = json.Unmarshal(row, &known) // A row without one is the end.
	return known.Cursor
}
