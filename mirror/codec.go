package mirror

import (
	"encoding/binary"
	"errors"
	"fmt"

	"github.com/klauspost/compress/zstd"

	"domestique/fitness"
)

// format is the version of what is stored. A change of fieldsOf or of its kin needs a new one; what has another format
// is not read, but read anew from Strava.
const format = 1

// magic begins every stored copy: four letters, then the format in two bytes, then a zstd frame with a checksum.
const magic = "DMQM"

const headerSize = len(magic) + 2

// mostDecoded stops a small lie from becoming a large allocation: three times what 100,000 activities take.
const mostDecoded = 512 << 20

// errNewer says that a later version has stored the copy.
var errNewer = errors.New("a later version of Domestique has stored the copy")

// encode is the ledger as it is stored.
func encode(l *ledger) ([]byte, error) {
	e := &encoder{words: map[string]uint64{}, data: make([]byte, 0, 700*len(l.rows)+1<<10)}
	fieldsOfLedger(e, l)
	rows := make([]row, len(l.sorted))
	for i, activity := range l.sorted {
		rows[i] = l.rows[activity.StravaID]
	}
	rowsOf(e, &rows)

	compressor, err := zstd.NewWriter(nil, zstd.WithEncoderConcurrency(1), zstd.WithLowerEncoderMem(true))
	if err != nil {
		return nil, fmt.Errorf("compress the copy: %w", err)
	}
	header := binary.BigEndian.AppendUint16([]byte(magic), format)
	return compressor.EncodeAll(e.data, header), nil
}

// decode reads what encode wrote. It fails with ErrCorrupt for anything else, and with errNewer for a later format.
func decode(data []byte) (*ledger, error) {
	if len(data) < headerSize || string(data[:len(magic)]) != magic {
		return nil, fmt.Errorf("%w: it does not begin like one", ErrCorrupt)
	}
	switch stored := binary.BigEndian.Uint16(data[len(magic):]); {
	case stored > format:
		return nil, fmt.Errorf("%w: format %d, this version reads %d", errNewer, stored, format)
	case stored < format:
		return nil, fmt.Errorf("%w: format %d, this version reads %d", ErrCorrupt, stored, format)
	}
	decompressor, err := zstd.NewReader(nil, zstd.WithDecoderConcurrency(1), zstd.WithDecoderLowmem(true),
		zstd.WithDecoderMaxMemory(mostDecoded))
	if err != nil {
		return nil, fmt.Errorf("decompress the copy: %w", err)
	}
	defer decompressor.Close()
	plain, err := decompressor.DecodeAll(data[headerSize:], nil)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrCorrupt, err)
	}
	d := &decoder{data: string(plain)}
	l := newLedger(0, 0)
	fieldsOfLedger(d, l)
	var rows []row
	rowsOf(d, &rows)
	if d.failed || d.data != "" {
		return nil, fmt.Errorf("%w: its fields are not in order", ErrCorrupt)
	}
	return l, l.adopt(rows)
}

// detached is a row in memory of its own. What decode makes lies in one piece, which any part that is kept keeps as a whole.
func detached(r row) row {
	e, d := &encoder{words: map[string]uint64{}}, &decoder{}
	rows := []row{r}
	rowsOf(e, &rows)
	d.data = string(e.data)
	var own []row
	if rowsOf(d, &own); d.failed {
		return r
	}
	return own[0]
}

// adopt puts decoded rows in place, and fails for what no ledger holds.
func (l *ledger) adopt(rows []row) error {
	l.sorted = make([]*fitness.Activity, len(rows))
	for i, r := range rows {
		l.rows[r.activity.StravaID] = r
		l.sorted[i] = r.activity
		if i > 0 && newestFirst(l.sorted[i-1], r.activity) >= 0 {
			return fmt.Errorf("%w: its activities are not in order", ErrCorrupt)
		}
	}
	if l.owner <= 0 || len(l.rows) != len(rows) || l.walk != nil && l.walk.page < 1 {
		return fmt.Errorf("%w: it contradicts itself", ErrCorrupt)
	}
	return nil
}
