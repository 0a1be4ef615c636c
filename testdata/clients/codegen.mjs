// Makes TypeScript of the documents with graphql-codegen's client preset, as a frontend's build does, from the schema that
// the gateway shows:
//
//   node codegen.mjs URL BEARER FOLDER
//
// then asks and listens with what was made: by text, and by the hash of the trusted documents' manifest that the preset
// writes. It prints one JSON object.
import { readFileSync, writeFileSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { generate } from '@graphql-codegen/cli';
import { preset } from '@graphql-codegen/client-preset';
import { listens } from './listen.mjs';

const [url, bearer, folder] = process.argv.slice(2);
const endpoint = new URL('/graphql', url).href;
const headers = { Authorization: `Bearer ${bearer}`, 'Content-Type': 'application/json' };

mkdirSync(folder, { recursive: true });
await generate(
  {
    cwd: folder,
    silent: true,
    schema: [{ [endpoint]: { headers } }],
    documents: [new URL('documents/*.graphql', import.meta.url).pathname],
    generates: {
      [join(folder, 'gql/')]: {
        preset,
        presetConfig: { persistedDocuments: { hashAlgorithm: 'sha256' } },
      },
    },
  },
  true,
);
const manifest = JSON.parse(readFileSync(join(folder, 'gql/persisted-documents.json'), 'utf8'));
const types = readFileSync(join(folder, 'gql/graphql.ts'), 'utf8');

const answers = {};
let listening = false;
for (const [hash, document] of Object.entries(manifest)) {
  if (document.startsWith('subscription')) {
    listening = await listens(endpoint, headers, { query: document, documentId: hash });
    continue;
  }
  const name = /query (\w+)/.exec(document)[1];
  const response = await fetch(endpoint, {
    method: 'POST',
    headers,
    body: JSON.stringify({ query: document, documentId: hash, variables: { first: 2 } }),
  });
  answers[name] = await response.json();
}
writeFileSync(join(folder, 'manifest.json'), JSON.stringify(manifest));
const typed = /export type LatestQuery = /.test(types) && /export type ChangesSubscription = /.test(types);
console.log(JSON.stringify({ answers, typed, listening, manifest: join(folder, 'manifest.json') }));
