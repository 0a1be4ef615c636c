import { Client, cacheExchange, fetchExchange, subscriptionExchange } from '@urql/core';
import { refocusExchange } from '@urql/exchange-refocus';
import { createClient as createEventClient } from 'graphql-sse';

/** How long the gateway may take. It waits for Strava itself, so this is more than Strava usually needs. */
const patience = 30_000;

// Tells the gateway that no other site made this browser ask.
const headers = { 'GraphQL-Require-Preflight': '1' };

/**
 * Asks the gateway that served the page, with the session's cookie. Queries are answered once for all of a page's parts,
 * and asked again when a mutation or a subscription tells that what they hold has changed, and when the reader comes back
 * to the page.
 */
export function newClient(): Client {
  const events = createEventClient({ url: '/graphql', headers, retryAttempts: Infinity });
  return new Client({
    url: '/graphql',
    preferGetMethod: false,
    exchanges: [
      refocusExchange(),
      cacheExchange,
      subscriptionExchange({
        forwardSubscription: ({ query = '', variables, operationName }) => ({
          subscribe: (sink) => ({ unsubscribe: events.subscribe({ query, variables, operationName }, sink) }),
        }),
      }),
      fetchExchange,
    ],
    fetchOptions: { headers },
    fetch: (input, init) => fetch(input, { ...init, signal: timed(init?.signal) }),
  });
}

function timed(signal: AbortSignal | null | undefined): AbortSignal {
  const timeout = AbortSignal.timeout(patience);
  return signal ? AbortSignal.any([signal, timeout]) : timeout;
}
