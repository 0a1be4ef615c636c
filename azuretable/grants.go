// Package azuretable keeps the gateway's stores in Azure Tables, so that several replicas share them. It is the only
// package that knows the Azure SDK.
//
// An entity is written whole, over the ETag that was read: one atomic write with one answer. The SDK's own retries are
// off for writes: one whose answer got lost would come back from its retry as a conflict with itself. Whoever writes
// reads after an error, and knows its own write by its id.
//
// The table of the gateway's predecessor can be read, and is never written: see [ReadSeed].
package azuretable

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
	"github.com/Azure/azure-sdk-for-go/sdk/data/aztables"

	"domestique/tokens"
)

// Keys of the one entity that holds the grant.
const (
	grantPartition = "grant"
	grantRow       = "athlete"
)

// Grants is a tokens.Store in Azure Tables. It is safe for concurrent use by any number of processes.
type Grants struct {
	table *aztables.Client
}

var _ tokens.Store = (*Grants)(nil)

// NewGrants returns the store. It calls nobody yet: a store that is away does not keep a server from starting.
func NewGrants(cfg Config) (*Grants, error) {
	table, err := cfg.client()
	if err != nil {
		return nil, fmt.Errorf("open the Azure table: %w", err)
	}
	return &Grants{table: table}, nil
}

// Load implements tokens.Store. A table that is missing holds no grant.
func (g *Grants) Load(ctx context.Context) (tokens.Row, tokens.Revision, error) {
	ctx, cancel := context.WithTimeout(ctx, readDeadline)
	defer cancel()
	answer, err := g.table.GetEntity(ctx, grantPartition, grantRow, nil)
	if err != nil {
		return tokens.Row{}, "", fmt.Errorf("read the grant: %w", storeError(err, tokens.ErrNotFound))
	}
	row, err := decodeGrant(answer.Value)
	if err != nil {
		return tokens.Row{}, "", fmt.Errorf("read the grant: %w", err)
	}
	return row, tokens.Revision(answer.ETag), nil
}

// Save implements tokens.Store. It does not look at what it would replace: an entity that can't be read has a revision that
// nobody was given, so it stays as it is.
func (g *Grants) Save(ctx context.Context, row tokens.Row, revision tokens.Revision) (tokens.Revision, error) {
	entity, err := encodeGrant(row)
	if err != nil {
		return "", fmt.Errorf("write the grant: %w", err)
	}
	next, err := g.write(ctx, entity, revision)
	if err != nil {
		return "", fmt.Errorf("write the grant: %w", storeError(err, tokens.ErrConflict))
	}
	return next, nil
}

// Erase implements tokens.Store.
func (g *Grants) Erase(ctx context.Context, revision tokens.Revision) error {
	if !isETag(revision) {
		return fmt.Errorf("erase the grant: %w", tokens.ErrConflict)
	}
	ctx, cancel := context.WithTimeout(withoutRetries(ctx), writeDeadline)
	defer cancel()
	_, err := g.table.DeleteEntity(ctx, grantPartition, grantRow, &aztables.DeleteEntityOptions{IfMatch: etag(revision)})
	if err != nil {
		return fmt.Errorf("erase the grant: %w", storeError(err, tokens.ErrConflict))
	}
	return nil
}

// write inserts or replaces the entity, once.
func (g *Grants) write(ctx context.Context, entity []byte, revision tokens.Revision) (tokens.Revision, error) {
	ctx, cancel := context.WithTimeout(withoutRetries(ctx), writeDeadline)
	defer cancel()
	switch {
	case revision == "":
		return g.insert(ctx, entity)
	case !isETag(revision):
		return "", tokens.ErrConflict
	}
	answer, err := g.table.UpdateEntity(ctx, entity, &aztables.UpdateEntityOptions{
		IfMatch:    etag(revision),
		UpdateMode: aztables.UpdateModeReplace,
	})
	return tokens.Revision(answer.ETag), err
}

// insert makes the table too where that is missing: the first grant is what there is to make one for.
func (g *Grants) insert(ctx context.Context, entity []byte) (tokens.Revision, error) {
	answer, err := g.table.AddEntity(ctx, entity, nil)
	if hasCode(err, aztables.TableNotFound) {
		if _, err := g.table.CreateTable(ctx, nil); err != nil && !hasCode(err, aztables.TableAlreadyExists) {
			return "", err
		}
		answer, err = g.table.AddEntity(ctx, entity, nil)
	}
	return tokens.Revision(answer.ETag), err
}

// isETag keeps what cannot be a revision of this store away from Azure, which calls it malformed input and not a conflict.
func isETag(revision tokens.Revision) bool {
	return strings.HasPrefix(string(revision), `W/"`) && strings.HasSuffix(string(revision), `"`)
}

func etag(revision tokens.Revision) *azcore.ETag {
	tag := azcore.ETag(revision)
	return &tag
}

// withoutRetries switches the SDK's retries off: whoever writes here reads before it writes again.
func withoutRetries(ctx context.Context) context.Context {
	return policy.WithRetryOptions(ctx, policy.RetryOptions{MaxRetries: -1, TryTimeout: tryTimeout})
}

// decodeGrant fails with tokens.ErrCorrupt for what is not a grant of a known format.
func decodeGrant(data []byte) (tokens.Row, error) {
	var entity grantEntity
	if err := json.Unmarshal(data, &entity); err != nil {
		return tokens.Row{}, fmt.Errorf("%w: not a grant", tokens.ErrCorrupt)
	}
	return entity.row()
}

// encodeGrant fails for a row that Azure would not take.
func encodeGrant(row tokens.Row) ([]byte, error) {
	entity, err := json.Marshal(newGrantEntity(row)) //nolint:gosec // Its secrets are sealed.
	if err != nil {
		return nil, err
	}
	return entity, checkEntity(entity)
}
