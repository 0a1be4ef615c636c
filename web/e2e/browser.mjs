import { chromium } from 'playwright-core';

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

/** Waits until nothing of a page is still to come. Its network need not be idle: a subscription stays open. */
export function settled(page) {
  return page.waitForFunction(
    () =>
      !document.querySelector('[aria-busy="true"]') &&
      [...document.images].every(({ complete, loading }) => complete || loading === 'lazy'),
  );
}
