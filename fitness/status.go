package fitness

import (
	"context"
	"errors"
	"slices"
	"time"

	"domestique/strava"
	"domestique/tokens"
)

// ConnectionState is how the gateway stands with Strava.
type ConnectionState string

const (
	ConnectionStateConnected     ConnectionState = "CONNECTED"
	ConnectionStateNotConnected  ConnectionState = "NOT_CONNECTED"
	ConnectionStateNeedsConsent  ConnectionState = "NEEDS_CONSENT"
	ConnectionStateScopeMissing  ConnectionState = "SCOPE_MISSING"
	ConnectionStateAppInactive   ConnectionState = "APP_INACTIVE"
	ConnectionStateMisconfigured ConnectionState = "MISCONFIGURED"
)

// GatewayStatus is how the gateway itself is doing.
type GatewayStatus struct {
	Connection ConnectionState
	// Hint is what is wrong and what to do, nil when all is well.
	Hint *string
	// Scopes are those that the athlete granted, nil while they are not known.
	Scopes         []string
	TokenExpiresAt *time.Time
	Mirror         *MirrorStatus
	Version        string
	// Demo is true when the data is made up.
	Demo bool
}

// MirrorStatus is what is held of the athlete's activities.
type MirrorStatus struct {
	// Complete is false until the list was walked to its end once.
	Complete   bool
	Activities int
	// SyncedAt is when Strava last told what is new, nil before the first time.
	SyncedAt *time.Time
	// OldestFetchedAt is when the oldest data of it was fetched, nil while there is none.
	OldestFetchedAt *time.Time
}

// Status never waits for Strava and never fails. Who is not the owner learns nothing of the grant but how the connection is.
func (s *Service) Status(ctx context.Context) *GatewayStatus {
	grant := s.tokens.Status(ctx)
	snapshot, failure := s.held(ctx)
	if grant.State != tokens.StateNotConnected && IsNotConnected(failure) {
		failure = nil // It is of the time before the account was connected, and stands until the list is there.
	}
	connection := connectionState(grant, failure)
	status := &GatewayStatus{
		Connection: connection,
		Mirror:     mirrorStatus(snapshot),
		Version:    s.version,
		Demo:       s.demo,
	}
	if ViewerOf(ctx) != Owner {
		return status
	}
	status.Hint, status.Scopes = hint(connection, grant.LastError, failure), grant.Scopes
	if !grant.ExpiresAt.IsZero() {
		status.TokenExpiresAt = new(grant.ExpiresAt.UTC())
	}
	return status
}

// connectionState is the grant's state, but for a grant that is good and does not help: one that leaves out the
// activities, that is another athlete's, or whose application Strava refuses to serve.
func connectionState(grant tokens.Status, failure error) ConnectionState {
	switch {
	case grant.State != tokens.StateConnected:
		return knownState(grant.State)
	case len(grant.Scopes) > 0 && !seesActivities(grant.Scopes), errors.Is(failure, strava.ErrScopeMissing):
		return ConnectionStateScopeMissing
	case errors.Is(failure, strava.ErrAppInactive):
		return ConnectionStateAppInactive
	case errors.Is(failure, tokens.ErrOtherAthlete):
		return ConnectionStateMisconfigured
	default:
		return ConnectionStateConnected
	}
}

// knownState is the same word, which the two packages share with the schema; one that is newer than this list has to be
// looked into.
func knownState(state tokens.State) ConnectionState {
	switch word := ConnectionState(state); word {
	case ConnectionStateConnected, ConnectionStateNotConnected, ConnectionStateNeedsConsent, ConnectionStateScopeMissing,
		ConnectionStateAppInactive:
		return word
	default:
		return ConnectionStateMisconfigured
	}
}

func seesActivities(scopes []string) bool {
	return slices.Contains(scopes, "activity:read") || slices.Contains(scopes, "activity:read_all")
}

// hint is a sentence on what to do, nil when nothing is to do. lastError is the grant's, failure that of the last sync.
func hint(connection ConnectionState, lastError tokens.Failure, failure error) *string {
	switch connection {
	case ConnectionStateConnected:
		return trouble(lastError, failure)
	case ConnectionStateNotConnected:
		return new(notConnected(lastError))
	case ConnectionStateNeedsConsent:
		return new("Strava no longer accepts the grant. Open /connect (or run `domestique connect`) and consent again.")
	case ConnectionStateScopeMissing:
		return new("Not everything was granted. Open /connect (or run `domestique connect`) and leave all boxes ticked.")
	case ConnectionStateAppInactive:
		return new("Strava has deactivated the application: subscribe, and reactivate it at https://www.strava.com/settings/api.")
	default:
		return new(misconfigured(lastError, failure))
	}
}

// notConnected does not send who has to wait to connect.
func notConnected(lastError tokens.Failure) string {
	switch lastError {
	case tokens.FailureNoAnswer, tokens.FailureRateLimited:
		return "Strava is being asked for the first access. " + lastError.String()
	case tokens.FailureStore:
		return messageStore
	default:
		return "Open /connect (or run `domestique connect`) to connect a Strava account."
	}
}

// misconfigured says what is wrong and where to look. The grant may be good in itself, and what the last sync failed with
// be all that tells.
func misconfigured(lastError tokens.Failure, failure error) string {
	switch lastError {
	case tokens.FailureStore:
		return messageStore
	case tokens.FailureCorrupt:
		return messageCorrupt
	case tokens.FailureClient:
		return messageClient
	case tokens.FailureOtherAthlete:
		return messageOtherAthlete
	case tokens.FailureNoApplication:
		return messageNoApplication
	case tokens.FailureOtherApplication:
		return messageOtherApplication
	}
	if problem, ok := errors.AsType[*Error](explained(failure)); ok && problem.Code == CodeMisconfigured {
		return problem.Message
	}
	return "Check STRAVA_CLIENT_ID, STRAVA_CLIENT_SECRET, STRAVA_ATHLETE_ID and SEAL_KEYS, and what the log says."
}

// trouble is what goes wrong although the account is connected, nil if nothing does.
func trouble(lastError tokens.Failure, failure error) *string {
	switch lastError {
	case "":
	case tokens.FailureStore:
		return new(messageStore)
	default:
		return new(lastError.String())
	}
	if problem, ok := errors.AsType[*Error](explained(failure)); ok {
		return new(problem.Message)
	}
	return nil
}

func mirrorStatus(snapshot *Snapshot) *MirrorStatus {
	if snapshot == nil {
		return &MirrorStatus{}
	}
	status := &MirrorStatus{Complete: snapshot.Complete, Activities: len(snapshot.Activities)}
	if !snapshot.OldestFetchedAt.IsZero() {
		status.OldestFetchedAt = new(snapshot.OldestFetchedAt.UTC())
	}
	if !snapshot.SyncedAt.IsZero() {
		status.SyncedAt = new(snapshot.SyncedAt.UTC())
	}
	return status
}
