// Connects a running gateway to Strava as its owner would, in a real browser:
//
//   node e2e/connect.mjs LINK CHROMIUM STRAVA CLIENT_ID SECRET KEY [SCREENSHOTS]
//
// LINK is the one that the start printed, CHROMIUM the path of a Chromium or Chrome, STRAVA the address of the Strava
// that the gateway asks, CLIENT_ID and SECRET its application, KEY the owner's key, SCREENSHOTS a folder to write to. It
// prints one JSON object:
//
//   ok        whether there were no problems; the exit code says it too
//   problems  what went wrong: console errors, blocked loads, other hosts, pages wider than their window, findings of axe
//   visited   the address bar's contents, in their order
//   pages     the text of every page that was looked at
//   answer    the answer to a query with the session's cookie, and `refused` the status of one after signing out
import { join } from 'node:path';

import { findings, isTooWide, openBrowser, schemes, widths } from './browser.mjs';

const [link, executablePath, strava, clientID, secret, key, screenshots] = process.argv.slice(2);
if (!key) {
  console.error('usage: node connect.mjs LINK CHROMIUM STRAVA CLIENT_ID SECRET KEY [SCREENSHOTS]');
  process.exit(2);
}
const base = new URL(link).origin;
const hosts = [new URL(base).host, new URL(strava).host];

const problems = [];
const visited = [];
const pages = {};
let answer;
let refused;

const browser = await openBrowser(executablePath, [new URL(base).hostname, new URL(strava).hostname]);
try {
  const context = await browser.newContext({ viewport: { width: 390, height: 844 } });
  const page = await context.newPage();
  // Long enough for a busy machine; nothing waits that long on an idle one.
  page.setDefaultTimeout(60_000);
  watch(page);

  await page.goto(link);
  await look(page, 'begin', 'Not connected yet');
  await page.getByLabel('Client id').fill(clientID);
  await page.getByLabel('Client secret').fill('not the secret of that application');
  await connect(page);
  await look(page, 'wrong form', 'Not connected yet');
  await page.getByLabel('Client secret').fill('not-the-secret-of-that-application');
  await connect(page);
  await look(page, 'wrong secret', 'Not connected');
  await page.getByRole('link', { name: 'Back to the connection' }).click();
  await page.getByLabel('Client id').fill(clientID);
  await page.getByLabel('Client secret').fill(secret);
  await connect(page);
  // The page counts along by itself, as long as the list is being fetched.
  await page.getByText('that is all of your history').waitFor();
  await look(page, 'connected', 'Connected');

  answer = await (await ask(context)).json();

  await page.getByRole('link', { name: 'Session' }).click();
  await look(page, 'signed in', 'You are signed in');
  await page.getByRole('button', { name: 'Sign out' }).click();
  await look(page, 'signed out', 'Sign in');
  refused = (await ask(context)).status();

  await page.goto(link);
  await look(page, 'link used again', 'Sign in');
  await page.goto(new URL('/connect', base).href);
  await page.getByLabel("Owner's key").fill(key);
  await page.keyboard.press('Enter');
  await look(page, 'connected, by the key', 'Connected');
} catch (error) {
  problems.push(String(error));
} finally {
  await browser.close();
}
const ok = problems.length === 0;
console.log(JSON.stringify({ ok, problems, visited, pages, answer, refused }, null, 2));
process.exit(ok ? 0 : 1);

/** Collects what must not happen. */
function watch(page) {
  page.on('console', (message) => {
    // Chromium reports an answer of 4xx to a navigation as an error; those are looked at below.
    if (message.type() === 'error' && !/status of 40[03]/.test(message.text())) problems.push(`console: ${message.text()}`);
  });
  page.on('pageerror', (error) => problems.push(`uncaught: ${error.message}`));
  page.on('requestfailed', (request) => problems.push(`failed: ${request.url()} ${request.failure()?.errorText}`));
  page.on('request', (request) => {
    const { protocol, host } = new URL(request.url());
    if (protocol !== 'data:' && !hosts.includes(host)) problems.push(`request to another host: ${host}`);
  });
  page.on('framenavigated', (frame) => visited.push(frame.url()));
}

async function connect(page) {
  await page.getByRole('button', { name: 'Connect with Strava' }).click();
}

/** Waits for a page and takes note of what it says, in both colour schemes, from a phone's width to a wide window's. */
async function look(page, name, heading) {
  await page.getByRole('heading', { name: heading, exact: true, level: 1 }).waitFor();
  pages[name] = await page.locator('body').innerText();
  for (const colorScheme of schemes) {
    await page.emulateMedia({ colorScheme });
    for (const width of widths) {
      await page.setViewportSize({ width, height: 900 });
      if (await isTooWide(page)) problems.push(`${name}: wider than ${width} pixels`);
      if (screenshots) {
        const path = join(screenshots, `${name.replaceAll(/\W+/g, '-')}-${colorScheme}-${width}.png`);
        await page.screenshot({ path, fullPage: true });
      }
    }
    problems.push(...(await findings(page)).map((finding) => `${name}, ${colorScheme}: ${finding}`));
  }
}

function ask(context) {
  return context.request.post(new URL('/graphql', base).href, { data: { query: '{ athlete { firstName } }' } });
}
