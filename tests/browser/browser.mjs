// A Chromium of our own, and what a page may never do.

import { createRequire } from 'node:module';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const { chromium } = createRequire(join(ROOT, 'build/node/'))('playwright-core');

export const SCREENSHOTS = join(ROOT, 'build/screenshots');
export const DEADLINE_MS = 60000;

const ARGUMENTS = [
  '--headless', '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking',
  '--disable-component-update', '--disable-sync', '--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1',
];

export function check(truth, text) {
  if (!truth) throw new Error(text);
}

export function step(text) {
  console.log(`${(performance.now() / 1000).toFixed(1)} s  ${text}`);
}

/** Runs story(browser); the process's exit status tells the end. */
export async function run(story) {
  const browser = await chromium.launch({ executablePath: '/usr/bin/chromium', args: ARGUMENTS });
  try {
    await story(browser);
  } catch (error) {
    console.log(error.stack);
    process.exitCode = 1;
  } finally {
    await browser.close();
  }
}

/** A context whose pages are watched: faults fills with whatever is said or asked for that should not be. refusals may be
 * met, each "status url". */
export async function watchedContext(browser, origin, options = {}) {
  const context = await browser.newContext(options);
  context.setDefaultTimeout(DEADLINE_MS);
  const faults = [];
  const refusals = new Set([`401 ${origin}/api/me`]); // how a page learns that nobody is signed in
  await context.addInitScript(() => addEventListener('securitypolicyviolation', (event) => {
    console.error(`policy violation: ${event.violatedDirective} ${event.blockedURI} ${event.sourceFile}:${event.lineNumber}`);
  }));
  context.on('request', (request) => {
    if (!/^(data|blob):/.test(request.url()) && new URL(request.url()).origin !== origin) {
      faults.push(`request to ${request.url()}`);
    }
  });
  context.on('page', (page) => {
    page.on('console', (message) => {
      const { url } = message.location();
      const status = message.text().match(/status of (\d{3})/)?.[1]; // Chromium reports every answer of 400 and more
      if (['error', 'warning'].includes(message.type()) && !refusals.has(`${status} ${url}`)) {
        faults.push(`console: ${message.text()} (${url})`);
      }
    });
    page.on('pageerror', (error) => faults.push(`page error: ${error.stack}`));
    page.on('websocket', (socket) => {
      if (socket.url() !== `${origin.replace('http', 'ws')}/ws`) faults.push(`socket to ${socket.url()}`);
    });
  });
  return { context, faults, refusals };
}

/** Asks the page at each of its frames until the answer is true. (Playwright's own waitForFunction makes code of a string
 * inside the page, which the page's policy rightly refuses.) */
export async function until(page, what, ask, argument) {
  for (const end = Date.now() + DEADLINE_MS; !await page.evaluate(ask, argument);) {
    check(Date.now() < end, `in vain: ${what}`);
    await page.evaluate(() => new Promise(requestAnimationFrame));
  }
}

/** Resolves when there is such an element or has been one since the call: asking from outside, a busy machine could miss
 * what stays for a moment only. */
export function appeared(page, selector) {
  return page.evaluate(([selector, deadlineMs]) => new Promise((done, failed) => {
    const look = () => {
      if (!document.querySelector(selector)) return;
      watcher.disconnect();
      done();
    };
    const watcher = new MutationObserver(look);
    watcher.observe(document, { subtree: true, childList: true, attributes: true });
    AbortSignal.timeout(deadlineMs).onabort = () => failed(new Error(`no ${selector}`));
    look();
  }), [selector, DEADLINE_MS]);
}

/** All that a page keeps and shows outside of its document. */
export function kept(page) {
  return page.evaluate(async () => JSON.stringify({
    url: location.href, title: document.title, history: history.state, cookie: document.cookie,
    local: { ...localStorage }, session: { ...sessionStorage }, name: window.name,
    databases: (await indexedDB.databases()).map((database) => database.name),
    caches: globalThis.caches ? await caches.keys() : [],
  }));
}

/** Writes a screenshot and holds the page to its width. */
export async function photograph(page, name) {
  mkdirSync(SCREENSHOTS, { recursive: true });
  const path = join(SCREENSHOTS, `${name}.png`);
  await page.screenshot({ path });
  const [wide, room] = await page.evaluate(() => [document.documentElement.scrollWidth, innerWidth]);
  check(wide <= room, `${name}: the page scrolls sideways (${wide} > ${room})`);
  return path;
}
