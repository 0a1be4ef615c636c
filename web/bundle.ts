import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';

import { gzipSync } from 'fflate';
import type { Plugin, UserConfig } from 'vite';

/** How every bundle of this folder is built: into dist/NAME, compressed, from nothing but its sources and the lock file. */
export function bundle(name: string): UserConfig {
  return {
    plugins: [precompress()],
    build: {
      outDir: `../dist/${name}`,
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
  };
}

/**
 * Leaves every built file as `name.gz` alone: that is how it is embedded and sent.
 *
 * Gzip, because the Go side can undo it with the standard library for the rare client that does not take it. By
 * fflate, because the bytes of Node's own zlib differ from one processor and release to the next.
 */
function precompress(): Plugin {
  let outDir = '';
  return {
    name: 'precompress',
    apply: 'build',
    configResolved(config) {
      outDir = resolve(config.root, config.build.outDir);
    },
    closeBundle() {
      for (const entry of readdirSync(outDir, { recursive: true, withFileTypes: true })) {
        if (entry.isFile()) compress(join(entry.parentPath, entry.name));
      }
    },
  };
}

function compress(path: string): void {
  // A fixed time in the gzip header, so that the same input gives the same file.
  writeFileSync(`${path}.gz`, gzipSync(readFileSync(path), { level: 9, mem: 12, mtime: 0 }));
  rmSync(path);
}
