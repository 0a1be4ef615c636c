package fitness

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"sync"
)

// stravaSite is where people look at what the API describes.
const stravaSite = "https://www.strava.com"

// maxNodes is how many nodes can be asked for at once.
const maxNodes = 100

// Node is what can be found again by an id that is unique over all types.
type Node interface {
	ID() string
}

// nodeType is the part of a global id that tells the types apart.
type nodeType string

const (
	activityNode nodeType = "Activity"
	athleteNode  nodeType = "Athlete"
	gearNode     nodeType = "Gear"
	clubNode     nodeType = "Club"
	routeNode    nodeType = "Route"
	segmentNode  nodeType = "Segment"
	effortNode   nodeType = "SegmentEffort"
)

// id makes the opaque global id of a thing that has such an id at Strava.
func (t nodeType) id(stravaID string) string {
	return base64.RawURLEncoding.EncodeToString([]byte(string(t) + ":" + stravaID))
}

// optionalID is the global id of a thing that has a number at Strava, nil for 0.
func (t nodeType) optionalID(number int64) *string {
	if number == 0 {
		return nil
	}
	return new(t.id(strconv.FormatInt(number, 10)))
}

// parseNodeID reads what id made; ok is false for anything else.
func parseNodeID(id string) (typ nodeType, stravaID string, ok bool) {
	decoded, err := base64.RawURLEncoding.Strict().DecodeString(id)
	if err != nil {
		return "", "", false
	}
	word, stravaID, found := strings.Cut(string(decoded), ":")
	types := []nodeType{activityNode, athleteNode, gearNode, clubNode, routeNode, segmentNode, effortNode}
	return nodeType(word), stravaID, found && slices.Contains(types, nodeType(word))
}

// lookUp reads an id as people have it: the global one or Strava's own. What is neither, and the global id of another type,
// is a mistake that deserves to be told, and not to look like a thing that is gone.
func (t nodeType) lookUp(id string) (stravaID string, err error) {
	typ, stravaID, ok := parseNodeID(id)
	if !ok {
		typ, stravaID = t, id
	}
	switch {
	case typ != t:
		return "", badInput("id", t.otherType(typ))
	case !t.has(stravaID):
		return "", badInput("id", fmt.Sprintf("This is not the id of a thing of type %s: neither the global one nor Strava's.", t))
	default:
		return stravaID, nil
	}
}

// has reports whether the text has the form of Strava's ids of the type.
func (t nodeType) has(stravaID string) bool {
	if t == gearNode {
		return isGearID(stravaID)
	}
	return positive(stravaID) > 0
}

// otherType says that an id is one of another type than was asked for.
func (t nodeType) otherType(other nodeType) string {
	return fmt.Sprintf("This is the id of a thing of type %s, not %s.", other, t)
}

// lookUpNumber is lookUp for what has a number at Strava.
func (t nodeType) lookUpNumber(id string) (int64, error) {
	text, err := t.lookUp(id)
	return positive(text), err
}

// positive reads a number from 1 on, written as Strava writes it; it is 0 if the text is none.
func positive(text string) int64 {
	number, err := strconv.ParseInt(text, 10, 64)
	if err != nil || number < 0 || strconv.FormatInt(number, 10) != text {
		return 0
	}
	return number
}

// gearStravaID reads the id of a bike or shoes: the global one or Strava's own, such as b12345.
func gearStravaID(id string) string {
	if typ, stravaID, ok := parseNodeID(id); ok && typ == gearNode {
		return stravaID
	}
	return id
}

// Node finds anything again by its global id; nil if there is nothing of that id. It is a BAD_USER_INPUT to ask for what is
// not a global id.
func (s *Service) Node(ctx context.Context, id string) (Node, error) {
	typ, _, ok := parseNodeID(id)
	if !ok {
		return nil, badInput("id", "This is not a global id. Strava's own ids do not tell what they are of.")
	}
	if !typ.isShownTo(ViewerOf(ctx)) {
		return nil, nil
	}
	switch typ {
	case activityNode:
		return nodeOf(s.Activity(ctx, id))
	case athleteNode:
		return nodeOf(s.athleteByID(ctx, id))
	case gearNode:
		return nodeOf(s.GearByID(ctx, id))
	case clubNode:
		return nodeOf(s.ClubByID(ctx, id))
	case routeNode:
		return nodeOf(s.RouteByID(ctx, id))
	case segmentNode:
		return nodeOf(s.SegmentByID(ctx, id))
	default:
		return nodeOf(s.SegmentEffortByID(ctx, id))
	}
}

// isShownTo reports whether the viewer may see any node of the type. One that they may not is as unknown as an id of
// nothing.
func (t nodeType) isShownTo(viewer Viewer) bool {
	return viewer == Owner || t == activityNode || t == athleteNode
}

// nodeOf keeps a nil pointer from becoming a Node that is not nil.
func nodeOf[T any, P interface {
	*T
	Node
}](found P, err error) (Node, error) {
	if found == nil || err != nil {
		return nil, err
	}
	return found, nil
}

// athleteByID is the connected athlete, nil for the id of any other.
func (s *Service) athleteByID(ctx context.Context, id string) (*Athlete, error) {
	if _, err := athleteNode.lookUp(id); err != nil {
		return nil, err
	}
	athlete, err := s.Athlete(ctx)
	if err != nil || athlete.ID() != id {
		return nil, err
	}
	return athlete, nil
}

// FoundNode is what became of one of several ids.
type FoundNode struct {
	Node Node // nil if there is nothing of that id
	Err  error
}

// Nodes finds things by their global ids, at most 100, in their order. One that fails does not keep the others from being
// found, and one that is asked for twice costs nothing more.
func (s *Service) Nodes(ctx context.Context, ids []string) ([]FoundNode, error) {
	if len(ids) > maxNodes {
		return nil, badInput("ids", fmt.Sprintf("At most %d ids can be asked for at once; there are %d.", maxNodes, len(ids)))
	}
	found := make([]FoundNode, len(ids))
	var group sync.WaitGroup
	for i, id := range ids {
		group.Go(func() {
			node, err := s.Node(ctx, id)
			found[i] = FoundNode{Node: node, Err: movedTo("ids."+strconv.Itoa(i), err)}
		})
	}
	group.Wait()
	return found, nil
}

// movedTo gives the place of an argument to the error that says what is wrong with it.
func movedTo(argument string, err error) error {
	if problem, ok := errors.AsType[*Error](err); ok && problem.Code == CodeBadUserInput {
		return badInput(argument, problem.Message)
	}
	return err
}
