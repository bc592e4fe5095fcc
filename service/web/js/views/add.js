/** Add a camera, first step: which one, and the WiFi it should join. */

import { api } from '../api.js';
import { el } from '../dom.js';
import { flight, typed } from '../flight.js';
import { field, form } from '../form.js';
import { icon } from '../icons.js';
import { howItWorks } from '../paper.js';
import { back, go } from '../router.js';
import { rememberWifi, wifiFields } from '../wifi.js';

const MODEL_KEY = 'model';

export function steps(now) {
  const names = ['Camera', 'Show the code', 'Live'];
  return el('ol', { class: 'steps', 'aria-label': 'Steps' }, ...names.map((name, i) => el('li', {
    class: i < now ? 'done' : i === now ? 'now' : '', 'aria-current': i === now && 'step',
  }, name)));
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
  const { ssid, password } = wifiFields(draft);
  const name = field({ name: 'device_name', label: 'Name', autocomplete: 'off', placeholder: 'Front door', maxlength: 256 });
  name.input.value = draft.device_name ?? '';
  return [model, ssid, password, name];
}

function howTo() {
  return howItWorks(
    ['screen', 'A code appears', 'It tells the camera your WiFi and this server.'],
    ['near', 'The camera reads it', 'Hold the screen a hand’s width in front of its lens.'],
    ['cameras', 'It goes live', 'You see its first picture right here.']);
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
      rememberWifi(ssid.input.value);
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
