import 'graphiql/setup-workers/vite';

import { explorerPlugin } from '@graphiql/plugin-explorer';
import { HISTORY_PLUGIN } from '@graphiql/plugin-history';
import { GraphiQL } from 'graphiql';
import { createRoot } from 'react-dom/client';

import { examples, tabs } from './examples';
import { ExamplesMenu } from './examples-menu';
import { fetcher } from './fetcher';
import { ShareButton, followShared, takeShared } from './share';
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

const all = examples(new Date());
const shared = takeShared();
followShared();

createRoot(document.getElementById('playground')!).render(
  <GraphiQL
    fetcher={fetcher}
    storage={withoutHeaders(localStorage)}
    shouldPersistHeaders={persistsHeaders(localStorage)}
    initialQuery={shared}
    defaultTabs={[...(shared ? [{ query: shared }] : []), ...all.slice(0, tabs)]}
    defaultHeaders={headersHint}
    plugins={[HISTORY_PLUGIN, explorerPlugin()]}
  >
    <FollowSystemTheme />
    <GraphiQL.Logo>
      <ExamplesMenu examples={all} />
      <a href="/">Domestique</a>
    </GraphiQL.Logo>
    <GraphiQL.Toolbar>
      {({ prettify, merge, copy }) => (
        <>
          {prettify}
          {merge}
          {copy}
          <ShareButton />
        </>
      )}
    </GraphiQL.Toolbar>
  </GraphiQL>,
);
