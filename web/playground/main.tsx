import 'graphiql/setup-workers/vite';

import { explorerPlugin } from '@graphiql/plugin-explorer';
import { HISTORY_PLUGIN } from '@graphiql/plugin-history';
import { GraphiQL } from 'graphiql';
import { createRoot } from 'react-dom/client';

import { examples } from './examples';
import { fetcher } from './fetcher';
import { persistsHeaders, withoutHeaders } from './storage';
import { FollowSystemTheme } from './system-theme';

// GraphiQL's own style.css holds these, a second copy of Monaco's styles, and 400 kB of fonts as data URIs.
import '@graphiql/react/style.css';
import '@graphiql/plugin-doc-explorer/style.css';
import '@graphiql/plugin-history/style.css';
import '@graphiql/plugin-explorer/style.css';
import 'graphiql/graphiql.css';
import './playground.css';

const headersHint = `{
  // "Authorization": "Bearer OWNER_KEY"
}`;

createRoot(document.getElementById('playground')!).render(
  <GraphiQL
    fetcher={fetcher}
    storage={withoutHeaders(localStorage)}
    shouldPersistHeaders={persistsHeaders(localStorage)}
    defaultTabs={examples(new Date())}
    defaultHeaders={headersHint}
    plugins={[HISTORY_PLUGIN, explorerPlugin()]}
  >
    <FollowSystemTheme />
    <GraphiQL.Logo>Domestique</GraphiQL.Logo>
  </GraphiQL>,
);
