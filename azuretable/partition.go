package azuretable

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/data/aztables"

	"domestique/mirror"
	"domestique/tokens"
)

// leaseRow is the key of a partition's lease.
const leaseRow = "lease"

// partition are the rows of one store of the mirror's, among them its lease.
type partition struct {
	table *aztables.Client
	key   string
}

// add inserts an entity that nobody else can have written, and makes the table where that is missing. It may be repeated:
// its key is this write's own.
func (p partition) add(ctx context.Context, entity []byte) error {
	ctx, cancel := context.WithTimeout(ctx, chunkDeadline)
	defer cancel()
	_, err := p.table.UpsertEntity(withLongTries(ctx), entity, &aztables.UpsertEntityOptions{UpdateMode: aztables.UpdateModeReplace})
	if hasCode(err, aztables.TableNotFound) {
		if err := p.createTable(ctx); err != nil {
			return err
		}
		_, err = p.table.UpsertEntity(withLongTries(ctx), entity, &aztables.UpsertEntityOptions{UpdateMode: aztables.UpdateModeReplace})
	}
	if err != nil {
		return copyError(err, mirror.ErrNotFound)
	}
	return nil
}

func (p partition) createTable(ctx context.Context) error {
	if _, err := p.table.CreateTable(ctx, nil); err != nil && !hasCode(err, aztables.TableAlreadyExists) {
		return copyError(err, mirror.ErrNotFound)
	}
	return nil
}

// put inserts or replaces a row, once, over the revision that was read.
func (p partition) put(ctx context.Context, row any, at mirror.Revision) (mirror.Revision, error) {
	encoded, err := json.Marshal(row)
	if err == nil {
		err = checkEntity(encoded)
	}
	if err != nil {
		return "", err
	}
	ctx, cancel := context.WithTimeout(withoutRetries(ctx), writeDeadline)
	defer cancel()
	if at == "" {
		answer, err := p.table.AddEntity(ctx, encoded, nil)
		if hasCode(err, aztables.TableNotFound) {
			if err := p.createTable(ctx); err != nil {
				return "", err
			}
			answer, err = p.table.AddEntity(ctx, encoded, nil)
		}
		if err != nil {
			return "", copyError(err, mirror.ErrConflict)
		}
		return mirror.Revision(answer.ETag), nil
	}
	if !isETag(tokens.Revision(at)) {
		return "", mirror.ErrConflict
	}
	answer, err := p.table.UpdateEntity(ctx, encoded, &aztables.UpdateEntityOptions{
		IfMatch: etag(tokens.Revision(at)), UpdateMode: aztables.UpdateModeReplace,
	})
	if err != nil {
		return "", copyError(err, mirror.ErrConflict)
	}
	return mirror.Revision(answer.ETag), nil
}

func (p partition) nextPage(
	ctx context.Context, next func(context.Context) (aztables.ListEntitiesResponse, error),
) (aztables.ListEntitiesResponse, error) {
	ctx, cancel := context.WithTimeout(ctx, readDeadline)
	defer cancel()
	return next(ctx)
}

// remove deletes a row, whatever it holds. It is no error if there is none.
func (p partition) remove(ctx context.Context, key string) error {
	ctx, cancel := context.WithTimeout(ctx, writeDeadline)
	defer cancel()
	_, err := p.table.DeleteEntity(ctx, p.key, key, nil)
	if err == nil {
		return nil
	}
	if err := copyError(err, mirror.ErrNotFound); !errors.Is(err, mirror.ErrNotFound) {
		return err
	}
	return nil
}

// leaseEntity is a mirror.Lease.
type leaseEntity struct {
	PartitionKey string
	RowKey       string
	ID           string
	TTL          string // As time.Duration writes it.
}

// claim is the Claim of a store. A claim whose answer got lost, or that met another's, is looked up.
func (p partition) claim(ctx context.Context, next mirror.Lease, over string) (mirror.Lease, error) {
	current, revision, err := p.readLease(ctx)
	if err != nil || current.ID != over {
		return current, err
	}
	row := leaseEntity{PartitionKey: p.key, RowKey: leaseRow, ID: next.ID, TTL: next.TTL.String()}
	_, err = p.put(ctx, row, revision)
	if err == nil {
		return next, nil
	}
	there, _, readErr := p.readLease(ctx)
	if readErr != nil || there.ID == over {
		return mirror.Lease{}, fmt.Errorf("write the lease: %w", err)
	}
	return there, nil
}

// readLease returns the zero lease and "" if there is no row.
func (p partition) readLease(ctx context.Context) (mirror.Lease, mirror.Revision, error) {
	ctx, cancel := context.WithTimeout(ctx, readDeadline)
	defer cancel()
	answer, err := p.table.GetEntity(ctx, p.key, leaseRow, nil)
	if err != nil {
		if err = copyError(err, mirror.ErrNotFound); errors.Is(err, mirror.ErrNotFound) {
			return mirror.Lease{}, "", nil
		}
		return mirror.Lease{}, "", fmt.Errorf("read the lease: %w", err)
	}
	var row leaseEntity
	if err := json.Unmarshal(answer.Value, &row); err != nil {
		return mirror.Lease{}, mirror.Revision(answer.ETag), nil // It keeps nothing but calls to Strava apart.
	}
	ttl, _ := time.ParseDuration(row.TTL)
	return mirror.Lease{ID: row.ID, TTL: ttl}, mirror.Revision(answer.ETag), nil
}

// copyError is storeError in the mirror's words.
func copyError(err, absent error) error {
	if err == nil {
		return nil
	}
	err = storeError(err, absent)
	if errors.Is(err, tokens.ErrConflict) {
		return fmt.Errorf("%w: %w", mirror.ErrConflict, err)
	}
	return err
}
