import { useSubscription } from '@urql/preact';
import { useEffect, useState } from 'preact/hooks';

import { ChangesDocument, FillingDocument } from '../../api/operations.ts';
import type { StatusFragment } from '../../api/operations.ts';

// Every change of an activity may change all that follows from activities. The client asks again for what holds these.
const affected = { additionalTypenames: ['Activity', 'ActivityConnection', 'Stats', 'GatewayStatus', 'Athlete'] };

/**
 * Keeps a page current for as long as it is in view. A page that nobody sees keeps no connection: browsers allow a host
 * only six at a time, for all of its pages together.
 */
export function useLive(status: StatusFragment | undefined): void {
  const seen = useSeen();
  const connected = status?.connection === 'CONNECTED';
  useSubscription({ query: ChangesDocument, pause: !seen || !connected, context: affected });
  useSubscription({ query: FillingDocument, pause: !seen || !connected || status.mirror.complete, context: affected });
}

function useSeen(): boolean {
  const [seen, see] = useState(!document.hidden);
  useEffect(() => {
    const follow = () => see(!document.hidden);
    document.addEventListener('visibilitychange', follow);
    return () => document.removeEventListener('visibilitychange', follow);
  }, []);
  return seen;
}
