/** Start: who is signed in, then the view of this path. */

import { api, onSignedOut } from './api.js';
import { stop } from './live/player.js';
import { flight } from './flight.js';
import { refresh, startRouter } from './router.js';
import { startShell } from './shell.js';
import { store } from './store.js';
import { add } from './views/add.js';
import { camera } from './views/camera.js';
import { cameras } from './views/cameras.js';
import { code } from './views/code.js';
import { login, register } from './views/login.js';
import { wifi } from './views/wifi.js';

const ROUTES = [
  { name: 'cameras', path: /^\/$/, view: cameras, who: 'user', nav: '/' },
  { name: 'add', path: /^\/add$/, view: add, who: 'user', nav: '/add' },
  { name: 'code', path: /^\/add\/code$/, view: code, who: 'user', nav: '/add', check: () => (flight.get() ? null : '/add') },
  { name: 'camera', path: /^\/c\/([0-9a-f]{24})$/, view: camera, who: 'user', nav: '/' },
  { name: 'wifi', path: /^\/c\/([0-9a-f]{24})\/wifi$/, view: wifi, who: 'user', nav: '/' },
  { name: 'login', path: /^\/login$/, view: login, who: 'guest' },
  { name: 'register', path: /^\/register$/, view: register, who: 'guest',
    check: () => (store.get('registration') === 'open' ? null : '/login') },
];

function guard(route) {
  const me = store.get('me');
  if (route.who === 'user' && !me) return { path: '/login', next: location.pathname };
  if (route.who === 'guest' && me) return { path: history.state?.next ?? '/' };
  const elsewhere = route.check?.();
  return elsewhere ? { path: elsewhere } : null;
}

function signedOut() {
  if (!store.get('me')) return;
  stop();
  store.set({ me: null });
  refresh();
}

async function start() {
  onSignedOut(signedOut);
  const [me, health] = await Promise.allSettled([api('GET', '/api/me'), api('GET', '/api/health')]);
  store.set({ me: me.value ?? null, registration: health.value?.registration ?? 'open' });
  const outlet = startShell(document.getElementById('app'));
  startRouter(ROUTES, guard, outlet);
}

start();
