package strava

import (
	"bytes"
	"encoding/json"
	"errors"
)

// decodeList decodes a JSON array. Elements that cannot be decoded or are not usable are left out, and their places are
// returned; when no element of a list is left, that is an error, so that an odd page is not taken for an empty one.
func decodeList[T any](body []byte, usable func(*T) bool) (rows []T, skipped []int, err error) {
	if first(body) != '[' {
		return nil, nil, errors.New("not a list")
	}
	// The whole at once is several times faster than row by row, and nearly always works. Rows are large: room for
	// all of them saves copying them each time that the list grows.
	rows = make([]T, 0, min(bytes.Count(body, []byte("},{"))+1, MaxPerPage))
	if err := json.Unmarshal(body, &rows); err != nil {
		return decodeRows(body, usable)
	}
	for index := range rows {
		if !usable(&rows[index]) {
			return decodeRows(body, usable)
		}
	}
	return rows, nil, nil
}

func decodeRows[T any](body []byte, usable func(*T) bool) (rows []T, skipped []int, err error) {
	var elements []json.RawMessage
	if err := json.Unmarshal(body, &elements); err != nil {
		return nil, nil, err
	}
	for index, element := range elements {
		var row T
		if err := json.Unmarshal(element, &row); err != nil || !usable(&row) {
			skipped = append(skipped, index)
			continue
		}
		rows = append(rows, row)
	}
	if len(rows) == 0 && len(elements) > 0 {
		return nil, skipped, errors.New("no usable element")
	}
	return rows, skipped, nil
}

// isObject tells an object from the null that json.Unmarshal would take for an empty one. The rest of body is not
// looked at.
func isObject(body []byte) bool {
	return first(body) == '{'
}

// first returns the first byte that is not white space, or zero.
func first(body []byte) byte {
	body = bytes.TrimLeft(body, " \t\r\n")
	if len(body) == 0 {
		return 0
	}
	return body[0]
}
