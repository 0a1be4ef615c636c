package fitness_test

import (
	"math/rand/v2"
	"strings"
	"testing"

	"golang.org/x/text/cases"

	"domestique/fitness"
)

// However plain the letters are, a name is found as if both had been folded.
func TestNamesAreFoundAsIfFolded(t *testing.T) {
	t.Parallel()
	random := rand.New(rand.NewPCG(1, 12))
	letters := []rune("aAbBkKsSzZ zß ẞſKİiIıéÉ!@[`{0")
	word := func(most int) string {
		var text strings.Builder
		plain := random.IntN(2) == 0
		for range random.IntN(most + 1) {
			if letter := letters[random.IntN(len(letters))]; !plain || letter < 0x80 {
				text.WriteRune(letter)
			}
		}
		return text.String()
	}
	fold := cases.Fold()
	for range 20_000 {
		name, part := word(12), word(4)
		if want, got := strings.Contains(fold.String(name), fold.String(part)), fitness.FindsName(part, name); got != want {
			t.Fatalf("%q in %q: %t, want %t", part, name, got, want)
		}
	}
}
