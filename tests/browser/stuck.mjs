// When adding a camera does not go as it should: an answer that is lost, a camera that is never heard of.
//
//   URL

import { check, photograph, run, step, watchedContext } from './browser.mjs';

const { URL: ORIGIN } = process.env;

async function register(page) {
  await page.goto(`${ORIGIN}/register`);
  await page.getByLabel('E-mail', { exact: true }).fill('stuck@example.com');
  await page.getByLabel('Password', { exact: true }).fill('a few words in a row');
  await page.getByRole('button', { name: 'Make account' }).click();
  await page.getByText('No cameras yet').waitFor();
}

async function fillForm(page) {
  await page.goto(`${ORIGIN}/add`);
  await page.locator('select option[value=VIRTUAL_CAMERA]').waitFor({ state: 'attached' });
  await page.getByLabel('Camera', { exact: true }).selectOption('VIRTUAL_CAMERA');
  await page.getByLabel('WiFi name', { exact: true }).fill('MyWiFi');
  await page.getByLabel('WiFi password', { exact: true }).fill('mypassword');
}

/** The service answers, the answer never arrives; once. */
async function loseAnswer(page) {
  await page.route('**/api/camera/onboard', async (route) => {
    await route.fetch();
    await route.abort();
  }, { times: 1 });
}

const devices = (page) => page.evaluate(async () => (await (await fetch('/api/camera/devices')).json()).devices.length);

await run(async (browser) => {
  const { context, faults } = await watchedContext(browser, ORIGIN, { viewport: { width: 1280, height: 900 }, locale: 'en-GB' });
  const page = await context.newPage();
  await register(page);
  await fillForm(page);
  await loseAnswer(page);
  await page.getByRole('button', { name: 'Show the code' }).click();
  await page.getByText('The server does not answer').waitFor();
  check(await devices(page) === 1, 'the first call was lost on its way');
  await page.clock.install();
  const asked = await page.evaluate(() => Date.now());
  await page.getByRole('button', { name: 'Show the code' }).click();
  await page.getByAltText('Code for the camera').waitFor();
  check(await devices(page) === 1, 'a lost answer made a second camera');
  step('a lost answer was asked for again');

  const advice = page.getByRole('heading', { name: 'Nothing heard from the camera yet' });
  await page.clock.pauseAt(asked + 58000);
  check(await advice.count() === 0, 'the advice comes too early');
  await page.clock.resume();
  await page.clock.runFor(60000);
  await advice.waitFor();
  await photograph(page, '20-stuck-desktop');
  await page.setViewportSize({ width: 390, height: 844 });
  await advice.scrollIntoViewIfNeeded();
  await photograph(page, '20-stuck-phone');
  step('told what to try');
  const others = faults.filter((fault) => !fault.includes('net::ERR_FAILED'));
  for (const fault of others) console.log(`fault: ${fault}`);
  check(others.length === 0, 'the page did what it may not');
});
