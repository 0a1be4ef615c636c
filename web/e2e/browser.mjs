import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';

import { chromium } from 'playwright-core';

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

export const schemes = ['light', 'dark'];
export const widths = [390, 820, 1440];

/** Starts a Chromium that reaches none but the given hosts: whatever asks for another is to be reported, and gets nowhere. */
export function openBrowser(executablePath, hostnames) {
  const excluded = hostnames.map((name) => `, EXCLUDE ${name}`).join('');
  return chromium.launch({
    executablePath,
    args: [
      '--headless',
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
      `--host-resolver-rules=MAP * ~NOTFOUND${excluded}`,
    ],
  });
}

/** Notes what a content security policy stops, from before the page's own first script. */
export function noteViolations(page) {
  return page.addInitScript(() => {
    globalThis.policyViolations = [];
    document.addEventListener('securitypolicyviolation', (event) => {
      globalThis.policyViolations.push(`${event.effectiveDirective} ${event.blockedURI || 'inline'}`);
    });
  });
}

/** What axe finds of a page as it is, as far as it keeps anybody out. */
export async function findings(page) {
  await page.evaluate(axe);
  const { violations } = await page.evaluate(() => globalThis.axe.run());
  return violations
    .filter(({ impact }) => ['serious', 'critical'].includes(impact))
    .map(({ id, nodes }) => `axe: ${id}: ${nodes.map(({ html, failureSummary }) => `${html} ${failureSummary}`).join(' | ')}`);
}

/** Whether something of a page is wider than its window. */
export function isTooWide(page) {
  return page.evaluate(() => document.documentElement.scrollWidth > window.innerWidth);
}

/** Waits until nothing of a page is still to come. Its network need not be idle: a subscription stays open. */
export function settled(page) {
  return page.waitForFunction(
    () =>
      !document.querySelector('[aria-busy="true"]') &&
      [...document.images].every(({ complete, loading }) => complete || loading === 'lazy'),
  );
}
