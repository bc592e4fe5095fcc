/** One WebSocket to /ws that comes back by itself. Its state: connecting, up, down (trying again), or ended with a
 * close code that no retry can change. */

import { steadyNow } from '../time.js';
import { createBackoff, isFinal } from './backoff.js';
import { createClock } from './clock.js';

const CONNECT_MS = 10000;
const QUIET_MS = 5000; /* nothing heard: ask */
const DEAD_MS = 12000; /* still nothing: gone */
const FIRST_PINGS = 8;
const FIRST_PINGS_EVERY_MS = 120;
const PING_EVERY_MS = 30000;

/** on: {state(state, code), text(message), binary(buffer, heardAt)}. */
export function createLink(url, on) {
  const clock = createClock();
  const backoff = createBackoff();
  const pings = new Map();
  let socket = null;
  let retry = 0;
  let leastMs = 0;
  let openedAt = 0;
  let startedAt = 0;
  let heardAt = 0;
  let pingAt = 0;
  let pingsLeft = 0;
  let pingId = 0;

  function ping() {
    pingAt = steadyNow();
    pings.set(`p${++pingId}`, pingAt);
    if (pings.size > FIRST_PINGS) pings.delete(pings.keys().next().value);
    socket.send(JSON.stringify({ type: 'ping', id: `p${pingId}` }));
  }

  function pong(message) {
    const sent = pings.get(message.id);
    if (sent === undefined) return;
    pings.delete(message.id);
    clock.sample(sent, message.received_us / 1000, message.sent_us / 1000, steadyNow());
    if (--pingsLeft > 0) setTimeout(() => openedAt && ping(), FIRST_PINGS_EVERY_MS);
  }

  function registered(message) {
    openedAt = steadyNow();
    clock.reset();
    const server = typeof message.server_time === 'number' ? message.server_time : Date.parse(message.server_time);
    if (!Number.isNaN(server)) clock.hint(server, openedAt);
    pingsLeft = FIRST_PINGS;
    ping();
    on.state('up', 0);
  }

  function heard(event) {
    heardAt = steadyNow();
    if (typeof event.data !== 'string') {
      on.binary(event.data, heardAt);
      return;
    }
    const message = JSON.parse(event.data);
    if (message.type === 'registered') registered(message);
    else if (message.type === 'pong') pong(message);
    else if (message.type === 'goaway') leastMs = message.reconnect_after_ms ?? 0;
    else on.text(message);
  }

  function lost(code) {
    const openMs = openedAt ? steadyNow() - openedAt : 0;
    drop();
    if (isFinal(code)) {
      on.state('ended', code);
      return;
    }
    retry = setTimeout(connect, backoff.next(openMs, code, leastMs));
    leastMs = 0;
    on.state(openMs ? 'down' : 'refused', code);
  }

  function drop() {
    clearTimeout(retry);
    pings.clear();
    openedAt = 0;
    if (!socket) return;
    socket.onclose = null;
    socket.onmessage = null;
    socket.close();
    socket = null;
  }

  function connect() {
    drop();
    startedAt = steadyNow();
    heardAt = startedAt;
    on.state('connecting', 0);
    socket = new WebSocket(url);
    socket.binaryType = 'arraybuffer';
    socket.onmessage = heard;
    socket.onclose = (event) => lost(event.code);
  }

  function watchdog() {
    if (!socket) return;
    const now = steadyNow();
    if (!openedAt) {
      if (now - startedAt > CONNECT_MS) lost(0);
    } else if (now - heardAt > DEAD_MS) {
      lost(0);
    } else if (now - pingAt > PING_EVERY_MS || (now - heardAt > QUIET_MS && now - pingAt > QUIET_MS)) {
      ping();
    }
  }

  const timer = setInterval(watchdog, 1000);
  connect();
  return {
    /** False when the line is not open: what matters is said again when it is. */
    send(message) {
      if (!openedAt) return false;
      socket.send(JSON.stringify(message));
      return true;
    },
    offset: () => clock.offset(steadyNow()),
    /** Tries at once, when the network or the tab has come back. */
    wake() {
      if (!openedAt && (!socket || steadyNow() - startedAt > 2000)) connect();
    },
    close() {
      clearInterval(timer);
      drop();
    },
  };
}
