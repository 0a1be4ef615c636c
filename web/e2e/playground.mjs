// Uses the playground of a running gateway as a person would, in a real browser:
//
//   node e2e/playground.mjs URL CHROMIUM [SCREENSHOT]
//
// URL is the address of a gateway with -demo, CHROMIUM the path of a Chromium or Chrome, SCREENSHOT a .png to write. It
// runs every example of the menu with the execute button, listens to a subscription, opens a shared link, and prints one
// JSON object:
//
//   ok          whether there were no problems; the exit code says it too
//   problems    what went wrong: console errors, blocked loads, other hosts, answers with errors
//   requests    how many requests the page made, and `hosts` to whom
//   violations  what the content security policy stopped
//   answer      the first example's answer as the page shows it, as far as it is in view
//   answers     the answer of every example that is a query, as it was sent, by operation name
//   heard       what the subscription told of an activity that was made meanwhile
import { noteViolations, openBrowser } from './browser.mjs';

const [url, executablePath, screenshot] = process.argv.slice(2);
if (!url || !executablePath) {
  console.error('usage: node playground.mjs URL CHROMIUM [SCREENSHOT]');
  process.exit(2);
}
const base = new URL(url);

// The example that is no query.
const subscription = 'Changes';

const problems = [];
const requests = [];
const answers = {};
let violations = [];
let answer = '';
let heard = '';

const browser = await openBrowser(executablePath, [base.hostname]);
try {
  const context = await browser.newContext({ viewport: { width: 1280, height: 800 } });
  await context.grantPermissions(['clipboard-read', 'clipboard-write'], { origin: base.origin });
  const page = await context.newPage();
  // Long enough for a busy machine; nothing waits that long on an idle one.
  page.setDefaultTimeout(60_000);
  await watch(page);
  await open(page);
  await typeHeader(page, 'X-Playground-Check', 'not to be stored');
  const [first = '', ...others] = await page.locator('.graphiql-tab-button').allInnerTexts();
  answer = await run(page, first);
  if (screenshot) await page.screenshot({ path: screenshot });
  for (const operation of others) {
    await openTab(page, operation);
    await run(page, operation);
  }
  await checkStorage(page, 'not to be stored');
  for (const title of await exampleTitles(page)) {
    const operation = await openExample(page, title);
    if (operation !== subscription) await run(page, operation);
  }
  heard = await listen(page);
  await share(page);
  violations = await page.evaluate(() => globalThis.policyViolations);
} catch (error) {
  problems.push(String(error));
} finally {
  await browser.close();
}

const hosts = [...new Set(requests.map((request) => new URL(request).host))];
problems.push(...violations.map((violation) => `content security policy: ${violation}`));
problems.push(...hosts.filter((host) => host !== base.host).map((host) => `request to another host: ${host}`));
const ok = problems.length === 0;
console.log(JSON.stringify({ ok, problems, requests: requests.length, hosts, violations, answer, answers, heard }, null, 2));
process.exit(ok ? 0 : 1);

/** Collects what must not happen, from before the page's own first script. */
async function watch(page) {
  await noteViolations(page);
  page.on('console', (message) => {
    if (message.type() === 'error') problems.push(`console: ${message.text()}`);
  });
  page.on('pageerror', (error) => problems.push(`uncaught: ${error.message}`));
  page.on('requestfailed', (request) => {
    const reason = request.failure()?.errorText;
    // What the page itself gave up, or the browser when it closes, is no fault.
    if (reason !== 'net::ERR_ABORTED') problems.push(`failed: ${request.url()} ${reason}`);
  });
  page.on('request', (request) => {
    // data: and blob: are the page's own bytes; they go to no host.
    if (/^(https?|wss?):/.test(request.url())) requests.push(request.url());
  });
}

/** Opens the page and waits until it knows the schema. */
async function open(page) {
  const introspection = answerOf(page, 'IntrospectionQuery');
  await page.goto(new URL('/playground', base).href);
  const { errors } = await (await introspection).json();
  if (errors) throw new Error(`introspection: ${JSON.stringify(errors)}`);
}

/** Puts one header into the headers tab, in place of what stands there. */
async function typeHeader(page, name, value) {
  await page.getByRole('button', { name: 'Headers', exact: true }).click();
  await page.locator('.graphiql-editor-tool .graphiql-editor:not(.hidden)').click();
  await page.keyboard.press('ControlOrMeta+A');
  await page.keyboard.insertText(JSON.stringify({ [name]: value }));
  // What the editor closed on its own accord stands after the cursor.
  await page.keyboard.press('ControlOrMeta+Shift+End');
  await page.keyboard.press('Delete');
  const ofThisTab = page.waitForRequest((request) => operationOf(request) === 'Site');
  void ofThisTab.then((request) => {
    if (request.headers()[name.toLowerCase()] !== value) problems.push('the header of the headers tab was not sent');
  });
}

async function openTab(page, operation) {
  await page.getByRole('button', { name: operation, exact: true }).click();
  // GraphiQL sees that it has another operation before it a moment after the switch, and stores it just then.
  await page.waitForFunction((name) => localStorage.getItem('graphiql:query')?.includes(`query ${name}`), operation);
}

/** Executes what stands in the open tab and returns the answer as the page shows it. */
async function run(page, operation) {
  const answered = answerOf(page, operation);
  await page.locator('.graphiql-execute-button').click();
  const response = await answered;
  const body = await response.json();
  answers[operation] = body;
  if (!response.ok() || body.errors || !body.data) {
    problems.push(`${operation}: ${response.status()} ${JSON.stringify(body.errors)}`);
  }
  const lines = page.locator('.result-window .view-lines');
  await lines.getByText('"data"').first().waitFor();
  // Monaco draws spaces as no-break spaces, and only the lines in view.
  return (await lines.innerText()).replaceAll('\u00a0', ' ');
}

async function exampleTitles(page) {
  const menu = page.getByRole('button', { name: 'Examples' });
  await menu.click();
  const titles = await page.getByRole('menuitem').allInnerTexts();
  await page.keyboard.press('Escape');
  if (titles.length < 10) problems.push(`the menu has ${titles.length} examples`);
  return titles;
}

/** Opens an example in a tab of its own and returns the operation's name. */
async function openExample(page, title) {
  const before = await page.locator('.graphiql-tab-button').count();
  await page.getByRole('button', { name: 'Examples' }).click();
  await page.getByRole('menuitem', { name: title }).click();
  const tab = page.locator('.graphiql-tab-button').nth(before);
  // A tab takes its operation's name once GraphiQL has seen what stands in it.
  await page.waitForFunction(
    (index) => !document.querySelectorAll('.graphiql-tab-button')[index]?.textContent.includes('<untitled>'),
    before,
  );
  return (await tab.innerText()).trim();
}

/** Runs the subscription in the open tab until it has told of an activity that somebody makes meanwhile. */
async function listen(page) {
  const name = 'Made while somebody listens';
  const answered = page.waitForResponse((response) => /event-stream/.test(response.headers()['content-type'] ?? ''));
  await page.locator('.graphiql-execute-button').click();
  await answered;
  await make(name);
  const lines = page.locator('.result-window .view-lines');
  await lines.getByText(name).first().waitFor();
  await page.getByRole('button', { name: 'Stop query' }).click();
  await page.getByRole('button', { name: 'Execute query' }).waitFor();
  return (await lines.innerText()).replaceAll('\u00a0', ' ');
}

async function make(name) {
  const query = `mutation($input: CreateActivityInput!) { createActivity(input: $input) { id } }`;
  const input = { name, sport: 'RUN', startedAtLocal: '2020-02-29T07:00:00', elapsedTime: 600 };
  const response = await fetch(new URL('/graphql', base), {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify({ query, variables: { input } }),
  });
  const { errors } = await response.json();
  if (errors) throw new Error(`make an activity: ${JSON.stringify(errors)}`);
}

/** Shares a query that has variables, and opens the link as somebody who was never here. */
async function share(page) {
  await openExample(page, 'A chart of height and heart rate');
  await page.getByRole('button', { name: /^Share the query/ }).click();
  await page.getByRole('button', { name: /in the clipboard/ }).waitFor();
  const link = await page.evaluate(() => navigator.clipboard.readText());
  if (!link.includes('#query=') || link.includes('points%22')) problems.push(`the shared link is ${link}`);

  const context = await browser.newContext();
  const other = await context.newPage();
  await other.goto(link);
  await other.getByRole('button', { name: 'Chart', exact: true }).waitFor();
  await other.locator('.graphiql-query-editor .view-lines').getByText('streams').first().waitFor();
  const left = new URL(other.url());
  if (left.hash) problems.push(`the address of a shared query keeps ${left.hash}`);
  await context.close();
}

/** The headers tab may hold the owner's key: nothing of it may outlive the page unasked. */
async function checkStorage(page, secret) {
  // GraphiQL stores its tabs half a second late: wait until what it stores is newer than the header.
  await page.waitForFunction(() => JSON.parse(localStorage.getItem('graphiql:tabState') ?? '{}').activeTabIndex > 0);
  const stored = await page.evaluate(() => JSON.stringify(localStorage));
  if (stored.includes(secret)) problems.push('a request header was written to localStorage');
}

function answerOf(page, operation) {
  return page.waitForResponse((response) => operationOf(response.request()) === operation);
}

function operationOf(request) {
  if (new URL(request.url()).pathname !== '/graphql') return undefined;
  return request.postDataJSON()?.operationName;
}
