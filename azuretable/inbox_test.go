package azuretable_test

import (
	"testing"

	"domestique/azuretable"
	"domestique/mirror"
	"domestique/mirror/mirrortest"
)

func TestInboxIsAnInbox(t *testing.T) {
	t.Parallel()
	connection := connection(t)
	mirrortest.RunInbox(t, func(t *testing.T) (mirror.Inbox, func() mirror.Inbox) {
		cfg := azuretable.Config{ConnectionString: connection, Table: newTable()}
		return openEvents(t, cfg), func() mirror.Inbox { return openEvents(t, cfg) }
	})
}

func openEvents(t *testing.T, cfg azuretable.Config) *azuretable.Inbox {
	t.Helper()
	inbox, err := azuretable.NewInbox(cfg)
	must(t, err)
	return inbox
}
