// Package mirror holds the local copy of the athlete's list of activities: complete, current, and none of it older than
// a week. It answers from memory, keeps the list the same as Strava's with few calls, and stores it as one compressed
// snapshot, so that a restart, or another replica, begins where this one is.
//
// What is held is a set of rows, each with the second in which Strava told it. Rows are merged, the newer of two counts,
// and a deletion is remembered for as long as an older row might turn up. That is why no order of pages, events, writes
// and kills loses anything: a write that meets another replica's is merged with it and repeated, and the lease only keeps
// two replicas from asking Strava the same.
//
// The package knows no wire format and no Strava client: it reads a [Source], which fitness offers.
package mirror
