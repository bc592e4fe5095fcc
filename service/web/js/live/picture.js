/** A live picture with what must be known about it: how old it is, whether it still moves, why it does not. */

import { el, every, setText } from '../dom.js';
import { icon } from '../icons.js';
import { ageText, momentText, oldText, steadyNow } from '../time.js';
import { play } from './player.js';
import { FULL_MS, freshness, ring } from './ring.js';

const TICK_MS = 100;
const TEXT_MS = 500;
const GONE_TEXT = {
  not_found: ['This camera is gone', 'it was removed or is no longer shared with you'],
  removed: ['This camera is gone', 'it was removed'],
  forbidden: ['No picture', 'it is paused, or you may not watch it now'],
};

function reasonText(device) {
  if (device.offline_reason === 'goodbye') return 'the camera signed off';
  return device.offline_reason === 'silent' ? 'its power or WiFi is gone' : '';
}

function offlineWords(device) {
  const since = momentText(device.last_seen, Date.now());
  return since ? [`Offline since ${since}`, reasonText(device)] : ['Offline', 'it has not been heard from yet'];
}

/** device: as the service tells it; kept up to date by update(). fps: what to ask for. glow: draw a blurred twin.
 * changed(picture) is called when the state or a figure changes. Returns {node, state, stats, ...}. */
export function picture({ device, fps, glow, signal, changed = () => {} }) {
  const canvas = el('canvas', { role: 'img', 'aria-label': `Live picture of ${device.device_name}` });
  const halo = glow ? el('canvas', { class: 'glow', width: 16, height: 9, 'aria-hidden': 'true' }) : null;
  const title = el('b');
  const text = el('span');
  const words = el('div', { class: 'words' }, title, text);
  const node = el('div', { class: 'picture blank' }, canvas, words);
  const age = el('span', { class: 'age' });
  const disc = ring();
  const self = { node, halo, age, ring: el('span', { class: 'disc' }, disc.node, icon('wifiOff')), state: '', stats: null,
    online: device.online, viewers: device.viewers ?? 0 };
  let gone = null;
  let textAt = 0;

  function say(first, second) {
    setText(title, first);
    setText(text, second);
  }

  function stateNow(now) {
    if (gone) return 'gone';
    if (!self.online) return 'off';
    if (!self.stats) return 'wait';
    return freshness(now - self.stats.capturedAt);
  }

  function tick() {
    const now = steadyNow();
    const state = stateNow(now);
    const ageMs = self.stats ? now - self.stats.capturedAt : 0;
    if (state === 'off') say(...offlineWords(device));
    else if (state === 'gone') say(...GONE_TEXT[gone]);
    else if (state === 'wait') say('Waking…', '');
    else if (state === 'stale') say(oldText(ageMs), navigator.onLine ? 'waiting for a newer picture' : 'you are offline');
    disc.set(state === 'live' || state === 'stale' ? ageMs : 0);
    if (state !== self.state || now - textAt > TEXT_MS) {
      const shown = ageMs > FULL_MS || !self.stats ? ageMs : self.stats.latency;
      const known = state === 'live' || state === 'stale';
      setText(age, known ? `${self.stats.atLeast ? '≥ ' : ''}${ageText(shown)}` : '');
      textAt = now;
    }
    if (state === self.state) return;
    self.state = state;
    node.dataset.state = state;
    node.parentElement?.setAttribute('data-state', state);
    changed(self);
  }

  Object.assign(self, {
    tick,
    /** What the list or the service says anew. */
    update(fresh) {
      device = fresh;
      self.online = fresh.online;
      canvas.setAttribute('aria-label', `Live picture of ${fresh.device_name}`);
      tick();
    },
  });
  const on = {
    stats(message) {
      self.stats = message;
      node.classList.remove('blank');
      tick();
      changed(self);
    },
    camera(message) {
      if (self.online && !message.online) device = { ...device, last_seen: new Date().toISOString(), offline_reason: undefined };
      self.online = message.online;
      self.viewers = message.viewers ?? self.viewers;
      tick();
      changed(self);
    },
    gone(message) {
      gone = message.code;
      tick();
    },
  };
  play({ device: device.device_id, canvas, glow: halo, box: node, fps, on, signal });
  every(TICK_MS, signal, tick);
  return self;
}
