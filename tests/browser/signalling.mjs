// Two browser pages find each other through /ws: one is a person with a cookie, the other a camera with a key, though
// it holds the same cookie. Others hear nothing of it.   URL

import { DEADLINE_MS, check, run, step, watchedContext } from './browser.mjs';

const ORIGIN = process.env.URL;

/** Gives the page call(path, body) and a line that keeps all it hears: line.open(), line.say(message), line.hear(members). */
function equip(deadlineMs) {
  globalThis.call = async (path, body) => {
    const response = await fetch(path, {
      method: 'POST', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify(body),
    });
    if (!response.ok) throw new Error(`${path}: ${response.status} ${await response.text()}`);
    return response.json();
  };
  let socket;
  const heard = [];
  const awaited = new Set();
  globalThis.line = {
    heard,
    open: () => new Promise((done, failed) => {
      socket = new WebSocket(`${location.origin.replace('http', 'ws')}/ws`);
      socket.addEventListener('open', () => done());
      socket.addEventListener('close', (event) => failed(new Error(`closed ${event.code}`)));
      socket.addEventListener('message', (event) => {
        heard.push(JSON.parse(event.data));
        for (const look of awaited) look();
      });
    }),
    say: (message) => socket.send(JSON.stringify(message)),
    hear: (members) => new Promise((done, failed) => {
      const fits = (message) => Object.entries(members).every(([name, value]) => message[name] === value);
      const look = () => {
        const message = heard.find(fits);
        if (!message) return;
        awaited.delete(look);
        done(message);
      };
      awaited.add(look);
      AbortSignal.timeout(deadlineMs).addEventListener('abort', () => failed(new Error(`no ${JSON.stringify(members)} in ${JSON.stringify(heard)}`)));
      look();
    }),
  };
}

async function enter(context, email) {
  const page = await context.newPage();
  await page.goto(`${ORIGIN}/`);
  await page.evaluate(equip, DEADLINE_MS);
  if (email) await page.evaluate((email) => call('/api/register', { email, password: 'test123' }), email);
  return page;
}

const open = (page) => page.evaluate(() => line.open());
const say = (page, message) => page.evaluate((message) => line.say(message), message);
const hear = (page, type, members) => page.evaluate((members) => line.hear(members), { type, ...members });

/** All of these types that the page heard up to now; a ping's answer closes the list. */
async function heardOf(page, types) {
  await say(page, { type: 'ping', id: 'end' });
  await hear(page, 'pong');
  return page.evaluate((types) => line.heard.filter((message) => types.includes(message.type)), types);
}

await run(async (browser) => {
  const { context, faults } = await watchedContext(browser, ORIGIN);
  const { context: elsewhere, faults: more } = await watchedContext(browser, ORIGIN);
  const caller = await enter(context, 'caller@example.com');
  const bystander = await enter(context);
  const camera = await enter(context);
  const stranger = await enter(elsewhere, 'stranger@example.com');

  const { device_id: device, device_key: key } = await camera.evaluate(async () => {
    const wish = { camera_model: 'BROWSER_CAMERA', wifi_ssid: 'MyWiFi', wifi_password: 'mypassword' };
    const pending = await call('/api/camera/onboard', wish);
    return call('/api/camera/activate', { device_token: pending.device_token, device_uid: 'a page' });
  });
  await open(camera);
  await say(camera, {
    type: 'register', role: 'device', device_key: key, framing: 'header',
    p2p: { frames: true, video: false, peers: 1, max_message: 16000 },
  });
  // A socket with a cookie is a user at once, and told so; the key changes it.
  await hear(camera, 'registered', { role: 'device', device_id: device });
  for (const page of [caller, bystander, stranger]) {
    await open(page);
    await hear(page, 'registered', { role: 'user' });
  }
  step('four pages on the line');

  const { session, user_id: user } = await hear(caller, 'registered');
  await say(caller, { type: 'offer', device_id: device, attempt: 1, sdp: 'v=0 offer', user_id: 'forged' });
  const offer = await hear(camera, 'offer');
  check(offer.sdp === 'v=0 offer' && offer.attempt === 1, `the offer is ${JSON.stringify(offer)}`);
  check(offer.session === session && offer.user_id === user, 'the offer does not name its sender');
  await say(camera, { type: 'answer', session, attempt: 1, sdp: 'v=0 answer', device_id: 'forged' });
  const answer = await hear(caller, 'answer');
  check(answer.sdp === 'v=0 answer' && answer.device_id === device, `the answer is ${JSON.stringify(answer)}`);
  await say(caller, { type: 'candidate', device_id: device, attempt: 1, candidate: 'there' });
  check((await hear(camera, 'candidate')).candidate === 'there', 'the candidate changed');
  await say(camera, { type: 'candidate', session, attempt: 1, candidate: 'here' });
  check((await hear(caller, 'candidate')).candidate === 'here', 'the candidate changed');
  step('offer, answer and candidates');

  await say(stranger, { type: 'offer', id: 'mine?', device_id: device, attempt: 1, sdp: 'v=0 stranger' });
  const refused = await hear(stranger, 'error');
  check(refused.code === 'not_found' && refused.id === 'mine?', `the stranger hears ${JSON.stringify(refused)}`);
  await say(caller, { type: 'bye', device_id: device, attempt: 1 });
  await hear(camera, 'bye');

  const types = ['offer', 'answer', 'candidate', 'bye'];
  check((await heardOf(camera, types)).length === 3, 'the camera heard more than it was told');
  check((await heardOf(caller, types)).length === 2, 'the caller heard more than it was told');
  for (const page of [bystander, stranger]) check((await heardOf(page, types)).length === 0, 'others heard of it');
  check(faults.length + more.length === 0, [...faults, ...more].join('\n'));
});
