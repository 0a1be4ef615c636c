import { appendFileSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';

import { defineConfig, mergeConfig } from 'vite';
import type { Plugin } from 'vite';

import { bundle } from '../bundle.ts';

const pages = ['index.html', 'activity.html', 'widget.html'];

export default defineConfig(
  mergeConfig(bundle('pages'), {
    base: '/',
    plugins: [paintOnce(), fontLicense()],
    build: { rolldownOptions: { input: pages.map((page) => resolve(import.meta.dirname, page)) } },
  }),
);

/**
 * Lets the first paint wait for the page's script, which is small: it knows the theme that was chosen, and without it a
 * dark page would flash white.
 */
function paintOnce(): Plugin {
  return {
    name: 'paint-once',
    apply: 'build',
    transformIndexHtml: {
      order: 'post',
      handler: (html) => html.replaceAll('<script type="module"', '<script type="module" blocking="render"'),
    },
  };
}

/** Adds the font's licence to those of the packages, which Vite collects from the scripts alone. */
function fontLicense(): Plugin {
  const license = resolve(import.meta.dirname, '../node_modules/@fontsource/barlow-condensed/LICENSE');
  return {
    name: 'font-license',
    apply: 'build',
    writeBundle({ dir }) {
      appendFileSync(
        resolve(dir!, 'licenses.txt'),
        `\n## @fontsource/barlow-condensed (OFL-1.1)\n\n${readFileSync(license, 'utf8')}`,
      );
    },
  };
}
