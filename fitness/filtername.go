package fitness

import (
	"strings"
	"unicode/utf8"

	"golang.org/x/text/cases"
)

// nameSearch looks for a part of a name, in any case. Upper and lower case would not do: they take İ for an i, and STRASSE for
// another word than Straße. It is not for sharing.
type nameSearch struct {
	fold cases.Caser
	part string // Folded.
}

func newNameSearch(part string) *nameSearch {
	search := &nameSearch{fold: cases.Fold()}
	search.part = search.fold.String(part)
	return search
}

// finds reports whether the part is in the name. Most names are plain letters, which fold to themselves in lower case: those
// are looked at as they are, because a query may look at all names a hundred times.
func (s *nameSearch) finds(name string) bool {
	if !isASCII(name) {
		return strings.Contains(s.fold.String(name), s.part)
	}
	for from := 0; from+len(s.part) <= len(name); from++ {
		if foldsTo(name[from:from+len(s.part)], s.part) {
			return true
		}
	}
	return false
}

// foldsTo reports whether plain letters are the folded text, of the same length.
func foldsTo(letters, folded string) bool {
	for i := range len(letters) {
		letter := letters[i]
		if 'A' <= letter && letter <= 'Z' {
			letter += 'a' - 'A'
		}
		if letter != folded[i] {
			return false
		}
	}
	return true
}

func isASCII(text string) bool {
	for i := range len(text) {
		if text[i] >= utf8.RuneSelf {
			return false
		}
	}
	return true
}
