// Looks at a static site that has pasted the widget, in a real browser:
//
//   node e2e/widget.mjs GATEWAY SITE CHROMIUM [SCREENSHOT]
//
// GATEWAY is the address of a gateway with PUBLIC_ACCESS, SITE that of a site of another origin with the pages /, /closed,
// /away and /gone, CHROMIUM the path of a Chromium or Chrome, SCREENSHOT a .png to write. It prints one JSON object:
//
//   ok        whether there were no problems; the exit code says it too
//   problems  what went wrong: console errors, blocked loads, hosts elsewhere, requests that would need a preflight, pages
//             wider than their window, findings of axe
//   shown     the text of every element of the widget, by the page that it stands on
//   asked     how many questions the widget sent to the gateway
import { findings, isTooWide, noteViolations, openBrowser, schemes, widths } from './browser.mjs';

const [gateway, site, executablePath, screenshot] = process.argv.slice(2);
if (!executablePath) {
  console.error('usage: node widget.mjs GATEWAY SITE CHROMIUM [SCREENSHOT]');
  process.exit(2);
}
const elements = ['domestique-latest', 'domestique-year', 'domestique-heatmap'];
// What a page may send to another site without asking that site first, and what the browser adds of its own accord.
const harmless = /^(accept|accept-language|origin|referer|user-agent|sec-.*)$/;

const problems = [];
const shown = {};
let asked = 0;

const browser = await openBrowser(executablePath, ['localhost', '127.0.0.1']);
try {
  shown.public = await visit('/');
  if (asked === 0) problems.push('the widget asked nothing');
  shown.closed = await visit('/closed');
  shown.away = await visit('/away');
  shown.gone = await visit('/gone');
} catch (error) {
  problems.push(String(error.stack ?? error));
} finally {
  await browser.close();
}
const ok = problems.length === 0;
console.log(JSON.stringify({ ok, problems, shown, asked }, null, 2));
process.exit(ok ? 0 : 1);

/** The texts of a page's elements once they all have shown what they can. */
async function visit(path) {
  const page = await browser.newPage({ viewport: { width: 820, height: 1100 }, locale: 'en-GB' });
  page.setDefaultTimeout(30_000);
  await noteViolations(page);
  page.on('pageerror', (error) => problems.push(`${path}: uncaught: ${error.message}`));
  page.on('console', (message) => {
    // The browser's own words for a request that fails; the widget adds none.
    if (message.type() === 'error' && !/^Failed to load resource|blocked by CORS policy/.test(message.text())) {
      problems.push(`${path}: console: ${message.text()}`);
    }
  });
  page.on('request', (request) => {
    const { hostname } = new URL(request.url());
    if (!['localhost', '127.0.0.1'].includes(hostname)) problems.push(`${path}: request to another host: ${hostname}`);
    if (request.url().startsWith(new URL('/graphql', gateway).href)) checkQuestion(request);
  });
  await page.goto(new URL(path, site).href);
  await page.waitForFunction(
    (names) => names.every((name) => !customElements.get(name) || document.querySelector(name).shadowRoot.firstChild),
    path === '/gone' ? [] : elements,
  );
  if (screenshot && path === '/') await page.screenshot({ path: screenshot });
  const texts = {};
  for (const name of elements) {
    texts[name] = await page.locator(name).evaluate((element) => {
      const drawn = element.shadowRoot?.querySelector('[part]') ?? element;
      return drawn.innerText.trim();
    });
  }
  await lookAround(page, path);
  problems.push(...(await page.evaluate(() => globalThis.policyViolations)).map((violation) => `${path}: policy: ${violation}`));
  await page.close();
  return texts;
}

/** A question has to be one that a browser sends without asking first, and caches may answer. */
function checkQuestion(request) {
  asked += 1;
  const unusual = Object.keys(request.headers()).filter((name) => !harmless.test(name));
  problems.push(...unusual.map((name) => `the widget sent ${name}`));
  if (request.method() !== 'GET') problems.push(`the widget sent a ${request.method()}`);
}

async function lookAround(page, path) {
  for (const colorScheme of schemes) {
    await page.emulateMedia({ colorScheme });
    for (const width of widths) {
      await page.setViewportSize({ width, height: 900 });
      if (await isTooWide(page)) problems.push(`${path}: wider than ${width} pixels`);
    }
    problems.push(...(await findings(page)).map((finding) => `${path}, ${colorScheme}: ${finding}`));
  }
}
