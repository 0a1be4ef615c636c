// Asks a running gateway what a personal site would ask, with the clients that people use:
//
//   node e2e/client.mjs URL [BEARER]
//
// URL is the gateway's address, BEARER the owner's key. It runs the playground's first example with urql and with
// Apollo Client, by POST and by GET, and prints one JSON object:
//
//   ok        whether all of them got the same data; the exit code says it too
//   problems  what went wrong
//   data      the data
//   clients   who asked
import { isDeepStrictEqual } from 'node:util';
import { readFileSync } from 'node:fs';

import { ApolloClient, HttpLink, InMemoryCache, gql } from '@apollo/client';
import { Client, fetchExchange } from '@urql/core';

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

const clients = {
  'urql POST': () => urql(false),
  'urql GET': () => urql('force'),
  'Apollo POST': () => apollo(false),
  'Apollo GET': () => apollo(true),
};
const problems = [];
let data;
for (const [name, ask] of Object.entries(clients)) {
  try {
    const answer = await ask();
    data ??= answer;
    if (!isDeepStrictEqual(answer, data)) problems.push(`${name}: other data: ${JSON.stringify(answer)}`);
  } catch (error) {
    problems.push(`${name}: ${error}`);
  }
}
const ok = problems.length === 0;
console.log(JSON.stringify({ ok, problems, data, clients: Object.keys(clients) }, null, 2));
process.exit(ok ? 0 : 1);

async function urql(preferGetMethod) {
  const client = new Client({ url: endpoint, preferGetMethod, fetchOptions: { headers }, exchanges: [fetchExchange] });
  const { data, error } = await client.query(site, {}).toPromise();
  if (error) throw error;
  return data;
}

async function apollo(useGETForQueries) {
  const client = new ApolloClient({
    link: new HttpLink({ uri: endpoint, headers, useGETForQueries }),
    cache: new InMemoryCache(),
  });
  const { data } = await client.query({ query: gql(site) });
  return withoutTypenames(data);
}

/** Apollo's cache asks for `__typename` everywhere, and keeps it in what it returns. */
function withoutTypenames(data) {
  return JSON.parse(JSON.stringify(data, (key, value) => (key === '__typename' ? undefined : value)));
}
