package azuretable

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/data/aztables"

	"domestique/fitness"
	"domestique/mirror"
)

// eventPartition holds the events that wait, each a row with its letter's id for a key, and their lease.
const eventPartition = "event"

// eventFormat is the version of eventEntity. A row of another one is left to the version that wrote it.
const eventFormat = 1

// Inbox is a mirror.Inbox in Azure Tables. It is safe for concurrent use by any number of processes.
type Inbox struct{ rows partition }

var _ mirror.Inbox = (*Inbox)(nil)

// NewInbox returns the inbox. It calls nobody yet: a store that is away does not keep a server from starting.
func NewInbox(cfg Config) (*Inbox, error) {
	table, err := cfg.client()
	if err != nil {
		return nil, fmt.Errorf("open the Azure table: %w", err)
	}
	return &Inbox{partition{table, eventPartition}}, nil
}

// eventEntity is a mirror.Letter.
type eventEntity struct {
	PartitionKey string
	RowKey       string
	Format       int32
	ReceivedAt   string
	Event        string // As JSON: a table's own integers and times lose digits.
}

// Put implements mirror.Inbox. A letter has one key, so that one whose answer got lost may be put again.
func (b *Inbox) Put(ctx context.Context, letter mirror.Letter) error {
	event, err := json.Marshal(letter.Event)
	if err != nil {
		return fmt.Errorf("write an event: %w", err)
	}
	encoded, err := json.Marshal(eventEntity{
		PartitionKey: eventPartition, RowKey: letter.ID, Format: eventFormat,
		ReceivedAt: formatTime(letter.ReceivedAt), Event: string(event),
	})
	if err == nil {
		err = checkEntity(encoded)
	}
	if err == nil {
		err = b.rows.add(ctx, encoded)
	}
	if err != nil {
		return fmt.Errorf("write an event: %w", err)
	}
	return nil
}

// List implements mirror.Inbox.
func (b *Inbox) List(ctx context.Context) ([]mirror.Letter, error) {
	filter := fmt.Sprintf("PartitionKey eq '%s' and RowKey ge '0' and RowKey lt 'a'", eventPartition)
	pages := b.rows.table.NewListEntitiesPager(&aztables.ListEntitiesOptions{Filter: &filter})
	var letters []mirror.Letter
	for pages.More() {
		page, err := b.rows.nextPage(ctx, pages.NextPage)
		if err = copyError(err, mirror.ErrNotFound); errors.Is(err, mirror.ErrNotFound) {
			return nil, nil // There is no table yet.
		}
		if err != nil {
			return nil, fmt.Errorf("read the events: %w", err)
		}
		for _, entity := range page.Entities {
			if letter, ok := decodeEvent(entity); ok {
				letters = append(letters, letter)
			}
		}
	}
	return letters, nil
}

func decodeEvent(data []byte) (mirror.Letter, bool) {
	var entity eventEntity
	if json.Unmarshal(data, &entity) != nil || entity.Format != eventFormat {
		return mirror.Letter{}, false
	}
	received, timeErr := time.Parse(time.RFC3339Nano, entity.ReceivedAt)
	var event fitness.Event
	if timeErr != nil || json.Unmarshal([]byte(entity.Event), &event) != nil {
		return mirror.Letter{}, false
	}
	return mirror.Letter{ID: entity.RowKey, ReceivedAt: received.UTC(), Event: event}, true
}

// Remove implements mirror.Inbox.
func (b *Inbox) Remove(ctx context.Context, ids ...string) error {
	for _, id := range ids {
		if err := b.rows.remove(ctx, id); err != nil {
			return fmt.Errorf("remove an event: %w", err)
		}
	}
	return nil
}

// Claim implements mirror.Inbox.
func (b *Inbox) Claim(ctx context.Context, next mirror.Lease, over string) (mirror.Lease, error) {
	return b.rows.claim(ctx, next, over)
}
