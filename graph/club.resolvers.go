package graph

import (
	"context"

	"domestique/fitness"
	"domestique/graph/generated"
)

// Description is the resolver for the description field.
func (r *clubResolver) Description(ctx context.Context, obj *fitness.Club) (*string, error) {
	details, err := r.service.ClubDetails(ctx, obj)
	if details == nil || err != nil {
		return nil, err
	}
	return details.Description, nil
}

// Kind is the resolver for the kind field.
func (r *clubResolver) Kind(ctx context.Context, obj *fitness.Club) (*string, error) {
	details, err := r.service.ClubDetails(ctx, obj)
	if details == nil || err != nil {
		return nil, err
	}
	return details.Kind, nil
}

// Membership is the resolver for the membership field.
func (r *clubResolver) Membership(ctx context.Context, obj *fitness.Club) (*fitness.ClubMembership, error) {
	details, err := r.service.ClubDetails(ctx, obj)
	if details == nil || err != nil {
		return nil, err
	}
	return details.Membership, nil
}

// IsAdmin is the resolver for the isAdmin field.
func (r *clubResolver) IsAdmin(ctx context.Context, obj *fitness.Club) (*bool, error) {
	details, err := r.service.ClubDetails(ctx, obj)
	if details == nil || err != nil {
		return nil, err
	}
	return &details.IsAdmin, nil
}

// IsOwner is the resolver for the isOwner field.
func (r *clubResolver) IsOwner(ctx context.Context, obj *fitness.Club) (*bool, error) {
	details, err := r.service.ClubDetails(ctx, obj)
	if details == nil || err != nil {
		return nil, err
	}
	return &details.IsOwner, nil
}

// FollowingCount is the resolver for the followingCount field.
func (r *clubResolver) FollowingCount(ctx context.Context, obj *fitness.Club) (*int, error) {
	details, err := r.service.ClubDetails(ctx, obj)
	if details == nil || err != nil {
		return nil, err
	}
	return &details.FollowingCount, nil
}

// Website is the resolver for the website field.
func (r *clubResolver) Website(ctx context.Context, obj *fitness.Club) (*string, error) {
	details, err := r.service.ClubDetails(ctx, obj)
	if details == nil || err != nil {
		return nil, err
	}
	return details.Website, nil
}

// Club returns generated.ClubResolver implementation.
func (r *Resolver) Club() generated.ClubResolver { return &clubResolver{r} }

type clubResolver struct{ *Resolver }
