// How long a page waits: a gateway that sleeps while nobody asks takes some seconds to wake up.
const patience = 20_000;

// The script's own address, which only holds while it runs for the first time.
const script = document.currentScript instanceof HTMLScriptElement ? document.currentScript.src : undefined;

const asked = new Map<string, Promise<unknown>>();

/**
 * Asks a gateway, by default the one that this script came from, for a trusted document by its hash. What several elements
 * ask alike is asked once. The promise is rejected without an answer, for whatever reason.
 *
 * The request is a plain GET without anything of the reader's: no other site needs to be asked for leave beforehand, caches
 * may answer it, and the gateway gives what it gives to anybody. On the gateway's own pages it is the session's.
 */
export function ask<Data>(document: string, variables: object, gateway = script): Promise<Data> {
  const address = new URL('graphql', gateway ?? location.href);
  address.search = String(
    new URLSearchParams({ documentId: `sha256:${document}`, variables: JSON.stringify(variables) }),
  );
  let answer = asked.get(address.href) as Promise<Data> | undefined;
  if (!answer) {
    answer = get<Data>(address);
    asked.set(address.href, answer);
    answer.catch(() => asked.delete(address.href));
  }
  return answer;
}

async function get<Data>(address: URL): Promise<Data> {
  const response = await fetch(address, {
    ...(address.origin === location.origin
      ? { credentials: 'same-origin', headers: { 'GraphQL-Require-Preflight': '1' } }
      : { credentials: 'omit' }),
    signal: AbortSignal.timeout(patience),
  });
  const { data } = (await response.json()) as { data?: Data | null };
  if (!data) throw new Error(`The gateway's answer was ${response.status}, without data.`);
  return data;
}
