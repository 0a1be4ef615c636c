import { useEffect } from 'react';

import { useGraphiQL, useGraphiQLActions } from '@graphiql/react';

/**
 * Shows nothing. While the user has chosen no theme, GraphiQL's styles follow the system's by themselves, but its
 * editors look only when the page loads: dark text on a dark ground after a change. Setting the same theme again tells
 * them.
 */
export function FollowSystemTheme() {
  const { setTheme } = useGraphiQLActions();
  const theme = useGraphiQL((state) => state.theme);
  useEffect(() => {
    const systemIsDark = matchMedia('(prefers-color-scheme: dark)');
    const follow = () => setTheme(theme);
    systemIsDark.addEventListener('change', follow);
    return () => systemIsDark.removeEventListener('change', follow);
  }, [setTheme, theme]);
  return null;
}
