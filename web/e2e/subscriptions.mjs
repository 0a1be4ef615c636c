// Subscribes to a running gateway with the clients that people use:
//
//   node e2e/subscriptions.mjs URL BEARER NAME
//
// BEARER is the owner's key. Each client listens until an activity of that name appears; then a line is printed, and they
// listen on until the gateway ends. It prints two lines of JSON:
//
//   seen      what each client was told of the activity
//   ended     how each client's stream came to its end
import { Client, fetchExchange, subscriptionExchange } from '@urql/core';
import { ApolloClient, InMemoryCache, gql } from '@apollo/client';
import { GraphQLWsLink } from '@apollo/client/link/subscriptions';
import { createClient as createSSE } from 'graphql-sse';
import { createClient as createWS } from 'graphql-ws';
import { WebSocket } from 'ws';

const [url, bearer, name] = process.argv.slice(2);
const endpoint = new URL('/graphql', url).href;
const headers = { Authorization: `Bearer ${bearer}` };
const query = 'subscription { activityChanged { kind id activity { id name } } }';

const sse = () => createSSE({ url: endpoint, headers, retryAttempts: 0 });
const ws = () =>
  createWS({
    url: endpoint.replace(/^http/, 'ws'),
    webSocketImpl: WebSocket,
    connectionParams: headers,
    retryAttempts: 0,
  });

// Each gets what to do with an answer's data, and returns a promise of the stream's end.
const clients = {
  'graphql-sse': (hear) => plain(sse(), hear),
  'graphql-ws': (hear) => plain(ws(), hear),
  'urql by events': (hear) =>
    urql(new Client({ url: endpoint, preferGetMethod: false, fetchOptions: { headers }, exchanges: [fetchExchange], fetchSubscriptions: true }), hear),
  'urql with graphql-ws': (hear) => {
    const socket = ws();
    const forwardSubscription = (operation) => ({
      subscribe: (sink) => ({ unsubscribe: socket.subscribe({ query: operation.query, variables: operation.variables }, sink) }),
    });
    return urql(
      new Client({ url: endpoint, preferGetMethod: false, exchanges: [subscriptionExchange({ forwardSubscription }), fetchExchange] }),
      hear,
    );
  },
  'Apollo with graphql-ws': (hear) => {
    const client = new ApolloClient({ link: new GraphQLWsLink(ws()), cache: new InMemoryCache() });
    return new Promise((resolve, reject) => {
      client
        .subscribe({ query: gql(query) })
        .subscribe({ next: ({ data, error }) => (error ? reject(error) : hear(data)), error: reject, complete: () => resolve('complete') });
    });
  },
};

const seen = {};
const ends = Object.entries(clients).map(async ([client, listen]) => {
  try {
    return [client, await listen((data) => note(client, data))];
  } catch (error) {
    // A WebSocket's close event comes as it is, wrapped by urql, or as Apollo's words.
    const code = error?.code ?? error?.networkError?.code ?? /Socket closed with event (\d+)/.exec(error?.message)?.[1];
    return [client, code ? `closed ${code}` : `failed: ${error?.stack ?? JSON.stringify(error)}`];
  }
});
const ended = Object.fromEntries(await Promise.all(ends));
console.log(JSON.stringify({ ended }));
process.exit(0);

function note(client, data) {
  const change = data.activityChanged;
  if (seen[client] || change.activity?.name !== name) return;
  seen[client] = { kind: change.kind, id: change.id, activity: { id: change.activity.id } };
  if (Object.keys(seen).length === Object.keys(clients).length) console.log(JSON.stringify({ seen }));
}

/** graphql-sse and graphql-ws have the same interface. */
async function plain(client, hear) {
  for await (const { data, errors } of client.iterate({ query })) {
    if (errors) throw errors;
    hear(data);
  }
  return 'complete';
}

function urql(client, hear) {
  return new Promise((resolve, reject) => {
    client.subscription(query, {}).subscribe(({ data, error, hasNext }) => {
      if (error) reject(error);
      else if (data) hear(data);
      if (hasNext === false) resolve('complete');
    });
  });
}
