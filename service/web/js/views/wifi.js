/** A camera that moved to another WiFi: the form, then a code with the WiFi and nothing else. It keeps key and name. */

import { api } from '../api.js';
import { el, setText } from '../dom.js';
import { form } from '../form.js';
import { icon } from '../icons.js';
import { picture } from '../live/picture.js';
import { codeCard, howItWorks, tips } from '../paper.js';
import { back, go } from '../router.js';
import { rememberWifi, wifiFields } from '../wifi.js';

const LIVE_MS = 1400; /* the picture is looked at for a moment before the view changes */

function howTo() {
  return howItWorks(
    ['screen', 'A code appears', 'It tells the camera the new WiFi, nothing else.'],
    ['near', 'The camera reads it', 'It looks for one whenever it cannot join the WiFi it knows.'],
    ['cameras', 'It is back', 'With its name, its history and everyone who may see it.']);
}

/** The code until the camera, once away, is back: then its picture. */
function codeSide({ device, answer, ssid, signal }) {
  const says = el('p', { class: 'note', role: 'status' });
  const shown = codeCard({ codes: answer.qr_codes ?? [answer.qr_code], left: [icon('wifi'), ssid], signal });
  let away = false;
  const pic = picture({ device, fps: 15, signal, changed({ state }) {
    away ||= state === 'off';
    setText(says, away ? 'Waiting for the camera…'
      : 'It is still on the WiFi it knows. It looks for the code when that is gone.');
    if (!away || state !== 'live' || shown.node.classList.contains('born')) return;
    shown.node.classList.add('born');
    setText(says, 'It is back.');
    if (document.fullscreenElement) document.exitFullscreen();
    setTimeout(() => signal.aborted || go(`/c/${device.device_id}`, { replace: true }), LIVE_MS);
  } });
  shown.paper.append(pic.node);
  return el('div', { class: 'split code-split' },
    el('div', { class: 'guide' }, el('p', { class: 'say' }, 'Hold this screen in front of the camera.'), tips(), says,
      ...(answer.warnings ?? []).map((w) => el('p', { class: 'note warn' }, icon('warn'), w.message))),
    el('div', { class: 'qr-side' }, shown.node,
      el('p', { class: 'hint' }, 'The code holds your WiFi password.')));
}

export function wifi({ params: [id], signal }) {
  const title = el('h1', { class: 'grow', tabindex: '-1' }, 'New WiFi');
  const body = el('div', {});
  const node = el('div', { class: 'narrow' }, el('header', { class: 'top' },
    el('button', { class: 'btn icon ghost', type: 'button', 'aria-label': 'Back', click: back }, icon('back')), title), body);

  function ask(device) {
    const { ssid, password } = wifiFields({});
    const button = el('button', { class: 'btn primary wide', type: 'submit' }, icon('qr'), 'Show the code');
    const sheet = form({
      fields: [ssid, password], button, signal,
      async send() {
        const wanted = { wifi_ssid: ssid.input.value, wifi_password: password.input.value };
        const answer = await api('POST', `/api/camera/devices/${id}/wifi-qr`, { body: wanted, signal });
        rememberWifi(wanted.wifi_ssid);
        node.classList.add('showing');
        body.replaceChildren(codeSide({ device, answer, ssid: wanted.wifi_ssid, signal }));
      },
    });
    body.replaceChildren(el('div', { class: 'split' }, el('div', { class: 'card' }, sheet), howTo()));
  }

  async function load() {
    try {
      const device = await api('GET', `/api/camera/devices/${id}`, { signal });
      setText(title, `New WiFi for “${device.device_name}”`);
      document.title = `${title.textContent} · VisionConnect`;
      ask(device);
    } catch (error) {
      if (signal.aborted) return;
      body.replaceChildren(el('div', { class: 'empty' }, el('p', {}, error.message), el('a', { class: 'btn', href: '/' }, 'All cameras')));
    }
  }

  load();
  return { title: 'New WiFi', node };
}
