package command

import "runtime/debug"

// gcPercent lets twice as much garbage lie as is held before it is collected, instead of as much. What is held is small, some
// 15 MB, so that under load the collector runs all the time otherwise: it takes a fifth of what an answer costs, and some
// 20 MB save that. Idle the process is as small as ever, because a start leaves next to nothing behind.
const gcPercent = 200

// SetGC sets the collector's pace, unless GOGC does that already.
func SetGC(lookup func(string) (string, bool)) {
	if _, given := lookup("GOGC"); !given {
		debug.SetGCPercent(gcPercent)
	}
}
