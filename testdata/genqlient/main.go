// A client of the gateway's, as genqlient makes one: `go tool genqlient && go run . URL KEY NAME` asks a query, then one that
// is refused, then listens until an activity of that name changes. It prints a line when it listens, and ok when all went as
// it should.
package main

import (
	"context"
	"errors"
	"fmt"
	"log"
	"net/http"
	"os"
	"strings"
	"time"

	"github.com/Khan/genqlient/graphql"
	"github.com/gorilla/websocket"
	"github.com/vektah/gqlparser/v2/gqlerror"
)

// byKey sends the owner's key.
type byKey string

func (key byKey) RoundTrip(r *http.Request) (*http.Response, error) {
	r = r.Clone(r.Context())
	r.Header.Set("Authorization", "Bearer "+string(key))
	return http.DefaultTransport.RoundTrip(r)
}

// dialer opens WebSockets as genqlient wants them opened.
type dialer struct{ websocket.Dialer }

func (d *dialer) DialContext(ctx context.Context, url string, header http.Header) (graphql.WSConn, error) {
	connection, _, err := d.Dialer.DialContext(ctx, url, header)
	return connection, err
}

func main() {
	url, key, name := os.Args[1], os.Args[2], os.Args[3]
	client := graphql.NewClient(url, &http.Client{Transport: byKey(key), Timeout: 30 * time.Second})
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	if err := ask(ctx, client); err != nil {
		log.Fatal(err)
	}
	socket := graphql.NewClientUsingWebSocket(strings.Replace(url, "http", "ws", 1), &dialer{},
		graphql.WithConnectionParams(map[string]any{"Authorization": "Bearer " + key}))
	if err := listen(ctx, socket, name); err != nil {
		log.Fatal(err)
	}
	fmt.Println("ok")
}

// ask asks a query, and one that is refused.
func ask(ctx context.Context, client graphql.Client) error {
	latest, err := Latest(ctx, client, 2)
	if err != nil || len(latest.Activities.Nodes) != 2 || latest.Activities.Nodes[0].StartedAt.IsZero() {
		return fmt.Errorf("%+v: %w", latest, errors.Join(err, errors.New("want two activities")))
	}
	_, err = Latest(ctx, client, 1000)
	if refused := new(gqlerror.Error); !errors.As(err, &refused) || refused.Extensions["code"] != "BAD_USER_INPUT" {
		return fmt.Errorf("%w, want BAD_USER_INPUT", err)
	}
	return nil
}

// listen waits for a change of an activity of that name.
func listen(ctx context.Context, socket graphql.WebSocketClient, name string) error {
	failed, err := socket.Start(ctx)
	if err != nil {
		return fmt.Errorf("start: %w", err)
	}
	changes, id, err := Changes(ctx, socket)
	if err != nil {
		return fmt.Errorf("subscribe: %w", err)
	}
	fmt.Println("listening")
	for {
		select {
		case change := <-changes:
			if change.Errors != nil || change.Data == nil {
				return fmt.Errorf("told %+v: %w", change.Data, change.Errors)
			}
			told := change.Data.ActivityChanged
			if told.Activity.Name != name {
				continue // Another one's.
			}
			if told.Id == "" || told.Kind != ChangeKindCreated {
				return fmt.Errorf("told %+v", told)
			}
			return socket.Unsubscribe(id) // Its Close would unsubscribe after the goodbye, which its WebSocket refuses.
		case err := <-failed:
			return fmt.Errorf("the WebSocket: %w", err)
		case <-ctx.Done():
			return errors.New("nothing was told")
		}
	}
}
