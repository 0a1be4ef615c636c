import { defineConfig } from 'vite';

import { precompress } from './precompress.ts';

export default defineConfig({
  root: 'playground',
  base: '/playground/',
  plugins: [precompress()],
  build: {
    outDir: '../dist/playground',
    emptyOutDir: true,
    target: 'es2022',
    // No data URIs: what is a file of its own is cached by its hash, and the page's policy stays narrow.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    reportCompressedSize: false,
    chunkSizeWarningLimit: 4096,
    // The notices that the licences of the bundled packages ask for travel with them.
    license: { fileName: 'licenses.txt' },
    // "use client" marks server components' boundaries; there is no server here.
    rolldownOptions: { checks: { moduleLevelDirective: false } },
  },
  worker: { format: 'es' },
});
