/** Add a camera, first step: which one, and the WiFi it should join. */

import { api } from '../api.js';
import { el } from '../dom.js';
import { flight, typed } from '../flight.js';
import { byteLength, field, form } from '../form.js';
import { icon } from '../icons.js';
import { back, go } from '../router.js';

const SSID_KEY = 'ssid';
const MODEL_KEY = 'model';
const SSID_BYTES = 32;
const PASSWORD_BYTES = 64;

export function steps(now) {
  const names = ['Camera', 'Show the code', 'Live'];
  return el('ol', { class: 'steps', 'aria-label': 'Steps' }, ...names.map((name, i) => el('li', {
    class: i < now ? 'done' : i === now ? 'now' : '', 'aria-current': i === now && 'step',
  }, name)));
}

function checkSsid(value) {
  if (!value) return 'Enter the name of the WiFi.';
  return byteLength(value) > SSID_BYTES ? `A WiFi name has at most ${SSID_BYTES} bytes; this one has ${byteLength(value)}.` : '';
}

function checkPassword(value) {
  return byteLength(value) > PASSWORD_BYTES ? `A WiFi password has at most ${PASSWORD_BYTES} characters.` : '';
}

function notePassword(value) {
  if (!value) return 'Empty means an open WiFi.';
  return byteLength(value) < 8 ? 'WiFi passwords have 8 characters or more. You can still try this one.' : '';
}

function option(model, chosen) {
  return el('option', { value: model.model_id, selected: model.model_id === chosen }, model.model_name);
}

async function fillModels(select, signal) {
  const models = await api('GET', '/api/camera/models', { signal });
  const makers = Map.groupBy ? Map.groupBy(models, (m) => m.manufacturer) : new Map([['Cameras', models]]);
  const chosen = typed.get().camera_model ?? localStorage.getItem(MODEL_KEY);
  select.replaceChildren(el('option', { value: '' }, 'Choose your camera'),
    ...[...makers].map(([maker, list]) => el('optgroup', { label: maker }, ...list.map((m) => option(m, chosen)))));
  select.disabled = false;
}

function fields() {
  const draft = typed.get();
  const model = field({ name: 'camera_model', label: 'Camera',
    control: el('select', { disabled: true }, el('option', { value: '' }, 'Loading…')),
    check: (value) => (value ? '' : 'Choose your camera.') });
  const ssid = field({ name: 'wifi_ssid', label: 'WiFi name', autocomplete: 'off', check: checkSsid,
    hint: 'Most cameras know only 2.4 GHz networks.' });
  const password = field({ name: 'wifi_password', label: 'WiFi password', type: 'password', autocomplete: 'off', eye: true,
    hint: 'Goes into the code on your screen and nowhere else; forgotten after that.',
    check: checkPassword, note: notePassword });
  const name = field({ name: 'device_name', label: 'Name', autocomplete: 'off', placeholder: 'Front door', maxlength: 256 });
  ssid.input.value = draft.wifi_ssid ?? localStorage.getItem(SSID_KEY) ?? '';
  password.input.value = draft.wifi_password ?? '';
  name.input.value = draft.device_name ?? '';
  return [model, ssid, password, name];
}

function howTo() {
  const step = (name, title, text) => el('li', {}, el('span', { class: 'disc' }, icon(name)),
    el('div', {}, el('b', {}, title), el('p', {}, text)));
  return el('aside', { class: 'card how' }, el('h2', {}, 'How it works'), el('ol', {},
    step('screen', 'A code appears', 'It tells the camera your WiFi and this server.'),
    step('near', 'The camera reads it', 'Hold the screen a hand’s width in front of its lens.'),
    step('cameras', 'It goes live', 'You see its first picture right here.')));
}

export function add({ signal }) {
  const all = fields();
  const [model, ssid] = all;
  const values = () => ({ ...Object.fromEntries(all.map((f) => [f.name, f.input.value])) });
  const keep = () => !model.input.disabled && typed.set(values());
  for (const f of all) f.input.addEventListener('input', keep);
  const button = el('button', { class: 'btn primary wide', type: 'submit' }, icon('qr'), 'Show the code');
  const sheet = form({
    fields: all, button, signal,
    async send() {
      const name = all[3].input.value.trim() || 'My Camera';
      typed.set({ ...values(), device_name: name });
      localStorage.setItem(SSID_KEY, ssid.input.value);
      localStorage.setItem(MODEL_KEY, model.input.value);
      await flight.start();
      go('/add/code', { replace: true });
    },
  });
  const waiting = flight.get()?.status === 'pending' && el('a', { class: 'note', href: '/add/code' }, icon('qr'),
    el('span', {}, `The code for “${flight.get().name}” is still good.`), el('b', {}, 'Show it'));
  fillModels(model.input, signal).catch((error) => !signal.aborted && model.fail(error.message));
  const node = el('div', { class: 'narrow' }, el('header', { class: 'top' },
    el('button', { class: 'btn icon ghost', type: 'button', 'aria-label': 'Back', click: back }, icon('back')),
    el('h1', { tabindex: '-1' }, 'Add a camera')), steps(0), waiting,
  el('div', { class: 'split' }, el('div', { class: 'card' }, sheet), howTo()));
  return { title: 'Add a camera', node };
}
