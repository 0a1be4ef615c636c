package model

import "domestique/fitness"

// NewActivityConnection gives a page the form of a Relay connection.
func NewActivityConnection(page *fitness.ActivityPage) *ActivityConnection {
	edges := make([]*ActivityEdge, len(page.Activities))
	for i, activity := range page.Activities {
		edges[i] = &ActivityEdge{Cursor: page.Cursors[i], Node: activity}
	}
	info := newPageInfo(page.Cursors, page.HasNext, page.HasPrevious)
	return &ActivityConnection{Edges: edges, Nodes: page.Activities, PageInfo: info, TotalCount: page.TotalCount}
}

// NewRouteConnection gives a page the form of a Relay connection.
func NewRouteConnection(page *fitness.ListPage[*fitness.Route]) *RouteConnection {
	edges := edgesOf(page, func(cursor string, route *fitness.Route) *RouteEdge {
		return &RouteEdge{Cursor: cursor, Node: route}
	})
	return &RouteConnection{Edges: edges, Nodes: page.Nodes, PageInfo: pageInfoOf(page)}
}

// NewSegmentConnection gives a page the form of a Relay connection.
func NewSegmentConnection(page *fitness.ListPage[*fitness.Segment]) *SegmentConnection {
	edges := edgesOf(page, func(cursor string, segment *fitness.Segment) *SegmentEdge {
		return &SegmentEdge{Cursor: cursor, Node: segment}
	})
	return &SegmentConnection{Edges: edges, Nodes: page.Nodes, PageInfo: pageInfoOf(page)}
}

// NewCommentConnection gives a page the form of a Relay connection.
func NewCommentConnection(page *fitness.ListPage[*fitness.Comment]) *CommentConnection {
	edges := edgesOf(page, func(cursor string, comment *fitness.Comment) *CommentEdge {
		return &CommentEdge{Cursor: cursor, Node: comment}
	})
	return &CommentConnection{Edges: edges, Nodes: page.Nodes, PageInfo: pageInfoOf(page)}
}

// NewKudoConnection gives a page the form of a Relay connection.
func NewKudoConnection(page *fitness.ListPage[*fitness.Kudo]) *KudoConnection {
	edges := edgesOf(page, func(cursor string, kudo *fitness.Kudo) *KudoEdge {
		return &KudoEdge{Cursor: cursor, Node: kudo}
	})
	return &KudoConnection{Edges: edges, Nodes: page.Nodes, PageInfo: pageInfoOf(page)}
}

func edgesOf[T, E any](page *fitness.ListPage[T], edge func(cursor string, node T) E) []E {
	edges := make([]E, len(page.Nodes))
	for i, node := range page.Nodes {
		edges[i] = edge(page.Cursors[i], node)
	}
	return edges
}

func pageInfoOf[T any](page *fitness.ListPage[T]) *PageInfo {
	return newPageInfo(page.Cursors, page.HasNext, page.HasPrevious)
}

func newPageInfo(cursors []string, hasNext, hasPrevious bool) *PageInfo {
	info := &PageInfo{HasNextPage: hasNext, HasPreviousPage: hasPrevious}
	if len(cursors) > 0 {
		info.StartCursor, info.EndCursor = &cursors[0], &cursors[len(cursors)-1]
	}
	return info
}
