import { useState } from 'react';

import { ToolbarButton, useGraphiQL } from '@graphiql/react';

const parameter = 'query';

/**
 * The query of a shared link, which is taken out of the address: a reload shows what became of it, not what it was. It
 * stands behind the #, which browsers keep to themselves, so no server's log has it.
 */
export function takeShared(): string | undefined {
  const shared = new URLSearchParams(location.hash.slice(1)).get(parameter);
  if (shared) history.replaceState(null, '', location.pathname + location.search);
  return shared || undefined;
}

/** Loads the page anew when a shared link is opened in the page itself, which changes nothing but its fragment. */
export function followShared(): void {
  addEventListener('hashchange', () => location.reload());
}

/** Copies a link to the query alone: variables and headers may hold what is nobody else's business. */
export function ShareButton() {
  const queryEditor = useGraphiQL((state) => state.queryEditor);
  const [said, say] = useState<string>();
  const share = async () => {
    const link = new URL(location.pathname, location.href);
    link.hash = new URLSearchParams({ [parameter]: queryEditor?.getValue() ?? '' }).toString();
    try {
      await navigator.clipboard.writeText(link.href);
      say('The link is in the clipboard');
    } catch {
      // Without https a browser has no clipboard; the address bar is what is left.
      history.replaceState(null, '', link);
      say('The link is in the address bar');
    }
  };
  return (
    <ToolbarButton onClick={() => void share()} onBlur={() => say(undefined)} label={said ?? 'Share the query, without variables and headers'}>
      <svg className="graphiql-toolbar-icon" viewBox="0 0 20 20" fill="none" stroke="currentColor" strokeWidth="1.6" aria-hidden="true">
        <path d="M8.5 11.5a3.5 3.5 0 0 0 5 0l3-3a3.5 3.5 0 0 0-5-5l-1 1M11.5 8.5a3.5 3.5 0 0 0-5 0l-3 3a3.5 3.5 0 0 0 5 5l1-1" />
      </svg>
    </ToolbarButton>
  );
}
