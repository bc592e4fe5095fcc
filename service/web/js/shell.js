/** What stands around every view: rail or bottom bar, the account, and one banner when the server is away. */

import { api } from './api.js';
import { openDialog } from './dialog.js';
import { el, setText } from './dom.js';
import { icon, mark } from './icons.js';
import { stop } from './live/player.js';
import { refresh } from './router.js';
import { store } from './store.js';

function initials(me) {
  return (me.username || me.email).slice(0, 2).toUpperCase();
}

async function signOut() {
  try {
    await api('POST', '/api/logout');
  } catch { /* a session that is gone already is what was wanted */ }
  stop();
  store.set({ me: null });
  refresh();
}

function account() {
  const me = store.get('me');
  openDialog('You', (close) => [
    el('p', { class: 'who' }, el('span', { class: 'face', 'aria-hidden': 'true' }, initials(me)),
      el('span', {}, el('b', {}, me.username || me.email), me.username && el('small', {}, me.email))),
    el('div', { class: 'actions' },
      el('button', { class: 'btn', type: 'button', autofocus: true, click: () => close(null) }, 'Close'),
      el('button', { class: 'btn', type: 'button', click: () => close('out') }, icon('out'), 'Sign out')),
  ]).then((answer) => answer === 'out' && signOut());
}

function navigation() {
  const link = (href, name, text, extra) => el('a', { href, class: extra }, icon(name), el('span', {}, text));
  const face = el('span', { class: 'face', 'aria-hidden': 'true' });
  const you = el('button', { class: 'you', type: 'button', 'aria-label': 'You: account and sign out', click: account },
    face, el('span', { 'aria-hidden': 'true' }, 'You'));
  const home = el('a', { href: '/', class: 'home', 'aria-label': 'VisionConnect, cameras' }, mark());
  const node = el('nav', { class: 'rail', 'aria-label': 'Main' }, home, link('/', 'cameras', 'Cameras'),
    link('/add', 'add', 'Add', 'add'), you);
  store.subscribe(({ me }) => me && setText(face, initials(me)));
  return node;
}

/** Builds the shell into root and returns outlet(route, node) for the router. */
export function startShell(root) {
  const main = el('main', { id: 'main', tabindex: '-1' });
  const nav = navigation();
  const banner = el('div', { class: 'banner', role: 'status' });
  root.append(el('a', { class: 'skip', href: '#main', click: (event) => {
    event.preventDefault();
    main.focus();
  } }, 'Skip to content'), nav, main, banner);
  store.subscribe(({ link }) => {
    const text = navigator.onLine ? 'The server does not answer. Trying again…'
      : 'You are offline. Waiting for your network…';
    setText(banner, link === 'down' ? text : '');
  });
  return (route, node) => {
    document.body.dataset.view = route.name;
    nav.hidden = route.who === 'guest';
    for (const link of nav.querySelectorAll('a:not(.home)')) {
      if (link.pathname === route.nav) link.setAttribute('aria-current', 'page');
      else link.removeAttribute('aria-current');
    }
    main.replaceChildren(node);
  };
}
