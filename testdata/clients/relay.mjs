// Compiles what a page with Relay asks, by the schema that the gateway shows:
//
//   node relay.mjs URL BEARER FOLDER
//
// then asks and listens with what came of it, and prints one JSON object.
import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import relay from 'relay-compiler';
import { listens } from './listen.mjs';

const [url, bearer, folder] = process.argv.slice(2);
const endpoint = new URL('/graphql', url).href;
const headers = { Authorization: `Bearer ${bearer}`, 'Content-Type': 'application/json' };

mkdirSync(folder, { recursive: true });
cpSync(new URL('relay', import.meta.url).pathname, join(folder, 'src'), { recursive: true });
const schema = await fetch(new URL('/schema.graphql', url), { headers });
writeFileSync(join(folder, 'schema.graphql'), await schema.text());
writeFileSync(
  join(folder, 'relay.config.json'),
  JSON.stringify({ src: './src', schema: './schema.graphql', language: 'typescript', eagerEsModules: true }),
);
const compiled = spawnSync(relay, [], { cwd: folder, encoding: 'utf8' });
if (compiled.status !== 0) {
  console.error(compiled.stdout, compiled.stderr);
  process.exit(1);
}

function textOf(name) {
  const artifact = readFileSync(join(folder, `src/__generated__/${name}.graphql.ts`), 'utf8');
  return JSON.parse(/"text": (".*")/.exec(artifact)[1]);
}

async function ask(name, variables) {
  const query = textOf(name);
  const response = await fetch(endpoint, { method: 'POST', headers, body: JSON.stringify({ query, variables }) });
  return response.json();
}
const answers = {
  page: await ask('LatestQuery', { first: 1 }),
  refused: await ask('LatestPageQuery', { first: 1000 }),
};
const id = answers.page.data.activities.edges[0].node.id;
answers.node = await ask('LatestPhotoQuery', { id });
const listening = await listens(endpoint, headers, { query: textOf('LatestSubscription') });
console.log(JSON.stringify({ answers, id, listening }));
