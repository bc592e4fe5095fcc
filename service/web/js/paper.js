/** A code on the screen, as a weak camera can read it. */

import { el, every, prefersStill, setText } from './dom.js';
import { icon } from './icons.js';
import { modulesOf, sharpWidth } from './qr.js';

const TURN_MS = 800;

/** Keeps the screen lit while the code is shown; only where the page is served over HTTPS or from localhost. */
function stayLit(signal) {
  let lock = null;
  const take = async () => {
    if (!navigator.wakeLock || document.hidden || signal.aborted) return;
    lock = await navigator.wakeLock.request('screen').catch(() => null);
    if (signal.aborted) lock?.release();
  };
  document.addEventListener('visibilitychange', take, { signal });
  signal.addEventListener('abort', () => lock?.release());
  take();
}

/** Several codes take turns; one that reads slowly can be held. Returns the row of dots and the button. */
function turns(codes, image, signal) {
  if (codes.length < 2) return [];
  let at = 0;
  let held = prefersStill();
  const dots = codes.map(() => el('i'));
  const words = el('span');
  const button = el('button', { type: 'button', click: () => {
    if (prefersStill()) show(at + 1);
    else held = !held;
    label();
  } });
  function label() {
    const [name, text] = prefersStill() ? ['next', 'Next'] : held ? ['play', 'Go on'] : ['pause', 'Hold'];
    button.replaceChildren(icon(name), text);
  }
  function show(next) {
    at = next % codes.length;
    image.src = codes[at];
    dots.forEach((dot, i) => dot.classList.toggle('on', i === at));
    setText(words, `${at + 1}/${codes.length}`);
  }
  show(0);
  label();
  every(TURN_MS, signal, () => held || show(at + 1));
  return [el('span', { class: 'dots', 'aria-label': `${codes.length} codes in turn` }, ...dots, words), button];
}

/** The white card with the codes, the screen lit while it stands. Its side follows the space, in whole device pixels a
 * module; left stands below the code. Returns the card's node and its paper, where a picture may take the code's place. */
export function codeCard({ codes, left, signal }) {
  const image = el('img', { src: codes[0], alt: 'Code for the camera', class: 'code' });
  const paper = el('div', { class: 'paper' }, image);
  const full = el('button', { class: 'full', type: 'button', click: () => (document.fullscreenElement ? document.exitFullscreen()
    : node.requestFullscreen?.()) }, icon('full'), el('span', {}, 'Full screen'));
  full.hidden = !document.fullscreenEnabled;
  const node = el('div', { class: 'qr' }, paper, el('div', { class: 'row' },
    el('span', { class: 'left' }, left), ...turns(codes, image, signal), full));
  const fit = () => {
    const modules = image.naturalWidth && modulesOf(image.naturalWidth);
    const space = Math.min(paper.clientWidth, paper.clientHeight || Infinity);
    if (modules) image.style.setProperty('width', `${sharpWidth(space, modules, devicePixelRatio)}px`);
  };
  image.addEventListener('load', fit);
  const watcher = new ResizeObserver(fit);
  watcher.observe(paper);
  signal.addEventListener('abort', () => watcher.disconnect());
  stayLit(signal);
  return { node, paper };
}

/** How to hold the screen. */
export function tips() {
  const tip = (name, title, text) => el('li', {}, icon(name), el('b', {}, title), el('span', {}, text));
  return el('ul', { class: 'tips' }, tip('near', '15 cm away', 'a hand’s width, straight on'),
    tip('sun', 'Brightness up', 'no reflections on the screen'), tip('screen', 'Bigger is better', 'a laptop beats a phone'));
}

/** What will happen, in rows of [icon, title, text]. */
export function howItWorks(...rows) {
  return el('aside', { class: 'card how' }, el('h2', {}, 'How it works'), el('ol', {}, ...rows.map(([name, title, text]) =>
    el('li', {}, el('span', { class: 'disc' }, icon(name)), el('div', {}, el('b', {}, title), el('p', {}, text))))));
}
