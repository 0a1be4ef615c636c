package mirror

import (
	"time"

	"github.com/klauspost/compress/zstd"

	"domestique/fitness"
)

// Recoded is what comes back of activities that were told at those seconds, and how large they were stored.
func Recoded(owner int64, activities []*fitness.Activity, at int64) (recoded []*fitness.Activity, size int, err error) {
	data, err := Encoded(owner, activities, at)
	if err != nil {
		return nil, 0, err
	}
	decoded, err := decode(data)
	if err != nil {
		return nil, 0, err
	}
	return decoded.sorted, len(data), nil
}

// Encoded is a complete copy as it is stored.
func Encoded(owner int64, activities []*fitness.Activity, at int64) ([]byte, error) {
	l := newLedger(owner, 0)
	l.take(activities, at)
	l.complete = true
	return encode(l)
}

// Decode is what a store's answer is put through; it returns another encoding of what it has read.
func Decode(data []byte) ([]byte, error) {
	l, err := decode(data)
	if err != nil {
		return nil, err
	}
	return encode(l)
}

// EncodedWalk is a copy in the middle of a fill, with something in every field.
func EncodedWalk(activities []*fitness.Activity) ([]byte, error) {
	l := newLedger(1, 7)
	l.take(activities, 1_000)
	l.gone[5], l.gone[3], l.suspects[4] = 900, 901, true
	l.early[2] = row{activities[0], 902}
	l.walk = newWalk(990)
	l.walk.pass(activities)
	l.walk.oldest, l.walk.oldestRead, l.walk.doubt = []row{{activities[0], 995}}, true, true
	return encode(l)
}

// Rebuild is the step of a sync that takes in a page.
func Rebuild(activities []*fitness.Activity) func(page []*fitness.Activity, at int64) *fitness.Snapshot {
	l := newLedger(1, 0)
	l.take(activities, 0)
	return func(page []*fitness.Activity, at int64) *fitness.Snapshot {
		l.take(page, at)
		return l.snapshot()
	}
}

// Plain is what is compressed in an encoded copy, and Packed the copy around it.
func Plain(data []byte) []byte {
	reader, err := zstd.NewReader(nil, zstd.WithDecoderConcurrency(1))
	if err != nil {
		panic(err)
	}
	defer reader.Close()
	plain, err := reader.DecodeAll(data[headerSize:], nil)
	if err != nil {
		panic(err)
	}
	return plain
}

// Packed is the opposite of Plain.
func Packed(plain []byte) []byte {
	writer, err := zstd.NewWriter(nil, zstd.WithEncoderConcurrency(1), zstd.WithEncoderLevel(zstd.SpeedFastest), zstd.WithLowerEncoderMem(true))
	if err != nil {
		panic(err)
	}
	return writer.EncodeAll(plain, []byte(magic+"\x00\x01"))
}

// EncodedAt is a complete copy that was synced at that time, as it is stored.
func EncodedAt(owner int64, activities []*fitness.Activity, syncedAt time.Time) ([]byte, error) {
	l := newLedger(owner, 0)
	l.take(activities, syncedAt.Unix())
	l.complete, l.syncedAt = true, syncedAt
	return encode(l)
}
