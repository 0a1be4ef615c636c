// Uses the playground of a running gateway as a person would, in a real browser:
//
//   node e2e/playground.mjs URL CHROMIUM [SCREENSHOT]
//
// URL is the gateway's address, CHROMIUM the path of a Chromium or Chrome, SCREENSHOT a .png to write. It runs the
// example of every tab with the execute button and prints one JSON object:
//
//   ok          whether there were no problems; the exit code says it too
//   problems    what went wrong: console errors, blocked loads, other hosts, answers with errors
//   requests    how many requests the page made, and `hosts` to whom
//   violations  what the content security policy stopped
//   answer      the first example's answer as the page shows it, as far as it is in view
//   answers     every example's answer as it was sent, by operation name
import { noteViolations, openBrowser } from './browser.mjs';

const [url, executablePath, screenshot] = process.argv.slice(2);
if (!url || !executablePath) {
  console.error('usage: node playground.mjs URL CHROMIUM [SCREENSHOT]');
  process.exit(2);
}
const base = new URL(url);

const problems = [];
const requests = [];
const answers = {};
let violations = [];
let answer = '';

const browser = await openBrowser(executablePath, [base.hostname]);
try {
  const page = await browser.newPage({ viewport: { width: 1280, height: 800 } });
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
console.log(JSON.stringify({ ok, problems, requests: requests.length, hosts, violations, answer, answers }, null, 2));
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
  page.on('request', (request) => {
    const sent = request.headers()[name.toLowerCase()];
    if (operationOf(request) === 'Site' && sent !== value) problems.push(`the header of the headers tab was not sent`);
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
