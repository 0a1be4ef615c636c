import type { Fault } from '../../api/fault.ts';
import { formatClock } from '../format/calendar.ts';
import { Notice } from './notice.tsx';

interface FaultProps {
  fault: Fault;
  onRetry: () => void;
}

/** Why a part of the page is missing, and what helps. Silent where nothing does. */
export function FaultNotice({ fault, onRetry }: FaultProps) {
  const words = explain(fault);
  if (!words) return null;
  return (
    <Notice tone={words.isBad ? 'bad' : 'warn'} title={words.title}>
      {words.text} <Remedy {...words} onRetry={onRetry} look="link" />
    </Notice>
  );
}

/** The same, where there is nothing else on the page. */
export function FaultPage({ fault, onRetry }: FaultProps) {
  const words = explain(fault);
  if (!words) return null;
  return (
    <section class="empty" role={words.isBad ? 'alert' : undefined}>
      <h1>{words.title}</h1>
      <p class="lead">{words.text}</p>
      <p class="actions">
        <Remedy {...words} onRetry={onRetry} look="button" />
      </p>
    </section>
  );
}

/** Where one signs in and comes back from to this page. */
export function signInAddress(): string {
  return `/login?next=${encodeURIComponent(location.pathname)}`;
}

/** What to say of a fault. */
interface Words {
  title: string;
  text: string;
  isBad?: boolean;
  /** What helps; nothing but time without it. */
  remedy?: string;
  /** Where that is done; asking once more without it. */
  address?: string;
}

function explain({ remedy, message, retryAt }: Fault): Words | undefined {
  switch (remedy) {
    case 'none':
      return undefined;
    case 'sign-in':
      return {
        title: 'You are signed out.',
        text: 'The gateway answers its owner alone.',
        remedy: 'Sign in',
        address: signInAddress(),
      };
    case 'connect':
      return {
        title: 'The connection to Strava needs you.',
        text: message,
        remedy: 'Look after the connection',
        address: '/connect',
      };
    case 'quota':
      return {
        title: 'Strava’s quota is used up for the moment.',
        text: `What the gateway holds is shown; the rest can be asked for ${retryAt ? `from ${formatClock(retryAt)} on` : 'later'}.`,
      };
    case 'strava':
      return { title: 'Strava does not answer.', text: 'What the gateway holds is shown.', remedy: 'Try again' };
    case 'gateway':
      return { title: 'The gateway does not answer.', text: 'Is it still running?', isBad: true, remedy: 'Try again' };
    case 'log':
      return { title: 'Something went wrong.', text: message, isBad: true, remedy: 'Try again' };
  }
}

function Remedy({ remedy, address, onRetry, look }: Words & { onRetry: () => void; look: 'link' | 'button' }) {
  if (!remedy) return null;
  if (address) {
    return (
      <a class={look} href={address}>
        {remedy}
      </a>
    );
  }
  return (
    <button type="button" class={look} onClick={onRetry}>
      {remedy}
    </button>
  );
}
