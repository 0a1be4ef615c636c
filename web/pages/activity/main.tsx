import '../../design/design.css';

import { Provider } from '@urql/preact';
import { render } from 'preact';

import { newClient } from '../../api/client.ts';
import { applyStoredTheme } from '../shell/preferences.ts';
import { ActivityPage } from './activity.tsx';

import './activity.css';

applyStoredTheme();
const id = decodeURIComponent(location.pathname.split('/').at(-1)!);
render(
  <Provider value={newClient()}>
    <ActivityPage id={id} />
  </Provider>,
  document.getElementById('page')!,
);
