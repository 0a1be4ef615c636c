// Listens to a gateway whose processes are replaced, with the clients that people use:
//
//   node e2e/reconnect.mjs URL BEARER
//
// BEARER is the owner's key. Each client asks for the list again with every change that it hears of, as a page does. A line
// of JSON is printed for whatever happens to a client: {"client", "what", ...}
//
//   heard   the name of the activity that it was told of, and the names in the list
//   ended   how its stream came to its end
import { createClient as createSSE } from 'graphql-sse';
import { createClient as createWS } from 'graphql-ws';
import { setTimeout as pause } from 'node:timers/promises';
import { WebSocket } from 'ws';

const [url, bearer] = process.argv.slice(2);
const endpoint = new URL('/graphql', url).href;
const headers = { Authorization: `Bearer ${bearer}` };
const query = 'subscription { activityChanged { kind activity { name } } }';
const retries = { retryAttempts: 20, retryWait: () => pause(200) };

await Promise.all(['0', '1', '2'].flatMap((n) => [byEvents(`graphql-sse ${n}`), bySocket(`graphql-ws ${n}`)]));

/** The protocol's end of a stream is for good, so a page that goes on listening subscribes once more. */
async function byEvents(client) {
  for (;;) {
    const sse = createSSE({ url: endpoint, headers, ...retries });
    await listen(client, sse);
    say(client, 'ended', { how: 'complete' });
    sse.dispose();
  }
}

/** A socket's end is not that of its subscriptions: the client subscribes once more by itself. */
async function bySocket(client) {
  const ws = createWS({
    url: endpoint.replace(/^http/, 'ws'),
    webSocketImpl: WebSocket,
    connectionParams: headers,
    ...retries,
    on: { closed: ({ code }) => say(client, 'ended', { how: `closed ${code}` }) },
  });
  await listen(client, ws);
  say(client, 'ended', { how: 'complete' });
}

async function listen(client, transport) {
  try {
    for await (const { data, errors } of transport.iterate({ query })) {
      if (errors) throw errors;
      say(client, 'heard', { name: data.activityChanged.activity?.name, list: await list() });
    }
  } catch (error) {
    say(client, 'ended', { how: `failed: ${error?.stack ?? JSON.stringify(error)}` });
    process.exit(1);
  }
}

async function list() {
  const body = JSON.stringify({ query: '{ activities(first: 50) { nodes { name } } }' });
  const answer = await fetch(endpoint, { method: 'POST', headers: { ...headers, 'Content-Type': 'application/json' }, body });
  return (await answer.json()).data.activities.nodes.map(({ name }) => name);
}

function say(client, what, more = {}) {
  console.log(JSON.stringify({ client, what, ...more }));
}
