import { useQuery } from '@urql/preact';

import { FrameDocument } from '../../api/operations.ts';
import { Page } from '../shell/page.tsx';
import { attributes, examples, variables } from './reference.ts';
import type { Example } from './reference.ts';
import { Snippet } from './snippet.tsx';

/** The page at /widget/: what a site pastes, what it gets, and what the gateway has to allow for it. */
export function WidgetPage({ gateway }: { gateway: string }) {
  const [{ data }] = useQuery({ query: FrameDocument });
  const lines = [
    `<script src="${gateway}/widget.js" async></script>`,
    '<domestique-latest sport="ride"></domestique-latest>',
    '<domestique-year sport="ride" target="6000"></domestique-year>',
  ];
  return (
    <Page status={data?.status} measurement={undefined}>
      <section class="widget-intro" aria-labelledby="widget">
        <h1 id="widget">Your training, on your own site.</h1>
        <p class="lead">
          Three lines in a static page show your latest ride and how far the year has come. No build step, no key in
          the page, nothing that the site has to serve.
        </p>
        <Snippet label="The three lines" text={lines.join('\n')} />
      </section>
      <section class="gallery" aria-labelledby="examples">
        <h2 id="examples">Three elements</h2>
        {examples.map((example) => (
          <Card key={example.html} example={example} />
        ))}
      </section>
      <Allowing gateway={gateway} />
      <section aria-labelledby="attributes">
        <h2 id="attributes">Attributes</h2>
        <Reference columns={['Attribute', 'Elements', 'Meaning']} rows={attributes} />
      </section>
      <section aria-labelledby="variables">
        <h2 id="variables">Looks</h2>
        <p>
          The elements take font and colour from the text around them. CSS variables change the rest, and{' '}
          <code>::part()</code> reaches every piece: <code>photo</code>, <code>when</code>, <code>title</code>,{' '}
          <code>figures</code>, <code>link</code>, <code>label</code>, <code>total</code>, <code>bar</code>,{' '}
          <code>days</code>.
        </p>
        <Reference columns={['Variable', 'Default', 'What it colours or sizes']} rows={variables} />
      </section>
    </Page>
  );
}

function Card({ example: { title, html, text, className } }: { example: Example; key: string }) {
  return (
    <article class="example">
      <h3>{title}</h3>
      <p class="faint">{text}</p>
      {/* The very text that is shown below it, so that neither can be wrong alone. */}
      <div class={`stage ${className ?? ''}`} dangerouslySetInnerHTML={{ __html: html }} />
      <Snippet label={title} text={html} />
    </article>
  );
}

function Allowing({ gateway }: { gateway: string }) {
  return (
    <section class="allowing" aria-labelledby="allowing">
      <h2 id="allowing">What the gateway has to allow</h2>
      <div>
        <p>
          On this page the elements show what you may see. On your site they ask for what anybody may, which is
          nothing until you say so: Strava's API policy lets an athlete's data be shown to that athlete alone. Where
          you decide otherwise, two variables are enough:
        </p>
        <Snippet label="The environment" text={'PUBLIC_ACCESS=trusted\nALLOWED_ORIGINS=https://your-site.example'} />
        <p>
          The widget asks with documents that the gateway knows beforehand, so no other query is answered without your
          key. It sends a plain <code>GET</code> to <code>{gateway}/graphql</code>, without cookies, which caches may
          answer. Only activities that everyone may see on Strava count.
        </p>
        <p>
          When the gateway is away, each element shows what stands between its tags, and says nothing. A site with a
          content security policy adds <code>{gateway}</code> to <code>script-src</code> and <code>connect-src</code>,
          and for photos <code>https:</code> to <code>img-src</code>.
        </p>
      </div>
    </section>
  );
}

function Reference({ columns, rows }: { columns: string[]; rows: readonly (readonly [string, string, string])[] }) {
  return (
    <div class="reference" role="region" aria-label={`${columns[0]}s`} tabIndex={0}>
      <table>
        <thead>
          <tr>
            {columns.map((column) => (
              <th key={column} scope="col">
                {column}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map(([name, second, meaning]) => (
            <tr key={name}>
              <th scope="row">
                <code>{name}</code>
              </th>
              <td>{second}</td>
              <td>{meaning}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
