import type { ComponentChildren } from 'preact';

import mark from '../../design/favicon.svg';
import type { Measurement, StatusFragment } from '../../api/operations.ts';
import { unitsOf } from '../format/quantity.ts';
import { Choice } from './choice.tsx';
import { useLive } from './live.ts';
import { PreferencesProvider, useMeasurement, useTheme } from './preferences.ts';

interface PageProps {
  status: StatusFragment | undefined;
  /** What the athlete prefers, once it is known. */
  measurement: Measurement | null | undefined;
  children: ComponentChildren;
}

/** What every page has around its content: where it is in the whole, and how things are shown. */
export function Page({ status, measurement, children }: PageProps) {
  const [system, chooseSystem] = useMeasurement(measurement);
  const { theme, isDark, choose } = useTheme();
  useLive(status);
  return (
    <PreferencesProvider value={{ units: unitsOf(system), isDark }}>
      <a class="skip" href="#content">
        Skip to the content
      </a>
      <header class="masthead">
        <a class="brand" href="/">
          <img src={mark} alt="" width="28" height="28" />
          Domestique
        </a>
        {status?.demo && <span class="badge">Demo</span>}
        <nav aria-label="Pages">
          <a href="/playground">Playground</a>
          <a href="/widget/">Widget</a>
          <a href="/connect">Connection</a>
        </nav>
        <button type="button" class="quiet" popovertarget="display">
          Display
        </button>
        <div id="display" class="popover" popover="auto">
          <p>Units</p>
          <Choice
            label="Units"
            options={[
              ['METRIC', 'Kilometres'],
              ['IMPERIAL', 'Miles'],
            ]}
            value={system}
            onChange={chooseSystem}
          />
          <p>Theme</p>
          <Choice
            label="Theme"
            options={[
              ['system', 'System'],
              ['light', 'Light'],
              ['dark', 'Dark'],
            ]}
            value={theme}
            onChange={choose}
          />
        </div>
      </header>
      <main id="content">{children}</main>
      <footer class="imprint">
        <p>
          Domestique{status && ` ${status.version}`} · a GraphQL gateway for your own fitness data.{' '}
          {status?.demo
            ? 'All data on this page is invented.'
            : 'The data comes from Strava and is shown to its owner.'}
        </p>
        <p>
          {status && <a href="/schema.graphql">Schema</a>} <a href="/licenses.txt">Licences</a>
        </p>
      </footer>
    </PreferencesProvider>
  );
}
