package azuretable

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/data/aztables"

	"domestique/mirror"
)

// Keys of what holds the copy of the activities. A chunk's key is chunkPrefix, the number of the write, its id and the
// chunk's number.
const (
	copyPartition = "mirror"
	copyRow       = "copy"
	chunkPrefix   = "chunk-"
)

// copyFormat is the version of how a copy is cut into chunks. What another version has cut is left alone.
const copyFormat = 1

const (
	// chunkProperty is what a binary property holds at the most. An entity may have 1 MiB, which the emulator measures in
	// base64: that leaves room for chunkProperties of them.
	chunkProperty   = 64 << 10
	chunkProperties = 11
	chunkSize       = chunkProperty * chunkProperties

	// mostChunks stops a pointer that lies: a copy of 100,000 activities has about 100.
	mostChunks = 2000

	// chunkDeadline is for a megabyte over a slow line.
	chunkDeadline = 20 * time.Second

	// loadTries is how often a read begins anew because the copy was replaced twice under it.
	loadTries = 3
)

// Copies is a mirror.Store in Azure Tables. A copy is cut into chunks, each an entity; the one row that points to them is
// swung by ETag, so a reader sees the old copy or the new one, whole. The chunks of the copy before stay until the next
// write, for whoever reads them still. It is safe for concurrent use by any number of processes.
type Copies struct{ rows partition }

var _ mirror.Store = (*Copies)(nil)

// NewCopies returns the store. It calls nobody yet: a store that is away does not keep a server from starting.
func NewCopies(cfg Config) (*Copies, error) {
	table, err := cfg.client()
	if err != nil {
		return nil, fmt.Errorf("open the Azure table: %w", err)
	}
	return &Copies{partition{table, copyPartition}}, nil
}

// pointer is the row that says which chunks are the copy.
type pointer struct {
	PartitionKey string
	RowKey       string
	Format       int32
	// Number counts the writes. Chunks of a lower one than the stored, and of the same by another writer, will never be
	// pointed to any more: their writer's ETag is stale.
	Number   int32
	WriteID  string
	Previous string // the write id before
	Chunks   int32
	Size     int32 // bytes
}

func (p pointer) chunkKey(chunk int) string {
	return fmt.Sprintf("%s%010d-%s-%05d", chunkPrefix, p.Number, p.WriteID, chunk)
}

// Load implements mirror.Store.
func (c *Copies) Load(ctx context.Context, known mirror.Revision) ([]byte, mirror.Revision, error) {
	for range loadTries {
		at, revision, err := c.readPointer(ctx)
		switch {
		case revision != "" && revision == known:
			return nil, revision, mirror.ErrUnchanged
		case err != nil:
			return nil, revision, fmt.Errorf("read the copy: %w", err)
		}
		data, err := c.readChunks(ctx, at)
		if err == nil {
			return data, revision, nil
		}
		if !errors.Is(err, mirror.ErrCorrupt) {
			return nil, "", fmt.Errorf("read the copy: %w", err)
		}
		if _, now, readErr := c.readPointer(ctx); readErr == nil && now == revision {
			return nil, revision, fmt.Errorf("read the copy: %w", err)
		}
	}
	return nil, "", errors.New("read the copy: it was replaced again and again")
}

// readPointer returns the revision, too, of one that can't be read.
func (c *Copies) readPointer(ctx context.Context) (pointer, mirror.Revision, error) {
	ctx, cancel := context.WithTimeout(ctx, readDeadline)
	defer cancel()
	answer, err := c.rows.table.GetEntity(ctx, copyPartition, copyRow, nil)
	if err != nil {
		return pointer{}, "", copyError(err, mirror.ErrNotFound)
	}
	var at pointer
	if err := json.Unmarshal(answer.Value, &at); err != nil || at.Format != copyFormat || at.WriteID == "" || at.Size < 0 ||
		at.Chunks < 0 || at.Chunks > mostChunks || chunksFor(int(at.Size)) != int(at.Chunks) {
		return pointer{}, mirror.Revision(answer.ETag), fmt.Errorf("%w: its first row is malformed", mirror.ErrCorrupt)
	}
	return at, mirror.Revision(answer.ETag), nil
}

func chunksFor(size int) int { return (size + chunkSize - 1) / chunkSize }

func (c *Copies) readChunks(ctx context.Context, at pointer) ([]byte, error) {
	data := make([]byte, 0, at.Size)
	for chunk := range int(at.Chunks) {
		part, err := c.readChunk(ctx, at.chunkKey(chunk))
		if err != nil {
			return nil, err
		}
		data = append(data, part...)
	}
	if len(data) != int(at.Size) {
		return nil, fmt.Errorf("%w: it has %d bytes and not %d", mirror.ErrCorrupt, len(data), at.Size)
	}
	return data, nil
}

func (c *Copies) readChunk(ctx context.Context, key string) ([]byte, error) {
	ctx, cancel := context.WithTimeout(ctx, 2*chunkDeadline)
	defer cancel()
	answer, err := c.rows.table.GetEntity(withLongTries(ctx), copyPartition, key, nil)
	if err != nil {
		return nil, copyError(err, fmt.Errorf("%w: a part is missing", mirror.ErrCorrupt))
	}
	var entity aztables.EDMEntity
	if err := json.Unmarshal(answer.Value, &entity); err != nil {
		return nil, fmt.Errorf("%w: a part is malformed", mirror.ErrCorrupt)
	}
	var data []byte
	for property := range chunkProperties {
		part, _ := entity.Properties[propertyName(property)].(aztables.EDMBinary)
		data = append(data, part...)
	}
	return data, nil
}

// propertyName is that of a part of a chunk.
func propertyName(number int) string { return "Part" + strconv.Itoa(number) }

// Save implements mirror.Store.
func (c *Copies) Save(ctx context.Context, data []byte, at mirror.Revision) (mirror.Revision, error) {
	next, err := c.following(ctx, at)
	if err != nil {
		return "", fmt.Errorf("write the copy: %w", err)
	}
	next.Chunks, next.Size = int32(chunksFor(len(data))), int32(len(data))
	if err := c.writeChunks(ctx, next, data); err != nil {
		c.removeChunks(ctx, next)
		return "", fmt.Errorf("write the copy: %w", err)
	}
	revision, err := c.rows.put(ctx, next, at)
	if errors.Is(err, mirror.ErrConflict) {
		// Nobody points to them, unless this very write was done and its answer got lost; then the pointer says so.
		if there, _, readErr := c.readPointer(ctx); readErr != nil || there.WriteID != next.WriteID {
			c.removeChunks(ctx, next)
		}
	}
	if err != nil {
		return "", fmt.Errorf("write the copy: %w", err)
	}
	c.sweep(ctx, next)
	return revision, nil
}

// following is the pointer that would replace the one at that revision.
func (c *Copies) following(ctx context.Context, at mirror.Revision) (pointer, error) {
	there, revision, err := c.readPointer(ctx)
	switch {
	case err != nil && !errors.Is(err, mirror.ErrNotFound) && !errors.Is(err, mirror.ErrCorrupt):
		return pointer{}, err
	case revision != at:
		return pointer{}, mirror.ErrConflict
	}
	return pointer{
		PartitionKey: copyPartition, RowKey: copyRow, Format: copyFormat,
		Number: there.Number + 1, WriteID: rand.Text(), Previous: there.WriteID,
	}, nil
}

func (c *Copies) writeChunks(ctx context.Context, next pointer, data []byte) error {
	for chunk := range int(next.Chunks) {
		part := data[chunk*chunkSize : min((chunk+1)*chunkSize, len(data))]
		entity := aztables.EDMEntity{
			Entity:     aztables.Entity{PartitionKey: copyPartition, RowKey: next.chunkKey(chunk)},
			Properties: map[string]any{},
		}
		for property := 0; len(part) > 0; property++ {
			size := min(len(part), chunkProperty)
			entity.Properties[propertyName(property)] = aztables.EDMBinary(part[:size])
			part = part[size:]
		}
		encoded, err := json.Marshal(entity)
		if err != nil {
			return err
		}
		if err := c.rows.add(ctx, encoded); err != nil {
			return err
		}
	}
	return nil
}

// sweep removes the chunks that nobody will point to any more, but for those of the copy before. What it misses, the next
// one finds.
func (c *Copies) sweep(ctx context.Context, current pointer) {
	after := fmt.Sprintf("%s%010d", chunkPrefix, current.Number+1)
	_ = c.eachChunk(ctx, after, func(key string) error {
		if strings.Contains(key, "-"+current.WriteID+"-") ||
			current.Previous != "" && strings.Contains(key, "-"+current.Previous+"-") {
			return nil
		}
		return c.rows.remove(ctx, key)
	})
}

// removeChunks takes back a write that came to nothing, as well as it can.
func (c *Copies) removeChunks(ctx context.Context, unused pointer) {
	for chunk := range int(unused.Chunks) {
		_ = c.rows.remove(ctx, unused.chunkKey(chunk))
	}
}

// eachChunk calls do for each chunk whose key comes before that one.
func (c *Copies) eachChunk(ctx context.Context, before string, do func(key string) error) error {
	filter := fmt.Sprintf("PartitionKey eq '%s' and RowKey ge '%s' and RowKey lt '%s'", copyPartition, chunkPrefix, before)
	fields := "PartitionKey,RowKey"
	pages := c.rows.table.NewListEntitiesPager(&aztables.ListEntitiesOptions{Filter: &filter, Select: &fields})
	for pages.More() {
		page, err := c.rows.nextPage(ctx, pages.NextPage)
		if err != nil {
			return copyError(err, mirror.ErrNotFound)
		}
		for _, entity := range page.Entities {
			var chunk aztables.Entity
			if err := json.Unmarshal(entity, &chunk); err != nil {
				return fmt.Errorf("%w: a part is malformed", mirror.ErrCorrupt)
			}
			if err := do(chunk.RowKey); err != nil {
				return err
			}
		}
	}
	return nil
}

// Erase implements mirror.Store. The pointer goes first: what is left after a failure is no copy any more, but still the
// athlete's data, so a failure is one.
func (c *Copies) Erase(ctx context.Context) error {
	if err := c.rows.remove(ctx, copyRow); err != nil {
		return fmt.Errorf("erase the copy: %w", err)
	}
	err := c.eachChunk(ctx, chunkPrefix+"~", func(key string) error { return c.rows.remove(ctx, key) })
	if err != nil && !errors.Is(err, mirror.ErrNotFound) {
		return fmt.Errorf("erase the copy: %w", err)
	}
	return nil
}

// Claim implements mirror.Store.
func (c *Copies) Claim(ctx context.Context, next mirror.Lease, over string) (mirror.Lease, error) {
	return c.rows.claim(ctx, next, over)
}
