import '../../design/design.css';

import { Provider } from '@urql/preact';
import { render } from 'preact';

import { newClient } from '../../api/client.ts';
import { applyStoredTheme } from '../shell/preferences.ts';
import { WidgetPage } from './examples.tsx';

import './examples.css';

applyStoredTheme();
render(
  <Provider value={newClient()}>
    <WidgetPage gateway={location.origin} />
  </Provider>,
  document.getElementById('page')!,
);
