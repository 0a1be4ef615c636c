// Package graph is the public schema and how each of its fields is answered. The types are the domain's; a resolver asks
// [fitness.Service] and adds nothing of its own. What an error looks like from outside is decided in presenter.go, and
// what a query may cost in complexity.go.
package graph

import "domestique/fitness"

// Resolver answers the root fields and those that need a call of their own. It does not change, so that fields can be
// resolved concurrently.
type Resolver struct {
	service *fitness.Service
}
