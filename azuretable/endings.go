package azuretable

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/data/aztables"

	"domestique/mirror"
)

// sessionPartition holds the sessions in browsers that were ended, each a row with the session's id for a key.
const sessionPartition = "session"

// Endings is where replicas note which sessions in browsers were ended. It is safe for concurrent use by any number of
// processes.
type Endings struct {
	rows partition
	now  func() time.Time
}

// NewEndings returns it. It calls nobody yet: a store that is away does not keep a server from starting. A nil now is
// time.Now.
func NewEndings(cfg Config, now func() time.Time) (*Endings, error) {
	table, err := cfg.client()
	if err != nil {
		return nil, fmt.Errorf("open the Azure table: %w", err)
	}
	if now == nil {
		now = time.Now
	}
	return &Endings{partition{table, sessionPartition}, now}, nil
}

// endingEntity is a session that is over.
type endingEntity struct {
	PartitionKey string
	RowKey       string
	Until        string // It may be forgotten then.
}

// End notes that the session of that id is over, and forgets those that were over anyway before now.
func (s *Endings) End(ctx context.Context, id string, until time.Time) error {
	encoded, err := json.Marshal(endingEntity{PartitionKey: sessionPartition, RowKey: id, Until: formatTime(until)})
	if err == nil {
		err = checkEntity(encoded)
	}
	if err == nil {
		err = s.rows.add(ctx, encoded)
	}
	if err != nil {
		return fmt.Errorf("write that a session was ended: %w", err)
	}
	_, old, err := s.list(ctx)
	for _, id := range old {
		err = errors.Join(err, s.rows.remove(ctx, id))
	}
	if err != nil {
		return fmt.Errorf("forget the sessions that were ended long ago: %w", err)
	}
	return nil
}

// Ended returns the ids of the sessions that are over.
func (s *Endings) Ended(ctx context.Context) ([]string, error) {
	ids, _, err := s.list(ctx)
	return ids, err
}

// list returns the ids that are to be remembered, and those that may be forgotten.
func (s *Endings) list(ctx context.Context) (ids, old []string, err error) {
	filter := fmt.Sprintf("PartitionKey eq '%s'", sessionPartition)
	pages := s.rows.table.NewListEntitiesPager(&aztables.ListEntitiesOptions{Filter: &filter})
	for pages.More() {
		page, err := s.rows.nextPage(ctx, pages.NextPage)
		if err = copyError(err, mirror.ErrNotFound); errors.Is(err, mirror.ErrNotFound) {
			return nil, nil, nil // There is no table yet.
		}
		if err != nil {
			return nil, nil, fmt.Errorf("read which sessions were ended: %w", err)
		}
		for _, entity := range page.Entities {
			var row endingEntity
			if err := json.Unmarshal(entity, &row); err != nil {
				continue // Another version's, which knows what it means.
			}
			if until, err := time.Parse(time.RFC3339Nano, row.Until); err == nil && s.now().After(until) {
				old = append(old, row.RowKey)
			} else {
				ids = append(ids, row.RowKey)
			}
		}
	}
	return ids, old, nil
}
