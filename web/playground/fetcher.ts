import type { Fetcher, FetcherParams, SyncExecutionResult } from '@graphiql/toolkit';
import { GraphQLError, OperationTypeNode, getOperationAST, parse } from 'graphql';
import { createClient } from 'graphql-sse';

const endpoint = '/graphql';

/**
 * Sends one operation to the gateway that served this page: a query or a mutation by POST, a subscription as a stream of
 * events, both with the session's cookie.
 *
 * What stands in the headers tab is sent too, but cannot replace the two headers that tell the gateway that no other
 * site made this browser ask: a JSON content type and `GraphQL-Require-Preflight`.
 */
export const fetcher: Fetcher = (operation, options) => {
  const headers = new Headers(options?.headers);
  headers.set('Content-Type', 'application/json');
  headers.set('GraphQL-Require-Preflight', '1');
  return isSubscription(operation) ? listen(operation, headers) : ask(operation, headers);
};

/** Subscribes until whoever reads the answers stops, or the gateway ends. */
function listen({ query, variables, operationName }: FetcherParams, headers: Headers): SyncExecutionResult {
  // One for each: the headers may be others the next time. Who presses play wants to see an error, not another attempt.
  const client = createClient({ url: endpoint, headers: Object.fromEntries(headers), retryAttempts: 0 });
  return client.iterate({ query, variables, operationName: operationName ?? undefined }) as SyncExecutionResult;
}

async function ask(operation: FetcherParams, headers: Headers): Promise<SyncExecutionResult> {
  headers.set('Accept', 'application/graphql-response+json, application/json');
  const response = await fetch(endpoint, { method: 'POST', headers, body: JSON.stringify(operation) });
  if (!isJSON(response)) {
    // A proxy's error page, say. Its status is what helps; its markup is not.
    const answered = `${response.status} ${response.statusText}`.trim();
    return { errors: [new GraphQLError(`The answer was ${answered}, without a GraphQL response.`)] };
  }
  return response.json();
}

function isSubscription({ query, operationName }: FetcherParams): boolean {
  try {
    return getOperationAST(parse(query), operationName)?.operation === OperationTypeNode.SUBSCRIPTION;
  } catch {
    return false; // The gateway says what is wrong with it.
  }
}

function isJSON(response: Response): boolean {
  const type = response.headers.get('Content-Type') ?? '';
  return /^application\/(graphql-response\+)?json\b/i.test(type);
}
