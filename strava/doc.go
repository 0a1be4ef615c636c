// Package strava is a client for Strava's v3 API: every endpoint that is live, a method each, and the OAuth endpoints that
// grant access to them. Each method tells its scope, its cost in calls and where Strava describes it, if it does.
//
//	client, err := strava.New(strava.Config{Tokens: tokens})
//	...
//	page, err := client.Activities(ctx, strava.ActivitiesOptions{PerPage: strava.MaxPerPage})
//
// It does what the protocol asks for and no more: it waits for no quota, repeats nothing but a reading call whose access
// token was refused, caches nothing and keeps no tokens. What may be stale, and how long to wait, is for its caller to say.
//
// # Authentication
//
// A [Client] asks its [TokenSource] for an access token before every call and sends it in the Authorization header, the
// one place that Strava accepts from June 2027 on. When Strava refuses the token, the client says so with Invalidate,
// and sends a reading call once more with another. A missing scope is a 401 too, but no new token helps, so it is not
// tried again.
//
// An [OAuth] makes the first grant from the code of the consent page, and new ones from a refresh token. Each call is
// one POST, never repeated, because an authorization code works once and a refresh token may be rotated by the very
// request whose answer is lost. The callback's scope parameter says what the athlete really granted; the grant does not.
//
// # Writes
//
// A call that changes something is sent once, and follows no redirect. After [ErrUnavailable], or when the context ended
// before the answer came, nobody knows whether Strava acted: a change can be sent again without harm, a manual entry or a
// file only after a look at what is there. After every other error Strava has not acted. A wrong argument is an error
// before any call is made.
//
// # Rate limits
//
// Strava counts all calls of an application, and all but new activities and uploads once more, in windows that end on the
// quarter of the hour and at midnight UTC. The limits differ between applications; the client learns them, and what is
// used of them, from the headers of every answer. [Client.Quota] tells what it knows. A call that no longer fits is not
// sent: it fails with the same [RateLimitError] that Strava's status 429 gives, which says when to try again.
//
// What is less urgent leaves some of the quota to what is more so: [WithPriority] says who waits for a call, and
// [Quota.Admits] decides. [WithCounter] counts the calls that a piece of work makes.
//
// https://developers.strava.com/docs/rate-limits/
//
// # Time
//
// Expiries and the ends of windows are instants of Strava's clock. A [Clock] learns from the Date of every answer how far
// this machine's is from it; the Client and the OAuth of a process share one.
//
// # Errors
//
// Errors that a caller can react to are tested with [errors.Is] against the sentinels of this package, such as
// [ErrNotFound], and two carry more: [APIError] (which scope is missing) and [RateLimitError] (until when). All that may
// pass by itself is [ErrUnavailable]. A cancelled context stays [context.Canceled], and the errors of the TokenSource
// pass through.
//
// No error text holds an address, a token or anything that Strava wrote.
//
// # Data
//
// Strava's answers differ from its specification, and from one another. The wire types keep Strava's names and take what
// really comes:
//
//   - A whole number may arrive as 474287.0, a measure as 0, null or not at all. [Int], [Float] and [ID] read them all; a
//     pointer stands where "not told" differs from zero.
//   - start_date_local ends in a false Z: it is a wall clock, not an instant. The GMT prefix of timezone is wrong half of
//     the year; utc_offset is right.
//   - A point is [] or null without GPS; see [LatLng]. A sample of a [Stream] is null where the sensor was silent.
//   - Ids pass 2^31, those of routes 2^53. Whoever gave kudos or wrote a comment has a name, and no id.
//   - Sport types are added from time to time, so they stay text here.
//   - Pages overlap when activities are added between two calls, come in more than one order, and end with an empty page,
//     not with a short one.
//   - The list, the single activity and the totals can contradict one another.
//
// https://developers.strava.com/docs/reference/
package strava
