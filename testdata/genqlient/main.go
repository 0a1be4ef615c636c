// A client of the gateway's, as genqlient makes one: `go tool genqlient && go run . URL KEY` asks a query, then one that is
// refused, and prints ok when both went as they should.
package main

import (
	"context"
	"errors"
	"fmt"
	"log"
	"net/http"
	"os"
	"time"

	"github.com/Khan/genqlient/graphql"
	"github.com/vektah/gqlparser/v2/gqlerror"
)

// byKey sends the owner's key.
type byKey string

func (key byKey) RoundTrip(r *http.Request) (*http.Response, error) {
	r = r.Clone(r.Context())
	r.Header.Set("Authorization", "Bearer "+string(key))
	return http.DefaultTransport.RoundTrip(r)
}

func main() {
	client := graphql.NewClient(os.Args[1], &http.Client{Transport: byKey(os.Args[2]), Timeout: 30 * time.Second})
	ctx := context.Background()
	latest, err := Latest(ctx, client, 2)
	if err != nil || len(latest.Activities.Nodes) != 2 || latest.Activities.Nodes[0].StartedAt.IsZero() {
		log.Fatalf("%v: %+v", err, latest)
	}
	_, err = Latest(ctx, client, 1000)
	if refused := new(gqlerror.Error); !errors.As(err, &refused) || refused.Extensions["code"] != "BAD_USER_INPUT" {
		log.Fatalf("%v, want BAD_USER_INPUT", err)
	}
	fmt.Println("ok")
}
