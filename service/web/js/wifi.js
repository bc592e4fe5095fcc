/** The two fields of a WiFi, as a form asks for them. */

import { byteLength, field } from './form.js';

const SSID_KEY = 'ssid';
const SSID_BYTES = 32;
const PASSWORD_BYTES = 64;

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

/** {ssid, password}: fields, filled with what was typed before ({wifi_ssid, wifi_password}) or the name used last. */
export function wifiFields(draft) {
  const ssid = field({ name: 'wifi_ssid', label: 'WiFi name', autocomplete: 'off', check: checkSsid,
    hint: 'Most cameras know only 2.4 GHz networks.' });
  const password = field({ name: 'wifi_password', label: 'WiFi password', type: 'password', autocomplete: 'off', eye: true,
    hint: 'Goes into the code on your screen and nowhere else; forgotten after that.',
    check: checkPassword, note: notePassword });
  ssid.input.value = draft.wifi_ssid ?? localStorage.getItem(SSID_KEY) ?? '';
  password.input.value = draft.wifi_password ?? '';
  return { ssid, password };
}

/** The name is offered next time; never the password. */
export function rememberWifi(ssid) {
  localStorage.setItem(SSID_KEY, ssid);
}
