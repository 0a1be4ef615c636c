package stravatest

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"time"
)

// EventCounts tell what became of the events since the fake began. Events = Delivered + Lost + Waiting, and Tries =
// Delivered + Refused when nothing is on its way.
type EventCounts struct {
	// Events happened while there was a subscription; each copy counts.
	Events int
	// Tries are the requests to the callback, but for those that check it.
	Tries int
	// Delivered events were answered with 200 within two seconds.
	Delivered int
	// Refused tries were not.
	Refused int
	// Lost events were refused three times, dropped by an EventFault, too many, or left when the subscription ended.
	Lost int
	// Waiting events are still to be delivered.
	Waiting int
}

// EventCounts tells what became of the events so far.
func (s *Server) EventCounts() EventCounts {
	c := s.courier
	c.mu.Lock()
	defer c.mu.Unlock()
	counts := c.counts
	counts.Waiting = len(c.waiting)
	return counts
}

// EventFault is what happens to some events on their way to the callback. Real ones come twice, late, out of order and
// not at all.
type EventFault struct {
	// ObjectType and AspectType are those of the events that it meets ("activity", "create"). Zero: any.
	ObjectType, AspectType string
	// Times is how many events it meets. Zero: one; Always: all.
	Times int

	// Drop loses the event.
	Drop bool
	// Copies is how many more of the same are delivered.
	Copies int
	// Delay, by the wall clock, lets later events overtake it.
	Delay time.Duration
}

// eventHook is an EventFault that is in force.
type eventHook struct {
	EventFault
	left int
}

// EventFault puts a fault in force; remove ends it early. Of several that meet an event the oldest does.
func (s *Server) EventFault(f EventFault) (remove func()) {
	h := &eventHook{EventFault: f, left: f.Times}
	if h.left == 0 {
		h.left = 1
	}
	c := s.courier
	c.mu.Lock()
	defer c.mu.Unlock()
	c.faults = append(c.faults, h)
	return func() {
		c.mu.Lock()
		defer c.mu.Unlock()
		c.drop(h)
	}
}

func (c *courier) drop(h *eventHook) {
	c.faults = slices.DeleteFunc(c.faults, func(other *eventHook) bool { return other == h })
}

// nextFault finds the fault that meets an event. The caller holds the lock.
func (c *courier) nextFault(e wireEvent) EventFault {
	for _, h := range c.faults {
		if h.ObjectType != "" && h.ObjectType != e.ObjectType || h.AspectType != "" && h.AspectType != e.AspectType {
			continue
		}
		if h.left != Always {
			h.left--
		}
		if h.left == 0 {
			c.drop(h)
		}
		return h.EventFault
	}
	return EventFault{}
}

// HoldEvents keeps events back, second and third tries too, until release is called. What is on its way already arrives.
func (s *Server) HoldEvents() (release func()) {
	c := s.courier
	c.mu.Lock()
	defer c.mu.Unlock()
	c.held++
	if c.running {
		c.start()
	}
	return sync.OnceFunc(func() {
		c.mu.Lock()
		defer c.mu.Unlock()
		c.held--
		c.start()
	})
}

// ReverseEvents turns the order of the events round that are waiting, such as those that HoldEvents keeps back.
func (s *Server) ReverseEvents() {
	s.courier.mu.Lock()
	defer s.courier.mu.Unlock()
	slices.Reverse(s.courier.waiting)
}

// SignEvents gives each delivery from now on an X-Strava-Signature of the secret; "" ends that. Until it is called they
// have none, as Strava's documentation has it.
func (s *Server) SignEvents(secret string) {
	s.courier.mu.Lock()
	defer s.courier.mu.Unlock()
	s.courier.secret = secret
}

// AwaitEvents returns when no event is waiting: all are delivered or lost. It fails when ctx ends before, and waits as
// long as events are held.
func (s *Server) AwaitEvents(ctx context.Context) error {
	c := s.courier
	c.mu.Lock()
	waiting := len(c.waiting)
	if waiting > 0 && c.settled == nil {
		c.settled = make(chan struct{})
	}
	settled := c.settled
	c.mu.Unlock()
	if waiting == 0 {
		return nil
	}
	select {
	case <-settled:
		return nil
	case <-ctx.Done():
		return fmt.Errorf("stravatest: wait for %d events: %w", s.EventCounts().Waiting, ctx.Err())
	}
}

// Close ends the deliveries to a callback and waits for the one that is on its way. The API goes on; only events are no
// longer told. A Server that never had a push subscription need not be closed, nor one that Start made.
func (s *Server) Close() { s.courier.close() }
