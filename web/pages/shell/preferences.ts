import { createContext } from 'preact';
import { useContext, useEffect, useState } from 'preact/hooks';

import type { Measurement } from '../../api/operations.ts';
import { unitsOf } from '../format/quantity.ts';
import type { Units } from '../format/quantity.ts';

/** The theme that was chosen; `system` follows the system's. */
export type Theme = 'system' | 'light' | 'dark';

/** How things are shown, to every part of a page. */
export interface Preferences {
  units: Units;
  /** What the theme comes to. */
  isDark: boolean;
}

const PreferencesContext = createContext<Preferences>({ units: unitsOf('METRIC'), isDark: false });

/** Hands preferences to the parts of a page. */
export const PreferencesProvider = PreferencesContext.Provider;

/** The preferences of the page around. */
export function usePreferences(): Preferences {
  return useContext(PreferencesContext);
}

/** What was chosen on an earlier visit, or the fallback; and what chooses. The browser alone keeps it. */
export function useStored<Value>(name: string, fallback: Value): [Value, (value: Value) => void] {
  const [value, setValue] = useState(() => stored(name, fallback));
  const choose = (chosen: Value) => {
    localStorage.setItem(keyOf(name), JSON.stringify(chosen));
    setValue(chosen);
  };
  return [value, choose];
}

/** The theme, whether it comes to a dark one, and what chooses it. */
export function useTheme(): { theme: Theme; isDark: boolean; choose: (theme: Theme) => void } {
  const [theme, store] = useStored<Theme>('theme', 'system');
  const systemIsDark = useMedia('(prefers-color-scheme: dark)');
  const choose = (chosen: Theme) => {
    applyTheme(chosen);
    store(chosen);
  };
  return { theme, isDark: theme === 'dark' || (theme === 'system' && systemIsDark), choose };
}

/** Shows the theme of an earlier visit: before anything is painted. */
export function applyStoredTheme(): void {
  applyTheme(stored<Theme>('theme', 'system'));
}

/** The system of units: what was chosen, else what the athlete prefers, else the custom of the browser's country. */
export function useMeasurement(athletes: Measurement | null | undefined): [Measurement, (chosen: Measurement) => void] {
  const [chosen, choose] = useStored<Measurement | null>('units', null);
  return [chosen ?? athletes ?? customary(), choose];
}

function customary(): Measurement {
  return ['US', 'LR', 'MM'].includes(new Intl.Locale(navigator.language).maximize().region ?? '')
    ? 'IMPERIAL'
    : 'METRIC';
}

function applyTheme(theme: Theme): void {
  if (theme === 'system') delete document.documentElement.dataset.theme;
  else document.documentElement.dataset.theme = theme;
}

function useMedia(query: string): boolean {
  const [matches, setMatches] = useState(() => matchMedia(query).matches);
  useEffect(() => {
    const list = matchMedia(query);
    const follow = () => setMatches(list.matches);
    list.addEventListener('change', follow);
    return () => list.removeEventListener('change', follow);
  }, [query]);
  return matches;
}

function stored<Value>(name: string, fallback: Value): Value {
  const text = localStorage.getItem(keyOf(name));
  return text === null ? fallback : (JSON.parse(text) as Value);
}

function keyOf(name: string): string {
  return `domestique:${name}`;
}
