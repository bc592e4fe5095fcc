// A person's way through the page: register, add a camera by its code, watch it, remove it.
//
//   URL, CAMERA (program), STATE (folder), LOOK (phone or desktop), SCHEME (light or dark), SPLIT (1: a code in parts)

import { execFileSync } from 'node:child_process';
import { join } from 'node:path';

import { appeared, check, kept, photograph, run, step, until, watchedContext } from './browser.mjs';
import { startCamera } from './camera.mjs';

const { URL: ORIGIN, CAMERA, STATE, LOOK, SCHEME, SPLIT } = process.env;
const LOOKS = {
  phone: { viewport: { width: 390, height: 844 }, deviceScaleFactor: 2, isMobile: true, hasTouch: true },
  desktop: { viewport: { width: 1280, height: 800 } },
};
const EMAIL = `${LOOK}.${SCHEME}@example.com`;
const PASSWORD = 'a few words in a row';
const SSID = SPLIT ? 'The long name of a home network' : 'MyWiFi';
const WIFI_PASSWORD = SPLIT ? 'a key that is too long for one small code, so it comes in parts' : 'mypassword';
const NEW_SSID = 'The other house';
const NEW_WIFI_PASSWORD = 'another word';
const LIVE = '[data-state=live]';

const shot = (page, name) => photograph(page, `${name}-${LOOK}-${SCHEME}`);

async function register(page) {
  await page.goto(`${ORIGIN}/`);
  await page.getByRole('heading', { name: 'Sign in' }).waitFor();
  await shot(page, '01-login');
  await page.getByRole('link', { name: 'Make an account' }).click();
  await page.getByRole('heading', { name: 'Make an account' }).waitFor();
  await page.getByRole('button', { name: 'Make account' }).click();
  await page.getByText('Choose a password.').waitFor();
  await shot(page, '02-register-wrong');
  await page.getByLabel('E-mail', { exact: true }).fill(EMAIL);
  await page.getByLabel('Password', { exact: true }).fill(PASSWORD);
  await page.getByRole('button', { name: 'Make account' }).click();
  await page.getByText('No cameras yet').waitFor();
  check(new URL(page.url()).pathname === '/', 'the list is not at /');
  await shot(page, '03-empty');
}

async function fillForm(page) {
  await page.getByRole('link', { name: 'Add a camera' }).click();
  await page.getByRole('heading', { name: 'Add a camera' }).waitFor();
  await page.locator('select option[value=VIRTUAL_CAMERA]').waitFor({ state: 'attached' });
  await shot(page, '04-add');
  await page.getByLabel('Camera', { exact: true }).selectOption('VIRTUAL_CAMERA');
  await page.getByLabel('WiFi name', { exact: true }).fill(SSID);
  await page.getByLabel('WiFi password', { exact: true }).fill(WIFI_PASSWORD);
  await page.getByLabel('Name', { exact: true }).fill('Front door');
  await shot(page, '05-add-filled');
  await page.getByRole('button', { name: 'Show the code' }).click();
}

function read(picture) {
  return execFileSync('zbarimg', ['-q', '--raw', '-Sbinary', picture], { stdio: ['ignore', 'pipe', 'ignore'] }).toString().replace(/\n$/, '');
}

/** What stands on the screen, by an independent reader. Parts take turns: looks until each was seen. */
async function readCodes(page, name) {
  const code = page.getByAltText('Code for the camera');
  await code.waitFor();
  await until(page, 'the code in its size', (image) => image.complete && image.style.width, await code.elementHandle());
  await shot(page, name);
  const box = await code.boundingBox();
  const parts = new Map();
  for (let n = 1, seen = ''; parts.size < n; seen = await code.getAttribute('src')) {
    await until(page, 'the next code', ([image, before]) => image.src !== before, [await code.elementHandle(), seen]);
    const picture = join(STATE, `${name}-${parts.size}.png`);
    await page.screenshot({ path: picture, clip: box });
    const text = read(picture);
    n = Number(/^C\d\/(\d):/.exec(text)?.[1] ?? 1);
    if (!parts.has(text)) parts.set(text, picture);
  }
  const whole = JSON.parse([...parts.keys()].sort().map((text) => text.replace(/^C\d\/\d:/, '')).join(''));
  return { pictures: [...parts.values()], whole };
}

async function readOnboarding(page) {
  const { pictures, whole } = await readCodes(page, '06-code');
  check(pictures.length > 1 === Boolean(SPLIT), `${pictures.length} codes on the screen`);
  check(whole.s === SSID && whole.p === WIFI_PASSWORD && whole.t.length === 14, `the code says ${JSON.stringify(whole)}`);
  return { pictures, claim: whole.t };
}

/** The camera that is away gets the WiFi of its new place. */
async function newWifi(page) {
  await page.getByRole('link', { name: 'New WiFi' }).click();
  await page.getByRole('heading', { name: 'New WiFi for “Front door”' }).waitFor();
  await page.getByLabel('WiFi name', { exact: true }).fill(NEW_SSID);
  await page.getByLabel('WiFi password', { exact: true }).fill(NEW_WIFI_PASSWORD);
  await shot(page, '16-wifi');
  await page.getByRole('button', { name: 'Show the code' }).click();
  await page.getByText('Waiting for the camera…').waitFor();
  const { pictures, whole } = await readCodes(page, '17-wifi-code');
  check(whole.s === NEW_SSID && whole.p === NEW_WIFI_PASSWORD && !('t' in whole), `the code says ${JSON.stringify(whole)}`);
  return pictures;
}

/** The canvas belongs to a worker, so a copy of it is looked at. */
function glance({ before = '', colours = 0 } = {}) {
  const copy = new OffscreenCanvas(64, 36).getContext('2d');
  copy.drawImage(document.querySelector('.picture canvas'), 0, 0, 64, 36);
  const now = copy.getImageData(0, 0, 64, 36).data.join();
  if (colours) return new Set(now.split(',')).size > colours;
  return before ? now !== before : now;
}

async function picturesMove(page) {
  await until(page, 'a picture', glance, { colours: 8 });
  const before = await page.evaluate(glance);
  await until(page, 'another picture', glance, { before });
}

async function figures(page) {
  const fps = page.locator('.facts div', { has: page.getByText('fps', { exact: true }) }).locator('dd');
  await until(page, 'frames a second', (node) => Number(node.textContent) > 0, await fps.elementHandle());
  const delay = page.locator('section', { has: page.getByRole('heading', { name: 'Delay' }) }).locator('.card-head b');
  await until(page, 'a delay', (node) => /^\d+ ms$|^\d+\.\d s$/.test(node.textContent), await delay.elementHandle());
  return `${await fps.textContent()} fps, ${await delay.textContent()}`;
}

async function remove(page) {
  await page.getByRole('button', { name: 'Remove camera' }).click();
  const dialog = page.getByRole('dialog');
  await dialog.waitFor();
  await shot(page, '13-remove');
  await dialog.getByRole('button', { name: 'Remove camera' }).click();
}

await run(async (browser) => {
  const options = { ...LOOKS[LOOK], colorScheme: SCHEME, locale: 'en-GB' };
  const { context, faults, refusals } = await watchedContext(browser, ORIGIN, options);
  const page = await context.newPage();
  await register(page);
  step('registered');
  await fillForm(page);
  const { pictures, claim } = await readOnboarding(page);
  step(`${pictures.length} codes read from the screen`);

  const args = ['--state', join(STATE, 'camera'), '--name-overlay', 'Front door', '--size', 'HD'];
  const born = appeared(page, '.qr.born');
  let camera = startCamera(CAMERA, [...args, ...pictures.flatMap((picture) => ['--qr', picture])]);
  try {
    await born;
    await shot(page, '07-born');
    await page.waitForURL(/\/c\/[0-9a-f]{24}$/);
    const address = page.url();
    await page.locator(`.view${LIVE}`).waitFor();
    await picturesMove(page);
    step(`live: ${await figures(page)}`);
    await shot(page, '08-live');

    const second = await context.newPage();
    await second.goto(address);
    await second.locator(`.view${LIVE}`).waitFor();
    await page.getByText('2 watching').waitFor();
    step('live on a second page');

    await page.getByRole('button', { name: 'Back' }).click();
    await page.waitForURL((url) => url.href !== address);
    if (new URL(page.url()).pathname !== '/') {
      faults.push(`back from the first picture leads to ${page.url()}`);
      await page.goto(`${ORIGIN}/`);
    }
    await page.locator(`.tile${LIVE}`).waitFor();
    await picturesMove(page);
    await shot(page, '09-list-live');

    camera.end();
    check(await camera.ended === 0, `the camera ended badly:\n${camera.log()}`);
    await page.locator('.tile[data-state=off]').waitFor();
    await second.locator('.view[data-state=off]').waitFor();
    await shot(page, '10-list-offline');
    await shot(second, '11-offline');
    const wifi = await newWifi(second);
    const back = appeared(second, '.qr.born');
    camera = startCamera(CAMERA, [...args, ...wifi.flatMap((picture) => ['--qr', picture])]);
    await back;
    await second.waitForURL(address);
    await second.locator(`.view${LIVE}`).waitFor();
    step('gone, and back by another WiFi');

    await page.locator(`.tile${LIVE}`).click();
    await page.locator(`.view${LIVE}`).waitFor();
    await page.getByRole('button', { name: 'Remove camera' }).scrollIntoViewIfNeeded();
    await shot(page, '12-live-below');
    step('live again');
    const storage = await kept(page);
    // A page asks for its camera now and then, and may before it has heard that there is none any more.
    refusals.add(`404 ${ORIGIN}/api/camera/devices/${address.split('/c/')[1]}`);
    await remove(page);
    await page.getByText('No cameras yet').waitFor();
    check(new URL(page.url()).pathname === '/', 'not back at the list');
    step('removed');
    check(await camera.ended === 3, `the camera did not end as removed:\n${camera.log()}`);
    await second.locator('.view[data-state=gone]').waitFor();
    await second.getByText('This camera is gone').waitFor();
    await shot(second, '14-gone');
    await second.close();
    step('gone for the camera and the second page');

    await page.getByRole('button', { name: /^You/ }).click();
    await page.getByRole('button', { name: 'Sign out', exact: true }).waitFor();
    await shot(page, '15-you');
    await page.getByRole('button', { name: 'Sign out', exact: true }).click();
    await page.getByRole('heading', { name: 'Sign in' }).waitFor();
    check((await context.cookies()).every((cookie) => cookie.name !== 'session' || !cookie.value), 'the cookie is still there');
    step('signed out');

    for (const text of [storage, await kept(page)]) {
      for (const secret of [PASSWORD, WIFI_PASSWORD, NEW_WIFI_PASSWORD, claim, 'eyJ', 'vcd_']) check(!text.includes(secret), `kept: ${secret} in ${text}`);
    }
  } catch (error) {
    console.log(camera.log());
    await shot(page, 'failed').catch(() => {});
    throw error;
  } finally {
    camera.end('SIGKILL');
    for (const fault of faults) console.log(`fault: ${fault}`);
  }
  check(faults.length === 0, 'the page did what it may not');
});
