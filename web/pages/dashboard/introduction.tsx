import { useQuery } from '@urql/preact';

import { TasteDocument } from '../../api/operations.ts';
import taste from './taste.graphql?raw';

import './introduction.css';

/** What this is, for somebody who has never heard of it: in words, and as a question with its answer. */
export function Introduction({ demo }: { demo: boolean }) {
  return (
    <section class="introduction" aria-labelledby="introduction">
      <div>
        <h1 id="introduction">Your training, one query away.</h1>
        <p class="lead">
          Domestique is a GraphQL gateway for your own fitness data: it holds a copy of your Strava activities and
          answers your pages and sites in one request. This dashboard is such a page; it uses nothing but the public
          API.
        </p>
        {demo && (
          <p>
            <strong>This is a demo.</strong> The athlete and every activity are invented.
          </p>
        )}
        <p class="actions">
          {demo ? (
            <>
              <a class="button" href="/playground">
                Open the playground
              </a>
              <a class="button quiet" href="#own-account">
                Use your own data
              </a>
            </>
          ) : (
            <a class="button" href="/login?next=/">
              Sign in
            </a>
          )}
        </p>
      </div>
      {demo && <Taste />}
    </section>
  );
}

/** How somebody gets from the demo to their own data. */
export function OwnAccount() {
  return (
    <section class="own-account" aria-labelledby="own-account">
      <h2 id="own-account">Use your own data</h2>
      <ol>
        <li>
          Stop the demo and start the gateway without it: <code>go run .</code>
        </li>
        <li>Open the link that it prints. It signs you in and leads to the connection page.</li>
        <li>That page walks you through the rest: an application of your own at Strava, and your consent.</li>
      </ol>
    </section>
  );
}

function Taste() {
  const [{ data, fetching }] = useQuery({ query: TasteDocument });
  return (
    <div class="taste">
      <figure>
        <figcaption>Ask</figcaption>
        <pre>{taste.trim()}</pre>
      </figure>
      <figure>
        <figcaption>Get</figcaption>
        <pre aria-busy={fetching}>{data ? JSON.stringify(data, withoutTypes, 2) : '…'}</pre>
      </figure>
    </div>
  );
}

/** The client asks for the name of every type as well, which nobody has written. */
function withoutTypes(key: string, value: unknown): unknown {
  return key === '__typename' ? undefined : value;
}
