import '../../design/design.css';

import { Provider } from '@urql/preact';
import { render } from 'preact';

import { newClient } from '../../api/client.ts';
import { applyStoredTheme } from '../shell/preferences.ts';
import { Dashboard } from './dashboard.tsx';

import './dashboard.css';

applyStoredTheme();
render(
  <Provider value={newClient()}>
    <Dashboard />
  </Provider>,
  document.getElementById('page')!,
);
