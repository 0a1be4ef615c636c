import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';

import { defineConfig, mergeConfig } from 'vite';
import type { Plugin } from 'vite';

import { bundle } from '../bundle.ts';

export default defineConfig(
  mergeConfig(bundle('widget'), {
    plugins: [hashes()],
    build: {
      // Nothing of others is in it.
      license: false,
      // A classic script: it knows its own address, and a site needs no leave to load it.
      lib: {
        entry: resolve(import.meta.dirname, 'widget.ts'),
        formats: ['iife'],
        name: 'domestique',
        fileName: () => 'widget.js',
      },
    },
  }),
);

/** Gives `x.graphql?hash` as the SHA-256 of that file: the gateway has the document itself. */
function hashes(): Plugin {
  const query = '?hash';
  return {
    name: 'document-hashes',
    enforce: 'pre',
    load(id) {
      if (!id.endsWith(`.graphql${query}`)) return undefined;
      const text = readFileSync(id.slice(0, -query.length));
      return `export default '${createHash('sha256').update(text).digest('hex')}'`;
    },
  };
}
