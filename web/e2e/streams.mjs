// Subscribes, asks and errs against a gateway over the test's schema, with the clients that people use:
//
//   node e2e/streams.mjs URL BEARER
//
// The schema has `hello`, `subscription count(to:)` and no field `nothing`. It prints one JSON object:
//
//   problems  what went wrong
//   clients   who asked
import { isDeepStrictEqual } from 'node:util';

import { ApolloClient, HttpLink, InMemoryCache, gql } from '@apollo/client';
import { GraphQLWsLink } from '@apollo/client/link/subscriptions';
import { Client, fetchExchange, subscriptionExchange } from '@urql/core';
import { createClient as createSSE } from 'graphql-sse';
import { createClient as createWS } from 'graphql-ws';
import { WebSocket } from 'ws';

const [url, bearer] = process.argv.slice(2);
const endpoint = new URL('/graphql', url).href;
const headers = { Authorization: `Bearer ${bearer}` };
const problems = [];

const sse = () => createSSE({ url: endpoint, headers, retryAttempts: 0 });
// The key comes with the init, as from a browser, which cannot set a header.
const ws = (options = {}) =>
  createWS({
    url: endpoint.replace(/^http/, 'ws'),
    webSocketImpl: WebSocket,
    connectionParams: headers,
    retryAttempts: 0,
    keepAlive: 50,
    ...options,
  });

const clients = {
  'graphql-sse': () => plain(sse()),
  'graphql-ws': () => plain(ws()),
  'graphql-ws by a header': () =>
    plain(
      ws({
        connectionParams: undefined,
        webSocketImpl: class extends WebSocket {
          constructor(address, protocols) {
            super(address, protocols, { headers });
          }
        },
      }),
    ),
  'urql by fetch': () =>
    urql(new Client({ url: endpoint, preferGetMethod: false, fetchOptions: { headers }, exchanges: [fetchExchange], fetchSubscriptions: true })),
  'urql with graphql-ws': () => {
    const client = ws();
    const forwardSubscription = ({ query, variables }) => ({
      subscribe: (sink) => ({ unsubscribe: client.subscribe({ query, variables }, sink) }),
    });
    return urql(
      new Client({
        url: endpoint,
        preferGetMethod: false,
        fetchOptions: { headers },
        exchanges: [subscriptionExchange({ forwardSubscription }), fetchExchange],
      }),
      () => client.dispose(),
    );
  },
  'Apollo with graphql-ws': apollo,
};

for (const [name, use] of Object.entries(clients)) {
  try {
    for (const [what, got, want] of await within(use())) {
      if (!isDeepStrictEqual(got, want)) problems.push(`${name}: ${what}: ${JSON.stringify(got)}`);
    }
  } catch (error) {
    problems.push(`${name}: ${error?.stack ?? JSON.stringify(error)}`);
  }
}
await refusedWithoutKey();
console.log(JSON.stringify({ problems, clients: Object.keys(clients) }, null, 2));
process.exit(problems.length === 0 ? 0 : 1);


/** graphql-sse and graphql-ws have the same interface. */
async function plain(client) {
  const counted = [];
  for await (const { data } of client.iterate({ query: 'subscription($to: Int!) { count(to: $to) }', variables: { to: 3 } })) {
    counted.push(data.count);
  }
  const hello = await client.iterate({ query: '{ hello }' }).next();
  let code;
  try {
    const { value } = await client.iterate({ query: 'subscription { nothing }' }).next();
    code = value.errors[0].extensions.code; // Over events.
  } catch (errors) {
    code = errors[0].extensions.code; // Over a WebSocket.
  }
  const news = client.iterate({ query: 'subscription { news }' }); // Left before anything has come.
  const nothing = news.next();
  await news.return();
  await nothing;
  client.dispose();
  return results(counted, hello.value.data.hello, code);
}

async function urql(client, dispose = () => {}) {
  const counted = [];
  await new Promise((resolve) => {
    client.subscription('subscription($to: Int!) { count(to: $to) }', { to: 3 }).subscribe(({ data, error, hasNext }) => {
      if (error) problems.push(`urql: ${error}`);
      if (data && counted.at(-1) !== data.count) counted.push(data.count);
      if (counted.length === 3 || error || hasNext === false) resolve();
    });
  });
  const hello = await client.query('{ hello }', {}).toPromise();
  const wrong = await client.query('{ nothing }', {}).toPromise();
  dispose();
  return results(counted, hello.data?.hello, wrong.error?.graphQLErrors[0]?.extensions.code);
}

async function apollo() {
  const socket = ws();
  const overHTTP = new ApolloClient({ link: new HttpLink({ uri: endpoint, headers }), cache: new InMemoryCache() });
  const client = new ApolloClient({ link: new GraphQLWsLink(socket), cache: new InMemoryCache() });
  const counted = [];
  await new Promise((resolve, reject) => {
    client
      .subscribe({ query: gql('subscription($to: Int!) { count(to: $to) }'), variables: { to: 3 } })
      .subscribe({ next: ({ data }) => counted.push(data.count), error: reject, complete: resolve });
  });
  const hello = await client.query({ query: gql('{ hello }') });
  const code = await overHTTP.query({ query: gql('{ nothing }') }).then(
    () => undefined,
    (error) => error.errors?.[0].extensions.code,
  );
  socket.dispose();
  return results(counted, hello.data.hello, code);
}

function results(counted, hello, code) {
  return [
    ['subscription', counted, [0, 1, 2]],
    ['query', hello, 'hello'],
    ['error', code, 'GRAPHQL_VALIDATION_FAILED'],
  ];
}

/** A client that is refused is told so for good, and by events with the refusal's status. */
async function refusedWithoutKey() {
  const client = ws({ connectionParams: { Authorization: 'Bearer wrong' } });
  const closed = await within(client.iterate({ query: '{ hello }' }).next()).catch((event) => event);
  if (closed.code !== 4403) problems.push(`a wrong key over a WebSocket: ${closed.code} ${closed}`);
  client.dispose();
  const events = createSSE({ url: endpoint, headers: { Authorization: 'Bearer wrong' }, retryAttempts: 0 });
  const refused = await within(events.iterate({ query: '{ hello }' }).next()).catch((error) => error);
  if (refused.response?.status !== 401) problems.push(`a wrong key by events: ${refused}`);
  events.dispose();
}

function within(promise) {
  let timer;
  const late = new Promise((_, reject) => {
    timer = setTimeout(() => reject(new Error('no answer within 10 s')), 10_000);
  });
  return Promise.race([promise, late]).finally(() => clearTimeout(timer));
}
