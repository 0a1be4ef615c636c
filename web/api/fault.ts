import type { CombinedError } from '@urql/core';

/** What a page does about an error; the gateway's codes say more than a page can show. */
export type Remedy =
  /** Sign in. */
  | 'sign-in'
  /** Go to /connect. */
  | 'connect'
  /** Wait: Strava's quota is used up. */
  | 'quota'
  /** Wait: Strava is not there. */
  | 'strava'
  /** Try again: the gateway is not there. */
  | 'gateway'
  /** Nothing: the viewer may not see it, or Strava has it for its subscribers alone. */
  | 'none'
  /** Look into the gateway's log. */
  | 'log';

/** What went wrong with a query, as a whole or in part. */
export interface Fault {
  remedy: Remedy;
  /** A sentence for people, by the gateway. */
  message: string;
  /** When a quota is there again: an instant. */
  retryAt?: string;
}

// By weight: of several errors the first remedy is the one that helps.
const remedies: ReadonlyArray<readonly [code: string, remedy: Remedy]> = [
  ['UNAUTHENTICATED', 'sign-in'],
  ['NOT_CONNECTED', 'connect'],
  ['NEEDS_CONSENT', 'connect'],
  ['SCOPE_MISSING', 'connect'],
  ['APP_INACTIVE', 'connect'],
  ['MISCONFIGURED', 'connect'],
  ['RATE_LIMITED', 'quota'],
  ['UPSTREAM_UNAVAILABLE', 'strava'],
  ['INTERNAL_SERVER_ERROR', 'log'],
  ['SUBSCRIPTION_REQUIRED', 'none'],
  ['FORBIDDEN', 'none'],
];

/** The gravest of an answer's errors; undefined without one. */
export function faultOf(error: CombinedError | undefined): Fault | undefined {
  if (!error) return undefined;
  if (error.networkError) return { remedy: 'gateway', message: 'The gateway does not answer.' };
  for (const [code, remedy] of remedies) {
    const found = error.graphQLErrors.find(({ extensions }) => extensions.code === code);
    if (found) return { remedy, message: found.message, retryAt: found.extensions.retryAt as string | undefined };
  }
  return { remedy: 'log', message: error.graphQLErrors[0]?.message ?? error.message };
}
