// An <img> shows the stream: its size becomes the camera's, and the picture changes.

import { DEADLINE_MS, check, run, step } from './browser.mjs';

const { URL, DEVICE, AUTHORIZATION } = process.env;

await run(async (browser) => {
  const context = await browser.newContext({ extraHTTPHeaders: { Authorization: AUTHORIZATION } });
  const page = await context.newPage();
  await page.goto(`${URL}/healthz`);
  await page.evaluate((address) => {
    const picture = document.createElement('img');
    picture.id = 'live';
    picture.src = address;
    document.body.append(picture);
  }, `/api/camera/devices/${DEVICE}/stream`);
  await page.waitForFunction(() => document.querySelector('#live').naturalWidth === 320, null, { timeout: DEADLINE_MS });
  step('the picture has the right size');
  const colours = await page.waitForFunction(() => {
    const canvas = document.createElement('canvas').getContext('2d');
    canvas.drawImage(document.querySelector('#live'), 0, 0);
    globalThis.seen = (globalThis.seen ?? new Set()).add(canvas.getImageData(9, 9, 1, 1).data.join());
    return globalThis.seen.size >= 3 && globalThis.seen.size;
  }, null, { timeout: DEADLINE_MS, polling: 'raf' });
  check(await colours.jsonValue() >= 3, 'the picture stands still');
  step('the picture changes');
});
