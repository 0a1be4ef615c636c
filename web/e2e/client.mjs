// Asks a running gateway what a personal site would ask, with the clients that people use:
//
//   node e2e/client.mjs URL [BEARER]
//
// URL is the gateway's address, BEARER the owner's key. It runs the playground's first example with urql and with
// Apollo Client, by POST and by GET, with graphql-ws and with graphql-sse, then asks with each for more than a page may
// hold, and prints one JSON object:
//
//   ok        whether all of them got the same data, and the same refusal; the exit code says it too
//   problems  what went wrong
//   data      the data
//   clients   who asked
import { isDeepStrictEqual } from 'node:util';
import { readFileSync } from 'node:fs';

import { ApolloClient, HttpLink, InMemoryCache, gql } from '@apollo/client';
import { Client, fetchExchange } from '@urql/core';
import { createClient as createSSE } from 'graphql-sse';
import { createClient as createWS } from 'graphql-ws';
import { WebSocket } from 'ws';

const [url, bearer] = process.argv.slice(2);
if (!url) {
  console.error('usage: node client.mjs URL [BEARER]');
  process.exit(2);
}
const endpoint = new URL('/graphql', url).href;
const headers = {
  // urql's GET has no content type; without this the gateway takes it for a request that another site may have made.
  'GraphQL-Require-Preflight': '1',
  ...(bearer && { Authorization: `Bearer ${bearer}` }),
};
const site = readFileSync(new URL('../playground/examples/site.graphql', import.meta.url), 'utf8');

const tooMuch = 'query TooMuch { activities(first: 1000) { totalCount } }';

// Each answers a document with its data, or throws what the client makes of an error.
const clients = {
  'urql POST': (query) => urql(query, false),
  'urql GET': (query) => urql(query, 'force'),
  'Apollo POST': (query) => apollo(query, false),
  'Apollo GET': (query) => apollo(query, true),
  'graphql-ws': (query) =>
    streamed(
      createWS({ url: endpoint.replace(/^http/, 'ws'), webSocketImpl: WebSocket, connectionParams: headers, retryAttempts: 0 }),
      query,
    ),
  'graphql-sse': (query) => streamed(createSSE({ url: endpoint, headers, retryAttempts: 0 }), query),
};
const problems = [];
let data;
for (const [name, ask] of Object.entries(clients)) {
  try {
    const answer = await ask(site);
    data ??= answer;
    if (!isDeepStrictEqual(answer, data)) problems.push(`${name}: other data: ${JSON.stringify(answer)}`);
  } catch (error) {
    problems.push(`${name}: ${error}`);
  }
  try {
    problems.push(`${name}: no error, but ${JSON.stringify(await ask(tooMuch))}`);
  } catch (error) {
    const code = errorsOf(error)?.[0]?.extensions?.code;
    if (code !== 'BAD_USER_INPUT') problems.push(`${name}: the code ${code} of ${error?.stack ?? JSON.stringify(error)}`);
  }
}
const ok = problems.length === 0;
console.log(JSON.stringify({ ok, problems, data, clients: Object.keys(clients) }, null, 2));
process.exit(ok ? 0 : 1);

async function urql(query, preferGetMethod) {
  const client = new Client({ url: endpoint, preferGetMethod, fetchOptions: { headers }, exchanges: [fetchExchange] });
  const { data, error } = await client.query(query, {}).toPromise();
  if (error) throw error;
  return data;
}

async function apollo(query, useGETForQueries) {
  const client = new ApolloClient({
    link: new HttpLink({ uri: endpoint, headers, useGETForQueries }),
    cache: new InMemoryCache(),
  });
  const { data } = await client.query({ query: gql(query) });
  return withoutTypenames(data);
}

/** graphql-ws and graphql-sse have the same interface. */
async function streamed(client, query) {
  for await (const { data, errors } of client.iterate({ query })) {
    if (errors) throw { errors };
    return data;
  }
}

/** What GraphQL says is wrong, where each client has it. */
function errorsOf(error) {
  return Array.isArray(error) ? error : (error?.graphQLErrors ?? error?.errors);
}

/** Apollo's cache asks for `__typename` everywhere, and keeps it in what it returns. */
function withoutTypenames(data) {
  return JSON.parse(JSON.stringify(data, (key, value) => (key === '__typename' ? undefined : value)));
}
