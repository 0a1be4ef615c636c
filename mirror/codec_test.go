package mirror_test

import (
	"bytes"
	"encoding/binary"
	"hash/crc32"
	"math/rand/v2"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"

	"domestique/fitness"
	"domestique/mirror"
)

// filled has something else in every field, however deep.
func filled(tb testing.TB, value reflect.Value, random *rand.Rand) {
	tb.Helper()
	switch value.Kind() {
	case reflect.Pointer:
		value.Set(reflect.New(value.Type().Elem()))
		filled(tb, value.Elem(), random)
	case reflect.Struct:
		if value.Type() == reflect.TypeFor[time.Time]() {
			value.Set(reflect.ValueOf(time.Unix(random.Int64N(2e9), random.Int64N(1e9)).UTC()))
			return
		}
		for _, field := range value.Fields() {
			filled(tb, field, random)
		}
	case reflect.String:
		value.SetString(strings.Repeat("ü", random.IntN(5)) + string(rune('a'+random.IntN(26))))
	case reflect.Int, reflect.Int64:
		value.SetInt(random.Int64() - random.Int64())
	case reflect.Float64:
		value.SetFloat([]float64{1.5, -77.1234567, 1e300, 5e-324, 101529, 0.1 + 0.2}[random.IntN(6)])
	case reflect.Bool:
		value.SetBool(true)
	default:
		tb.Fatalf("a field has kind %v, which this test does not know", value.Kind())
	}
}

func TestEveryFieldIsStored(t *testing.T) {
	t.Parallel()
	random := chance(t, 1)
	var activities []*fitness.Activity
	for range 300 {
		activity := &fitness.Activity{}
		filled(t, reflect.ValueOf(activity).Elem(), random)
		activities = append(activities, activity, &fitness.Activity{StravaID: random.Int64()})
	}
	recoded, _, err := mirror.Recoded(1, activities, 1)
	if err != nil {
		t.Fatal(err)
	}
	byID := map[int64]*fitness.Activity{}
	for _, activity := range recoded {
		byID[activity.StravaID] = activity
	}
	for _, activity := range activities {
		if diff := gocmp.Diff(activity, byID[activity.StravaID]); diff != "" {
			t.Fatalf("(-stored +read):\n%s", diff)
		}
	}
}

// A field that is added to an activity has to be stored too, under a new format.
func TestTheFormatHasTheFieldsOfAnActivity(t *testing.T) {
	t.Parallel()
	var names []string
	for field := range reflect.TypeFor[fitness.Activity]().Fields() {
		names = append(names, field.Name+" "+field.Type.String())
	}
	slices.Sort(names) // Where they stand in memory does not matter.
	const format, known = 1, 0x3874421
	if got := crc32.ChecksumIEEE([]byte(strings.Join(names, ","))); got != known {
		t.Errorf("the fields have the sum %#x: store them in record.go, raise the format from %d, and note both here", got, format)
	}
	data, err := mirror.Encoded(1, nil, 1)
	if err != nil || binary.BigEndian.Uint16(data[4:]) != format {
		t.Errorf("the format is %d, %v; want %d", binary.BigEndian.Uint16(data[4:]), err, format)
	}
}

func TestOneCopyHasOneEncoding(t *testing.T) {
	t.Parallel()
	data, err := mirror.EncodedWalk(historyOf(chance(t, 2), 50))
	if err != nil {
		t.Fatal(err)
	}
	again, err := mirror.Decode(data)
	if err != nil || !bytes.Equal(again, data) {
		t.Errorf("the same %v, %v", bytes.Equal(again, data), err)
	}
}

// Nothing that a disk can do to a copy is taken for one, or ends the process.
func TestDamagedCopiesAreRefused(t *testing.T) {
	t.Parallel()
	whole, err := mirror.EncodedWalk(historyOf(chance(t, 3), 20))
	if err != nil {
		t.Fatal(err)
	}
	for at := range whole {
		if _, err := mirror.Decode(whole[:at]); err == nil {
			t.Fatalf("a copy that is cut after %d bytes is read", at)
		}
		damaged := bytes.Clone(whole)
		damaged[at] ^= 1 << (at % 8)
		if again, err := mirror.Decode(damaged); err == nil && !bytes.Equal(again, whole) {
			t.Fatalf("a copy with another bit in byte %d is read as another", at)
		}
	}
}

func FuzzDecode(f *testing.F) {
	for count := range 3 {
		data, err := mirror.EncodedWalk(historyOf(rand.New(rand.NewPCG(1, 1)), count+1))
		if err != nil {
			f.Fatal(err)
		}
		f.Add(data, false)
		f.Add(data[6:], true)
		f.Add(mirror.Plain(data), true)
	}
	f.Fuzz(func(t *testing.T, data []byte, plain bool) {
		if plain {
			data = mirror.Packed(data) // Past the checksum, where damage does not come from a disk.
		}
		again, err := mirror.Decode(data)
		if err != nil {
			return
		}
		if twice, err := mirror.Decode(again); err != nil || !bytes.Equal(twice, again) {
			t.Errorf("what was read can't be read again: %v", err)
		}
	})
}
