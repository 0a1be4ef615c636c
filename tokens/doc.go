// Package tokens has custody of the one grant that the gateway lives on: an access token that expires every few hours
// and a refresh token that Strava may exchange for another at any refresh, the old one being dead at once
// (https://developers.strava.com/docs/authentication/). Whoever loses the newest refresh token has lost the athlete's
// consent, so everything here is arranged around one rule: what Strava answered is written down before anything else
// happens, and no error is believed before the row has been read again.
//
// # The row
//
// A [Store] keeps one [Row]. It is saved only over the revision that was read, so of several processes (replicas, or a
// command beside the server) exactly one can make a change. Its secrets are sealed by a [Keyring].
//
// # The protocol
//
// A [Manager] hands out access tokens and keeps the row:
//
//  1. A fresh token in memory is answered at once, without a lock held over I/O.
//  2. Within the margin before expiry one flight per process refreshes, on a context that no caller can cancel; the old
//     token keeps serving meanwhile. Only an expired token makes a caller wait, on its own context.
//  3. The flight claims the row with a lease that names the refresh token it will spend, asks Strava once with a time-out
//     well inside the lease, and writes the answer before anything else. A failed write is repeated for as long as the
//     process lives; the token serves from memory meanwhile.
//  4. After every error the row is read again. If it holds this process's write id the write had landed; if it has moved
//     on another process has won and its token is adopted; else the write is repeated on the new revision.
//  5. Only a refusal of the current refresh token, and then of the previous one, ends in [StateNeedsConsent]. A wrong
//     client and an inactive application are states of their own that end by themselves. Nothing is deleted because of
//     an error, and a row that can't be read or opened is never overwritten.
//  6. [Manager.Close] waits for the flight and its write.
//
// Time-outs, leases and pauses follow from the margin and from the life of the token itself (see pace.go), so tokens
// that live 20 s in a test behave like those that live 6 h. Clocks of different machines are never compared: the age of
// another's lease is counted from when this process first saw it. Expiries are instants of Strava's clock, and compared
// with that: Config.Skew says how far it is from this machine's.
//
// One hole is left by physics: a process killed between Strava's answer and the write has spent a refresh token whose
// successor nobody knows. The lease left in the row then says what happened, and the athlete consents again.
//
// # The application
//
// A grant belongs to the Strava application that it was given to. The configured one wins; one that the owner entered is
// kept in the row of the grant that it brought, in the same write, and goes with it. Until the athlete has consented
// nothing of it is stored, so a half-done form can't break a grant that works. A [Consent] is the way to a new grant,
// without its transport.
package tokens
