package fitness

import "slices"

// foremost keeps those of many activities that come first in an order, or last, at most so many. It takes time for each
// of them, and memory for those alone that it keeps: nobody reads a page from the middle of a list without a cursor.
type foremost struct {
	order   ActivityOrder
	fromEnd bool
	most    int

	added int
	kept  []placed // twice as many as may be kept, at most, of which the first most are in order once there were so many
	worst place    // of those that may be kept, once there were so many
}

// add takes in one more.
func (f *foremost) add(at *place, activity *Activity) {
	f.added++
	if f.added > f.most && (f.most == 0 || f.compare(at, &f.worst) > 0) {
		return
	}
	f.kept = append(f.kept, placed{place: *at, activity: activity})
	if len(f.kept) == 2*f.most || f.added == f.most {
		f.settle()
	}
}

// settle drops what is not among the foremost by now.
func (f *foremost) settle() {
	slices.SortFunc(f.kept, func(a, b placed) int { return f.compare(&a.place, &b.place) })
	f.kept = f.kept[:min(len(f.kept), f.most)]
	if len(f.kept) > 0 {
		f.worst = f.kept[len(f.kept)-1].place
	}
}

// compare is negative for a before b, as seen from the end at which it begins.
func (f *foremost) compare(a, b *place) int {
	if f.fromEnd {
		a, b = b, a
	}
	return f.order.compare(a, b)
}

// refused reports whether there were more than may be kept.
func (f *foremost) refused() bool { return f.added > f.most }

// sorted are those that are kept, in the order.
func (f *foremost) sorted() []placed {
	f.settle()
	if f.fromEnd {
		slices.Reverse(f.kept)
	}
	return f.kept
}
