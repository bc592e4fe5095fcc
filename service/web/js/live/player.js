/** The page's side of the live engine: gives it canvases, sizes and what is in sight, hands on what it tells. */

import { api } from '../api.js';
import { store } from '../store.js';
import { scriptUrl } from '../trusted.js';

const HIDDEN_MS = 5000; /* a tab hidden longer than this watches nothing */
const MOST_DPR = 2;
const BANNER_MS = 2000; /* a blip is silent */

const tiles = new Map();
let engine = null;
let nextId = 1;
let hiddenTimer = 0;
let downTimer = 0;
let endedAt = 0;

/** Starts the worker; without OffscreenCanvas the same engine runs in the page. */
async function startEngine() {
  if (globalThis.OffscreenCanvas) {
    const worker = new Worker(scriptUrl('live'), { type: 'module', name: 'live' });
    worker.addEventListener('message', (event) => told(event.data));
    return (message, transfer) => worker.postMessage(message, transfer ?? []);
  }
  const { createEngine } = await import('./engine.js');
  return createEngine(`${location.origin.replace(/^http/, 'ws')}/ws`, told);
}

function send(message, transfer) {
  engine ??= startEngine();
  engine.then((post) => post(message, transfer));
}

/** Whether it is the session, when the line was refused or ended: the answer 401 leads to the login by itself. */
async function askWhy(again) {
  try {
    await api('GET', '/api/me');
    if (again) send({ op: 'wake' });
  } catch { /* told by the banner, or by the login */ }
}

function linkTold({ state, code }) {
  if (state === 'up') {
    clearTimeout(downTimer);
    downTimer = 0;
    store.set({ link: 'up' });
    return;
  }
  if (state === 'refused') askWhy(false);
  if (state === 'ended') {
    const soon = Date.now() - endedAt < 30000;
    endedAt = Date.now();
    askWhy(code === 4401 && !soon);
  }
  downTimer ||= setTimeout(() => store.set({ link: 'down' }), BANNER_MS);
}

function told(message) {
  if (message.ev === 'link') linkTold(message);
  else if (message.ev === 'stats') tiles.get(message.tile)?.on.stats(message);
  else for (const tile of tiles.values()) if (tile.device === message.device) tile.on[message.ev](message);
}

const sight = new IntersectionObserver((entries) => {
  for (const entry of entries) send({ op: 'show', tile: Number(entry.target.dataset.tile), on: entry.isIntersecting });
}, { rootMargin: '25%' });

const sizes = new ResizeObserver((entries) => {
  const scale = Math.min(devicePixelRatio, MOST_DPR);
  for (const { target, contentRect } of entries) {
    const size = { width: Math.round(contentRect.width * scale), height: Math.round(contentRect.height * scale) };
    if (size.width && size.height) send({ op: 'size', tile: Number(target.dataset.tile), ...size });
  }
});

document.addEventListener('visibilitychange', () => {
  clearTimeout(hiddenTimer);
  if (document.hidden) {
    hiddenTimer = setTimeout(() => send({ op: 'pause', on: true }), HIDDEN_MS);
  } else if (engine) {
    send({ op: 'pause', on: false });
    send({ op: 'wake' });
  }
});
for (const name of ['online', 'pageshow']) addEventListener(name, () => engine && send({ op: 'wake' }));

function surface(canvas) {
  return canvas?.transferControlToOffscreen ? canvas.transferControlToOffscreen() : canvas ?? null;
}

/** Shows a device's pictures on a canvas until the signal aborts. box is what must be in sight and whose size
 * counts; on: {stats, camera, gone}, each called with the engine's message. */
export function play({ device, canvas, glow, box, fps, on, signal }) {
  const id = nextId++;
  tiles.set(id, { device, on });
  box.dataset.tile = id;
  send({ op: 'open' });
  const surfaces = [surface(canvas), surface(glow)];
  const message = { op: 'tile', tile: id, device, canvas: surfaces[0], glow: surfaces[1], fps };
  send(message, globalThis.OffscreenCanvas ? surfaces.filter(Boolean) : undefined);
  sizes.observe(box);
  sight.observe(box);
  signal.addEventListener('abort', () => {
    sizes.unobserve(box);
    sight.unobserve(box);
    tiles.delete(id);
    send({ op: 'drop', tile: id });
  });
}

/** Ends the line, at sign-out. */
export function stop() {
  if (engine) send({ op: 'close' });
  clearTimeout(downTimer);
  downTimer = 0;
  store.set({ link: 'idle' });
}
