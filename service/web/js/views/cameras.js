/** All cameras at a glance: the first large, the others beside it, each with its age. */

import { api } from '../api.js';
import { el, every, setText, svg } from '../dom.js';
import { flight } from '../flight.js';
import { icon } from '../icons.js';
import { picture } from '../live/picture.js';
import { countText } from '../time.js';

const LIST_EVERY_MS = 15000;
const SKELETON_AFTER_MS = 300;
const HERO_FPS = 15;
const TILE_FPS = 8;
const LIST = '/api/camera/devices?limit=200';

function drawing() {
  return svg('svg', { class: 'drawing', viewBox: '0 0 220 120', 'aria-hidden': 'true' },
    svg('rect', { class: 'soft', x: 126, y: 12, width: 58, height: 96, rx: 10 }),
    svg('path', { class: 'ink', d: 'M138 34h12v12h-12zM160 34h12v12h-12zM138 56h12v12h-12zM160 58h4M170 58v8M162 68h3' }),
    svg('path', { class: 'beam', d: 'M86 60 118 30M86 60l32 32' }),
    svg('rect', { class: 'body', x: 30, y: 38, width: 54, height: 44, rx: 14 }),
    svg('circle', { class: 'lens', cx: 62, cy: 60, r: 12 }), svg('circle', { class: 'pupil', cx: 62, cy: 60, r: 4 }),
    svg('path', { class: 'foot', d: 'M57 82v14M42 98h30' }));
}

function emptyView() {
  return el('div', { class: 'empty' }, drawing(), el('h2', {}, 'No cameras yet'),
    el('p', {}, 'Show your camera a code on this screen, and its picture appears here.'),
    el('a', { class: 'btn primary', href: '/add' }, icon('add'), 'Add a camera'));
}

function pendingTile(device) {
  const mine = flight.get();
  const own = mine?.deviceId === device.device_id && mine.status === 'pending';
  const left = el('span', { class: 'left' }, own ? '' : 'waiting for it to call home');
  const node = el('a', { class: 'tile pending', href: own ? '/add/code' : `/c/${device.device_id}` },
    el('div', { class: 'words' }, icon('qr'), el('b', {}, own ? 'Show the code to the camera' : 'Not in yet'), left),
    el('div', { class: 'foot' }, el('span', { class: 'name' }, device.device_name), el('span', { class: 'chip' }, 'Pending')));
  return { node, state: 'pending', tick: () => own && setText(left, `${countText(mine.expiresAt - Date.now())} left`),
    update() {} };
}

function liveTile(device, fps, changed) {
  const stop = new AbortController();
  const viewers = el('span', { class: 'num' });
  const chip = el('span', { class: 'chip', hidden: true }, icon('eye'), viewers);
  const name = el('span', { class: 'name' });
  const pic = picture({ device, fps, signal: stop.signal, changed(self) {
    chip.hidden = self.viewers < 2 || ['off', 'gone'].includes(self.state);
    setText(viewers, `${self.viewers}`);
    changed();
  } });
  const node = el('a', { class: 'tile', href: `/c/${device.device_id}` }, pic.node, el('div', { class: 'head' }, chip),
    el('div', { class: 'foot' }, pic.ring, name, pic.age));
  const update = (fresh) => {
    setText(name, fresh.device_name);
    pic.update(fresh);
  };
  update(device);
  return { node, get state() {
    return pic.state;
  }, update, tick() {}, stop: () => stop.abort() };
}

const WORDS = [['live', 'live'], ['wait', 'waking'], ['stale', 'stale'], ['off', 'offline'], ['pending', 'pending']];

function summary(tiles) {
  const states = tiles.map((tile) => tile.state);
  const parts = WORDS.map(([state, word]) => [states.filter((s) => s === state).length, word]);
  return parts.filter(([n]) => n).map(([n, word]) => `${n} ${word}`).join(' · ');
}

export function cameras({ signal }) {
  const status = el('p', { class: 'sub', role: 'status' });
  const body = el('div');
  const tiles = new Map();
  const node = el('div', {}, el('header', { class: 'top' },
    el('div', { class: 'grow' }, el('h1', { tabindex: '-1' }, 'Cameras'), status),
    el('a', { class: 'btn primary wide-only', href: '/add' }, icon('add'), 'Add camera')), body);
  const grid = el('div', { class: 'grid' });
  const tell = () => setText(status, summary([...tiles.values()]));

  function show(devices) {
    const kinds = new Map(devices.map((d) => [d.device_id, d.status === 'pending' ? 'pending' : 'live']));
    for (const [id, tile] of tiles) {
      if (kinds.get(id) === tile.kind) continue;
      tile.stop?.();
      tile.node.remove();
      tiles.delete(id);
    }
    devices.forEach((device, i) => {
      const kind = kinds.get(device.device_id);
      const known = tiles.get(device.device_id);
      if (known) known.update(device);
      else {
        const made = kind === 'pending' ? pendingTile(device) : liveTile(device, i ? TILE_FPS : HERO_FPS, tell);
        tiles.set(device.device_id, Object.assign(made, { kind }));
      }
      const { node: tile } = tiles.get(device.device_id);
      if (grid.children[i] !== tile) grid.insertBefore(tile, grid.children[i] ?? null);
    });
    grid.dataset.count = Math.min(devices.length, 4);
    body.replaceChildren(devices.length ? grid : emptyView());
    tell();
  }

  function failed(error) {
    if (tiles.size || error.status === 401) return;
    body.replaceChildren(el('div', { class: 'empty' }, el('h2', {}, 'The list did not come'), el('p', {}, error.message),
      el('button', { class: 'btn', type: 'button', click: load }, 'Try again')));
  }

  /** At first those that can be seen, pending ones last; later every tile keeps its place. */
  function order(devices) {
    const places = [...tiles.keys()];
    const rank = (d) => (tiles.size ? (places.indexOf(d.device_id) + 1 || Infinity)
      : Number(d.status === 'pending') * 2 + Number(!d.online));
    return [...devices].sort((a, b) => (rank(a) > rank(b) ? 1 : 0) - (rank(a) < rank(b) ? 1 : 0));
  }

  async function load() {
    try {
      const { devices } = await api('GET', LIST, { signal });
      show(order(devices));
    } catch (error) {
      if (!signal.aborted) failed(error);
    }
  }

  const skeleton = setTimeout(() => {
    if (body.firstChild) return;
    body.append(el('div', { class: 'grid loading', 'data-count': 4, 'aria-hidden': 'true' },
      ...Array.from({ length: 4 }, () => el('div', { class: 'tile' }))));
  }, SKELETON_AFTER_MS);
  signal.addEventListener('abort', () => {
    clearTimeout(skeleton);
    for (const tile of tiles.values()) tile.stop?.();
  });
  every(LIST_EVERY_MS, signal, () => !document.hidden && load());
  every(1000, signal, () => tiles.forEach((tile) => tile.tick()));
  document.addEventListener('visibilitychange', () => !document.hidden && load(), { signal });
  load();
  return { title: 'Cameras', node };
}
