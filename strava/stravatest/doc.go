// Package stravatest is a strict fake of Strava: its v3 API and its OAuth, over HTTP, with a made-up training history
// that has every trap of the real data in it. Tests, the demo and cmd/fakestrava are served by it.
//
// Strict means:
//
//   - a request that Strava would refuse is refused in Strava's words and has no effect;
//   - a refresh token that was rotated away is dead at once, and Server.Refusals counts how often one was presented;
//   - the rate-limit headers count, over Strava's own windows, and a spent window answers 429;
//   - what Strava tolerates but a careful client does not do (an unknown query parameter, a token in a URL) is refused
//     too and noted in Server.Violations.
//
// The same Config.Seed and the same day give the same history. All clocks are Config.Now, apart from Fault.Delay
// and those of the deliveries to a callback.
//
// It fakes OAuth, push subscriptions with their deliveries, and every endpoint that Strava answers in autumn 2026, the
// undocumented ones too. An endpoint is one row in surface.go and one method of call. What is told of an activity's parts (laps,
// splits, efforts, streams, zones) is read from one made-up recording of it, so that it agrees.
//
// What it will not do: serve strangers, keep anything on disk, cut traces at privacy zones, or be a source of truth about
// Strava where Strava's behaviour is not known; such guesses are marked as guesses.
package stravatest
