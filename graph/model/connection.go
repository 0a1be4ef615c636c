package model

import "domestique/fitness"

// NewActivityConnection gives a page the form of a Relay connection.
func NewActivityConnection(page *fitness.ActivityPage) *ActivityConnection {
	edges := make([]*ActivityEdge, len(page.Activities))
	for i, activity := range page.Activities {
		edges[i] = &ActivityEdge{Cursor: page.Cursors[i], Node: activity}
	}
	info := &PageInfo{HasNextPage: page.HasNext, HasPreviousPage: page.HasPrevious}
	if len(edges) > 0 {
		info.StartCursor, info.EndCursor = &edges[0].Cursor, &edges[len(edges)-1].Cursor
	}
	return &ActivityConnection{Edges: edges, Nodes: page.Activities, PageInfo: info, TotalCount: page.TotalCount}
}
