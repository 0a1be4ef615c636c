// Looks at the dashboard and at an activity's page as people would, in a real browser, in every state that they have:
//
//   node e2e/pages.mjs DEMO FRESH KEY CHROMIUM [SCREENSHOTS]
//
// DEMO is the address of a gateway with -demo, FRESH that of one that nobody has connected, KEY its owner's key, CHROMIUM
// the path of a Chromium or Chrome, SCREENSHOTS a folder to write to: every state at three widths in both schemes. States
// that are hard to bring about are made by changing the demo's answers on their way. It prints one JSON object:
//
//   ok        whether there were no problems; the exit code says it too
//   problems  what went wrong: console errors, blocked loads, hosts elsewhere, pages wider than their window, findings of axe
//   states    the states that were looked at
//   paint     milliseconds to the largest contentful paint of the dashboard and of an activity, at a first visit
//   bytes     what the first visit of either loads, compressed, without the answers of the gateway
import { join } from 'node:path';

import { findings, noteViolations, openBrowser, schemes, settled, widths } from './browser.mjs';
import { interactions } from './interactions.mjs';
import { statesOf } from './states.mjs';

const [demo, fresh, key, executablePath, screenshots] = process.argv.slice(2);
if (!executablePath) {
  console.error('usage: node pages.mjs DEMO FRESH KEY CHROMIUM [SCREENSHOTS]');
  process.exit(2);
}

const problems = [];
const looked = [];
const paint = {};
const bytes = {};

const browser = await openBrowser(executablePath, ['localhost', '127.0.0.1']);
try {
  const activities = await newest();
  for (const state of statesOf({ demo, fresh, key, activities })) {
    await withPage(state.name, {}, (page) => look(page, state));
    looked.push(state.name);
  }
  for (const [name, path] of [
    ['dashboard', '/'],
    ['activity', `/activities/${activities.outdoors}`],
  ]) {
    // A busy machine makes a page late, but none makes it early: the best of a few visits is the page's own time.
    for (let visit = 0; visit < 5 && !(paint[name] < 1000); visit += 1) {
      await withPage(`${name}, timed`, {}, (page) => measure(page, name, path));
    }
  }
  for (const { name, options, run } of interactions({ demo, activities })) {
    await withPage(name, options ?? {}, run);
    looked.push(name);
  }
} catch (error) {
  problems.push(String(error.stack ?? error));
} finally {
  await browser.close();
}
const ok = problems.length === 0;
console.log(JSON.stringify({ ok, problems, states: looked, paint, bytes }, null, 2));
process.exit(ok ? 0 : 1);

/** The newest activities of the demo that have and have not what pages show. */
async function newest() {
  const query = `{
    outdoors: activities(filter: { hasMap: true, hasHeartRate: true, sportGroups: [RUN] }, first: 1) { nodes { stravaId } }
    indoors: activities(filter: { hasMap: false, sports: [WEIGHT_TRAINING] }, first: 1) { nodes { stravaId } }
    all: activities(first: 1) { totalCount }
  }`;
  const response = await fetch(new URL('/graphql', demo), {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify({ query }),
  });
  const { data } = await response.json();
  return {
    outdoors: data.outdoors.nodes[0].stravaId,
    indoors: data.indoors.nodes[0].stravaId,
    count: data.all.totalCount,
  };
}

/** Runs something with a page of its own, in a browser that has never been here. */
async function withPage(name, options, run) {
  const context = await browser.newContext({ viewport: { width: 1440, height: 900 }, locale: 'en-GB', ...options });
  const page = await context.newPage();
  // Long enough for a busy machine; nothing waits that long on an idle one.
  page.setDefaultTimeout(30_000);
  await noteViolations(page);
  watch(page, name);
  try {
    await run(page, (problem) => problems.push(`${name}: ${problem}`));
    const violations = await page.evaluate(() => globalThis.policyViolations);
    problems.push(...violations.map((violation) => `${name}: content security policy: ${violation}`));
  } catch (error) {
    problems.push(`${name}: ${error.message}`);
  } finally {
    await context.close();
  }
}

/** Collects what must not happen. */
function watch(page, name) {
  page.on('console', (message) => {
    // Chromium reports answers of 4xx and 5xx, and requests that a state stops, as errors; states show what follows.
    if (message.type() === 'error' && !/^Failed to load resource/.test(message.text())) {
      problems.push(`${name}: console: ${message.text()}`);
    }
  });
  page.on('pageerror', (error) => problems.push(`${name}: uncaught: ${error.message}`));
  page.on('request', (request) => {
    const { protocol, hostname } = new URL(request.url());
    if (protocol !== 'data:' && !['localhost', '127.0.0.1'].includes(hostname)) {
      problems.push(`${name}: request to another host: ${hostname}`);
    }
  });
}

/** Brings a state about, and looks at it in both schemes and all widths. */
async function look(page, { name, url, prepare, text }) {
  await prepare?.(page);
  await page.goto(url);
  await page.getByText(text).first().waitFor();
  if (name !== 'loading') await settled(page);
  for (const colorScheme of schemes) {
    await page.emulateMedia({ colorScheme });
    for (const width of widths) {
      await page.setViewportSize({ width, height: 900 });
      const beyond = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
      if (beyond > 0) problems.push(`${name}: ${beyond} pixels wider than a window of ${width}`);
      if (screenshots) {
        const path = join(screenshots, `${name.replaceAll(/\W+/g, '-')}-${colorScheme}-${width}.png`);
        await page.screenshot({ path, fullPage: true });
      }
    }
    problems.push(...(await findings(page)).map((finding) => `${name}, ${colorScheme}: ${finding}`));
  }
}

/** How long the first visit takes, and how much it loads. */
async function measure(page, name, path) {
  const sizes = [];
  page.on('response', (response) => {
    if (response.request().resourceType() === 'image' || new URL(response.url()).pathname === '/graphql') return;
    sizes.push(response.request().sizes());
  });
  await page.goto(new URL(path, demo).href);
  await settled(page);
  const time = await page.evaluate(
    () =>
      new Promise((resolve) => {
        new PerformanceObserver((list) => resolve(Math.round(list.getEntries().at(-1).startTime))).observe({
          type: 'largest-contentful-paint',
          buffered: true,
        });
      }),
  );
  paint[name] = Math.min(time, paint[name] ?? Infinity);
  bytes[name] = (await Promise.all(sizes)).reduce((sum, size) => sum + size.responseBodySize, 0);
  if (bytes[name] > 150_000) problems.push(`${name}: the first visit loads ${bytes[name]} bytes`);
}
