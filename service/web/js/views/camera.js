/** One camera: its picture as large as it gets, how old it is and why, and what is known about it. */

import { api } from '../api.js';
import { confirmDialog } from '../dialog.js';
import { el, every, setText } from '../dom.js';
import { icon } from '../icons.js';
import { picture } from '../live/picture.js';
import { back, go } from '../router.js';
import { delayText, momentText } from '../time.js';

const FPS = 15;
const LIST_EVERY_MS = 15000;
const WHY_AFTER_MS = 1000;
const LEGS = [['camera', 'camera'], ['net', 'to you'], ['screen', 'screen']];

function facts(pairs) {
  return el('dl', { class: 'facts' }, ...pairs.map(([name, value]) => el('div', {}, el('dt', {}, name), value)));
}

/** The delay and its three legs: whose part is how long. */
function delayCard() {
  const total = el('b', { class: 'num' }, '–');
  const bars = LEGS.map(([key]) => el('i', { class: `leg ${key}` }));
  const keys = LEGS.map(([key, word]) => {
    const value = el('b', { class: 'num' }, '–');
    return { key, value, node: el('li', {}, el('i', { class: `leg ${key}` }), word, value) };
  });
  const figures = ['fps', 'skipped', 'picture', 'rate'].map((name) => [name, el('dd', { class: 'num' }, '–')]);
  const set = Object.fromEntries(figures.map(([name, node]) => [name, (text) => setText(node, text)]));
  let before = null;
  function update(stats) {
    setText(total, `${stats.atLeast ? '≥ ' : ''}${delayText(stats.latency)}`);
    keys.forEach(({ key, value }, i) => {
      const ms = stats.legs[key];
      setText(value, ms === null ? '–' : `${Math.round(ms)}`);
      bars[i].style.setProperty('flex-grow', Math.max(0, ms ?? 0).toFixed(1));
    });
    set.fps(stats.fps.toFixed(1));
    set.skipped(`${stats.skipped}`);
    set.picture(`${stats.width}×${stats.height}`);
    const now = performance.now();
    if (!before || now - before.at > 1000) {
      if (before) set.rate(`${((stats.bytes - before.bytes) * 0.008 / (now - before.at)).toFixed(1)} Mb/s`);
      before = { at: now, bytes: stats.bytes };
    }
  }
  const node = el('section', { class: 'card' }, el('div', { class: 'card-head' }, el('h2', {}, 'Delay'), total),
    el('div', { class: 'legs', 'aria-hidden': 'true' }, ...bars), el('ul', { class: 'legend' }, ...keys.map((k) => k.node)),
    facts(figures));
  return { node, update, rest: () => set.fps('0.0') };
}

function aboutCard(device, onRemove) {
  const value = (text) => el('dd', {}, text ?? '–');
  const pairs = [['Model', value(device.camera_model.replaceAll('_', '_\u200b'))], ['WiFi', value(device.wifi_ssid)], ['Address', value(device.local_ip)],
    ['Firmware', value(device.firmware)], ['Last seen', value(momentText(device.last_seen, Date.now()))],
    ['Added', value(momentText(device.created_at, Date.now()))]];
  return el('section', { class: 'card' }, el('div', { class: 'card-head' }, el('h2', {}, 'About')), facts(pairs),
    ...(device.role === 'owner' ? [el('a', { class: 'btn wide', href: `/c/${device.device_id}/wifi` }, icon('qr'), 'New WiFi'),
      el('button', { class: 'btn danger-line wide', type: 'button', click: onRemove }, icon('trash'), 'Remove camera')] : []));
}

function helpCard() {
  return el('section', { class: 'card help' }, el('div', { class: 'card-head' }, el('h2', {}, 'What to check')), el('ul', {},
    el('li', {}, 'Does its lamp glow? If not, check its power.'),
    el('li', {}, 'Is the WiFi it joined switched on and near?'),
    el('li', {}, 'A new router or password? Show it the new WiFi, below.')));
}

function stageOf(device, signal, changed) {
  const pic = picture({ device, fps: FPS, glow: true, signal, changed });
  const viewers = el('span', {});
  const watching = el('span', { class: 'chip' }, icon('eye'), viewers);
  const word = el('span', {});
  const save = el('a', { class: 'tool', href: `/api/camera/devices/${device.device_id}/snapshot`,
    download: `${device.device_name}.jpg`, 'aria-label': 'Save picture', title: 'Save picture' }, icon('save'));
  const full = document.fullscreenEnabled && el('button', { class: 'tool', type: 'button', 'aria-label': 'Full screen',
    title: 'Full screen', click: () => (document.fullscreenElement ? document.exitFullscreen() : view.requestFullscreen()) },
  icon('full'));
  const view = el('div', { class: 'view' }, pic.node,
    el('div', { class: 'chips' }, el('span', { class: 'chip main' }, pic.ring, word, pic.age), watching),
    el('div', { class: 'bar' }, save, full));
  return { pic, watching, viewers, word, stage: el('div', { class: 'stage' }, pic.halo, view) };
}

const STATE_WORDS = { live: 'Live', stale: 'Stale', off: 'Offline', wait: 'Waking', gone: 'Gone' };

export function camera({ params: [id], signal }) {
  const title = el('h1', { class: 'grow', tabindex: '-1' });
  const body = el('div', {});
  const node = el('div', { class: 'cam-page' }, el('header', { class: 'top' },
    el('button', { class: 'btn icon ghost', type: 'button', 'aria-label': 'Back', click: back }, icon('back')), title), body);
  const about = el('div');
  const help = helpCard();
  const delay = delayCard();
  let stage = null;
  let device = null;
  let before = '';

  async function remove() {
    const sure = await confirmDialog({ title: `Remove “${device.device_name}”?`, action: 'Remove camera',
      text: 'Its key stops working at once and nobody sees it any more. To get it back, add it again.' });
    if (!sure) return;
    try {
      await api('DELETE', `/api/camera/devices/${id}`);
      go('/', { replace: true });
    } catch (error) {
      if (error.status === 404) go('/', { replace: true });
      else await confirmDialog({ title: 'It was not removed', text: error.message, action: 'All right' });
    }
  }

  /** The service knows why; a camera that was removed is gone by then, and need not be asked for. */
  function whyOff() {
    if (!signal.aborted && before === 'off') load();
  }

  function changed(pic) {
    const { stats, state } = pic;
    if (state !== before && state === 'off' && before) setTimeout(whyOff, WHY_AFTER_MS);
    before = state;
    if (state === 'gone') about.replaceChildren(el('a', { class: 'btn wide', href: '/' }, 'All cameras'));
    help.hidden = state !== 'off';
    delay.node.hidden = !stats || state === 'off' || state === 'gone';
    if (!stage) return;
    setText(stage.word, STATE_WORDS[state] ?? '');
    stage.watching.hidden = state === 'off' || state === 'gone' || pic.viewers < 1;
    setText(stage.viewers, `${pic.viewers} watching`);
    if (!stats) return;
    stage.stage.style.setProperty('--ratio', (stats.width / stats.height).toFixed(4));
    if (state === 'live') delay.update(stats);
    else delay.rest();
  }

  function pending() {
    return el('div', { class: 'empty' }, icon('qr'), el('h2', {}, 'Not in yet'),
      el('p', {}, 'This camera has a code and has not called home. The code is shown only on the screen that made it.'),
      el('div', { class: 'actions' }, el('a', { class: 'btn primary', href: '/add' }, 'New code'),
        el('button', { class: 'btn danger-line', type: 'button', click: remove }, 'Remove')));
  }

  function show(fresh) {
    device = fresh;
    setText(title, device.device_name);
    document.title = `${device.device_name} · VisionConnect`;
    if (device.status === 'pending') {
      body.replaceChildren(pending());
      return;
    }
    about.replaceChildren(aboutCard(device, remove));
    if (stage) {
      stage.pic.update(device);
      return;
    }
    stage = stageOf(device, signal, changed);
    body.replaceChildren(el('div', { class: 'cam' }, stage.stage, el('div', { class: 'panel' }, delay.node, help, about)));
    stage.pic.tick();
    changed(stage.pic);
  }

  async function load() {
    try {
      show(await api('GET', `/api/camera/devices/${id}`, { signal }));
    } catch (error) {
      if (signal.aborted || stage) return;
      setText(title, error.status === 404 ? 'No such camera' : 'Camera');
      body.replaceChildren(el('div', { class: 'empty' },
        el('p', {}, error.status === 404 ? 'It was removed, or it is not shared with you.' : error.message),
        el('a', { class: 'btn', href: '/' }, 'All cameras')));
    }
  }

  every(LIST_EVERY_MS, signal, () => document.hidden || before === 'gone' || load());
  load();
  return { title: 'Camera', node };
}
