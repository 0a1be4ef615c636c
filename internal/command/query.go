package command

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"strings"
	"time"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/gqlerror"

	"domestique/fitness"
	"domestique/graph"
	"domestique/internal/config"
	"domestique/tokens"
)

const (
	// fillTimeout bounds the wait for a whole copy: two windows of Strava's quota, which bring 40,000 activities.
	fillTimeout = 35 * time.Minute
	// fillLook is how often it is looked whether another process has the whole copy by now, or has stopped reading it.
	fillLook = time.Second
	// queryTimeout bounds the answer, as the server's.
	queryTimeout = 90 * time.Second
	// maxQueryFile bounds a document and its variables, as the server does.
	maxQueryFile = 64 << 10
)

func query(ctx context.Context, env Env, args []string) error {
	flags := newFlags("query")
	variables := flags.String("variables", "", "the variables: a JSON `object`, or a file with one")
	operation := flags.String("operation", "", "the `name` of the operation to run, where the document has several")
	const about = "Answers a GraphQL document, in FILE or, for -, from the standard input, as the owner, and prints the answer as JSON.\n" +
		"The gateway need not run, and may. The grant is refreshed if that is due, and the stored copy of the activities brought\n" +
		"up to date; the first time, all of them are read before the answer is made.\n" +
		"The exit code is 0 for an answer without errors."
	files, err := parseArguments(flags, about, args, env, "FILE")
	if err != nil {
		return err
	}
	cfg, err := config.Load(env.Lookup)
	if err != nil {
		return err
	}
	params, err := readQuestion(env, files[0], *variables)
	if err != nil {
		return err
	}
	params.OperationName = *operation
	ctx = fitness.WithViewer(ctx, fitness.Owner)
	logger := Logger(cfg, env.Stderr)
	custody, err := OpenCustody(ctx, cfg, CustodyConfig{Logger: logger, Rand: env.rand()})
	if err != nil {
		return err
	}
	gateway, err := OpenGateway(cfg, GatewayConfig{Custody: custody, Version: Build(env.Version).Version, Logger: logger})
	if err != nil {
		return err
	}
	a := asking{gateway: gateway, grant: custody.Tokens, now: custody.Clock.Now, logger: logger}
	err = a.ask(ctx, env.Stdout, params)
	// A token that was not stored is lost with this process, however it ends.
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), storeTimeout)
	defer cancel()
	return errors.Join(err, gateway.Close(ctx), custody.Tokens.Close(ctx))
}

// readQuestion reads the document and its variables, which are given as JSON or in a file.
func readQuestion(env Env, file, variables string) (*graphql.RawParams, error) {
	document, err := readBounded(env, file)
	if err != nil {
		return nil, fmt.Errorf("read the document: %w", err)
	}
	params := &graphql.RawParams{Query: string(document)}
	if variables == "" {
		return params, nil
	}
	text := []byte(variables)
	if !strings.HasPrefix(strings.TrimSpace(variables), "{") {
		if text, err = readBounded(env, variables); err != nil {
			return nil, fmt.Errorf("read the variables: %w", err)
		}
	}
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.UseNumber() // An id of 19 digits does not fit a float64.
	if err := decoder.Decode(&params.Variables); err != nil {
		return nil, usageError("-variables is not a JSON object")
	}
	if _, err := decoder.Token(); !errors.Is(err, io.EOF) || params.Variables == nil {
		return nil, usageError("-variables is not one JSON object")
	}
	return params, nil
}

func readBounded(env Env, name string) ([]byte, error) {
	source := env.stdin()
	if name != "-" {
		file, err := os.Open(name)
		if err != nil {
			return nil, err
		}
		defer func() { _ = file.Close() }()
		source = file
	}
	text, err := io.ReadAll(io.LimitReader(source, maxQueryFile+1))
	if err != nil {
		return nil, err
	}
	if len(text) > maxQueryFile {
		return nil, fmt.Errorf("it is longer than %d bytes", maxQueryFile)
	}
	return text, nil
}

// asking is a gateway that answers one question.
type asking struct {
	gateway *Gateway
	grant   *tokens.Manager
	now     func() time.Time
	logger  *slog.Logger
}

func (a asking) ask(ctx context.Context, stdout io.Writer, params *graphql.RawParams) error {
	exec := graph.NewExecutor(graph.Config{Service: a.gateway.Service, Logger: a.logger})
	ctx = graphql.StartOperationTrace(ctx)
	operation, errs := exec.CreateOperationContext(ctx, params)
	if len(errs) > 0 {
		return show(stdout, exec.DispatchError(graphql.WithOperationContext(ctx, operation), errs))
	}
	if operation.Operation.Operation == ast.Subscription {
		return usageError("a subscription has no end: query takes queries and mutations; subscribe at /graphql of the running gateway")
	}
	if _, err := a.grant.Application(ctx); errors.Is(err, tokens.ErrNoApplication) {
		return noApplication(err)
	}
	unfilled := a.fill(ctx)
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	ctx, cancel := context.WithTimeout(ctx, queryTimeout)
	defer cancel()
	next, ctx := exec.DispatchOperation(graphql.WithOperationContext(ctx, operation), operation)
	response := next(ctx)
	if response == nil {
		return fmt.Errorf("no answer within %v", queryTimeout)
	}
	if err := show(stdout, response); err != nil {
		return err
	}
	return unfilled
}

// fill brings the copy of the activities up to date if that is due, and goes on until the whole list is held. That a whole
// copy could not be brought up to date is no failure: it is given as it is held.
func (a asking) fill(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, fillTimeout)
	defer cancel()
	if err := a.gateway.Keep(ctx); err != nil && a.holdsAll() {
		a.logger.WarnContext(ctx, "the activities could not be brought up to date; what is held is given", "error", err)
	}
	for !a.holdsAll() {
		err := a.gateway.Service.Sync(ctx)
		if !a.holdsAll() && !a.mayGoOn(ctx, err) {
			return fmt.Errorf("not all of the activities are held yet; what was read is kept, so run this again: %w", cmp.Or(err, context.Cause(ctx)))
		}
	}
	return nil
}

func (a asking) holdsAll() bool {
	held, _ := a.gateway.Mirror.Held()
	return held != nil && held.Complete
}

// mayGoOn waits until another attempt may bring more: a moment while another process reads the list, or until Strava's
// quota is there again.
func (a asking) mayGoOn(ctx context.Context, failure error) bool {
	wait := fillLook
	if failure != nil {
		until := fitness.RetryAt(failure)
		if until.IsZero() {
			return false
		}
		wait = max(wait, until.Sub(a.now()))
		if deadline, _ := ctx.Deadline(); time.Until(deadline) < wait {
			return false
		}
		a.logger.InfoContext(ctx, "Strava's quota is spent; the rest of the activities is read when it is there again", "at", until)
	}
	timer := time.NewTimer(wait)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-ctx.Done():
		return false
	}
}

// answerJSON is an answer as the server gives it.
type answerJSON struct {
	Errors     gqlerror.List   `json:"errors,omitempty"`
	Data       json.RawMessage `json:"data,omitempty"`
	Extensions map[string]any  `json:"extensions,omitempty"`
}

// show prints an answer, and fails with what the first of its errors says.
func show(stdout io.Writer, response *graphql.Response) error {
	encoder := json.NewEncoder(stdout)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(answerJSON{response.Errors, response.Data, response.Extensions}); err != nil {
		return fmt.Errorf("print the answer: %w", err)
	}
	switch first := response.Errors; len(first) {
	case 0:
		return nil
	case 1:
		return fmt.Errorf("the answer has an error: %s", oneLine(first[0].Message))
	default:
		return fmt.Errorf("the answer has %d errors, the first of them: %s", len(first), oneLine(first[0].Message))
	}
}

func oneLine(text string) string { return strings.Join(strings.Fields(text), " ") }
