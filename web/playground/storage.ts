import type { Storage } from '@graphiql/toolkit';

const persistHeadersKey = 'graphiql:persistHeaders';

// GraphiQL's history writes the request headers of everything that was run, whatever its own "Persist headers"
// setting says; so these two are filtered here.
const historyKeys = new Set(['graphiql:queries', 'graphiql:favorites']);

/** Whether the user asked, in GraphiQL's settings, that request headers outlive the page. */
export function persistsHeaders(storage: Storage): boolean {
  return storage.getItem(persistHeadersKey) === 'true';
}

/** A store over another one that keeps no request headers, so no owner's key, unless the user asked for that. */
export function withoutHeaders(storage: Storage): Storage {
  return {
    getItem: (key) => storage.getItem(key),
    setItem(key, value) {
      const keep = !historyKeys.has(key) || persistsHeaders(storage);
      storage.setItem(key, keep ? value : stripHeaders(value));
    },
    removeItem: (key) => storage.removeItem(key),
    clear: () => storage.clear(),
    get length() {
      return storage.length;
    },
  };
}

function stripHeaders(history: string): string {
  return JSON.stringify(JSON.parse(history), (key, value) => (key === 'headers' ? undefined : value));
}
