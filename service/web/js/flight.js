/** A camera on its way in: what was typed, the code that stands on the screen, and how far the camera has come.
 * Lives in memory only: it holds a WiFi password. */

import { api } from './api.js';

export const STAGES = ['waiting', 'activated', 'connected', 'first_frame'];
const WAIT_S = 25;
const RETRY_MS = 2000;

let draft = {};
let current = null;
let asking = null; /* a call whose answer has not come: {text, key} */

/** The fields of the form, kept until the camera is live. */
export const typed = {
  get: () => draft,
  set: (values) => {
    draft = values;
  },
};

/** The same call has the same Idempotency-Key until it is answered: a lost answer makes no second camera. */
async function ask(body) {
  const text = JSON.stringify(body);
  if (asking?.text !== text) {
    const random = crypto.getRandomValues(new Uint8Array(16));
    asking = { text, key: [...random].map((byte) => byte.toString(16).padStart(2, '0')).join('') };
  }
  let answered = true;
  try {
    return await api('POST', '/api/camera/onboard', { body, headers: { 'Idempotency-Key': asking.key } });
  } catch (error) {
    answered = error.status > 0 && error.status < 500;
    throw error;
  } finally {
    if (answered) asking = null;
  }
}

function pause(ms, signal) {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, ms);
    signal.addEventListener('abort', () => {
      clearTimeout(timer);
      resolve();
    });
  });
}

/** The moment each stage was first seen, and what the service said last. */
function note(status) {
  current.status = status.status;
  current.deviceId = status.device_id ?? current.deviceId;
  current.modelChanged = status.model_changed ?? false;
  const reached = STAGES.indexOf(status.stage);
  for (let i = 0; i <= reached; i++) current.seen[i] ??= Date.now();
}

/** Takes a pending camera away again; one that is in already stays. */
async function giveBack(mine) {
  if (!mine || mine.seen[1] || mine.status !== 'pending') return;
  try {
    await api('DELETE', `/api/camera/devices/${mine.deviceId}`);
  } catch { /* it has expired or come in meanwhile: nothing to take away */ }
}

export const flight = {
  get: () => current,
  /** Asks for a code with what was typed. An unused code before it is given back first. */
  async start() {
    const before = current;
    const answer = await ask(draft);
    current = {
      token: answer.device_token, deviceId: answer.device_id, name: draft.device_name, ssid: draft.wifi_ssid,
      codes: answer.qr_codes ?? [answer.qr_code], warnings: answer.warnings ?? [],
      startedAt: Date.now(), expiresAt: Date.parse(answer.expires_at), status: answer.status, seen: [Date.now()],
    };
    giveBack(before);
  },
  /** Follows the camera until it is live, gone or the signal aborts; changed() after every word of the service. */
  async follow(signal, changed) {
    const mine = current;
    let asked = false;
    while (!signal.aborted && current === mine && mine.status !== 'expired' && mine.status !== 'gone') {
      try {
        const path = `/api/camera/check-status/${mine.token}?wait=${asked ? WAIT_S : 0}`;
        const status = await api('GET', path, { signal, timeoutMs: (WAIT_S + 10) * 1000 });
        asked = true;
        note(status);
      } catch (error) {
        if (error.status === 404) mine.status = 'gone';
        else await pause(error.retryAfterS * 1000 || RETRY_MS, signal);
      }
      if (!signal.aborted) changed();
      if (mine.seen[STAGES.length - 1]) return;
    }
  },
  async cancel() {
    const mine = current;
    current = null;
    await giveBack(mine);
  },
  /** The camera is live: forget the code and what was typed. */
  done() {
    current = null;
    asking = null;
    draft = {};
  },
};
