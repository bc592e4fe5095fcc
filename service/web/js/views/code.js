/** Add a camera, second step: the code on the screen, and how far the camera has come. The code becomes the picture. */

import { confirmDialog } from '../dialog.js';
import { el, every, setText } from '../dom.js';
import { STAGES, flight } from '../flight.js';
import { icon } from '../icons.js';
import { picture } from '../live/picture.js';
import { codeCard, tips } from '../paper.js';
import { go } from '../router.js';
import { adviceFor } from '../stuck.js';
import { countText, momentText } from '../time.js';
import { steps } from './add.js';

const LIVE_MS = 1400; /* the picture is looked at for a moment before the view changes */
const GO_ANYWAY_MS = 4000; /* the service has seen it; this screen may be slow */

/** The card, with the time that is left. */
function card(mine, signal) {
  const left = el('span', { class: 'num' });
  const count = () => setText(left, countText(mine.expiresAt - Date.now()));
  count();
  every(250, signal, count);
  return codeCard({ codes: mine.codes, left: [icon('clock'), left], signal });
}

const STAGE_WORDS = [
  ['Code is on the screen', 'Show the code'],
  ['The camera called home', 'Waiting for the camera…'],
  ['The picture line is open', 'Opening the picture line…'],
  ['First picture', 'Waking the picture…'],
];

const ENDS = {
  expired: ['The code has run out', 'Nothing is lost: a new one takes a second.'],
  gone: ['This code was cancelled', 'It was taken away on another screen.'],
};

/** One line a stage: done with its moment, the next one running, the rest to come. */
function flightList(mine) {
  const rows = STAGE_WORDS.map(() => ({ title: el('b'), text: el('small'), when: el('span', { class: 'when num' }) }));
  const items = rows.map((row) => el('li', {}, el('span', { class: 'dotmark', 'aria-hidden': 'true' }, icon('check')),
    el('div', {}, row.title, row.text), row.when));
  const until = momentText(new Date(mine.expiresAt).toISOString(), Date.now());
  setText(rows[0].text, `WiFi “${mine.ssid}”, good until ${until}`);
  const node = el('ol', { class: 'card flight', 'aria-live': 'polite' }, ...items);
  const update = () => STAGES.forEach((stage, i) => {
    const seen = mine.seen[i];
    const runs = !seen && mine.seen[i - 1] && !ENDS[mine.status];
    items[i].className = seen ? 'ok' : runs ? 'run' : 'todo';
    setText(rows[i].title, STAGE_WORDS[i][runs ? 1 : 0]);
    setText(rows[i].when, seen ? countText(seen - mine.startedAt) : '');
  });
  update();
  return { node, update };
}

/** What to try, once a stage has lasted a minute; and what else the service noticed. */
function help(mine, signal) {
  const node = el('section', { class: 'stuck', 'aria-live': 'polite' });
  let told = null;
  const update = () => {
    const stage = mine.seen.findLastIndex(Boolean);
    const advice = ENDS[mine.status] ? null : adviceFor(stage, Date.now() - mine.seen[stage]);
    if (advice === told) return;
    told = advice;
    node.replaceChildren(...(advice ? [el('h2', {}, icon('warn'), advice.title),
      el('ul', {}, ...advice.tries.map((text) => el('li', {}, text)))] : []));
  };
  every(1000, signal, update);
  return { node, update };
}

export function code({ signal }) {
  const mine = flight.get();
  const shown = card(mine, signal);
  const list = flightList(mine);
  const stuck = help(mine, signal);
  const other = el('p', { class: 'note', hidden: true }, icon('cameras'),
    'The camera says that it is another model than the one you chose. Its word counts.');
  const progress = el('div', {}, steps(1));
  const fault = el('p', { class: 'fault whole', role: 'alert' });
  let pic = null;

  function live() {
    if (signal.aborted || flight.get() !== mine) return;
    flight.done();
    go(`/c/${mine.deviceId}`, { replace: true });
  }

  /** Watching is what makes a camera send: so the line being open is the moment to look. */
  function look() {
    if (pic) return;
    pic = picture({ device: { device_id: mine.deviceId, device_name: mine.name, online: true, last_seen: null }, fps: 15, signal,
      changed(self) {
        if (self.state !== 'live' || shown.node.classList.contains('born')) return;
        shown.node.classList.add('born');
        if (document.fullscreenElement) document.exitFullscreen();
        STAGES.forEach((stage, i) => {
          mine.seen[i] ??= Date.now();
        });
        list.update();
        progress.replaceChildren(steps(2));
        setTimeout(live, LIVE_MS);
      } });
    shown.paper.append(pic.node);
  }

  async function renew(event) {
    event.target.disabled = true;
    try {
      await flight.start();
      go('/add/code', { replace: true });
    } catch (error) {
      event.target.disabled = false;
      setText(fault, error.message);
    }
  }

  function ended() {
    const [title, text] = ENDS[mine.status];
    shown.node.replaceChildren(el('div', { class: 'ended' }, icon('clock'), el('b', {}, title), el('p', {}, text),
      el('button', { class: 'btn primary', type: 'button', click: renew }, 'New code'), fault));
  }

  function changed() {
    list.update();
    stuck.update();
    other.hidden = !mine.modelChanged;
    if (ENDS[mine.status]) ended();
    else if (mine.seen[2]) look();
    if (mine.seen[3]) setTimeout(live, GO_ANYWAY_MS);
  }

  async function cancel() {
    const sure = await confirmDialog({ title: 'Cancel this code?', action: 'Cancel the code',
      text: 'The camera can no longer use it. What you typed stays in the form.' });
    if (!sure) return;
    await flight.cancel();
    go('/add', { replace: true });
  }

  if (ENDS[mine.status]) ended();
  flight.follow(signal, changed);
  const node = el('div', { class: 'narrow showing' }, el('header', { class: 'top' },
    el('button', { class: 'btn icon ghost', type: 'button', 'aria-label': 'Back to the form',
      click: () => go('/add', { replace: true }) }, icon('back')),
    el('h1', { class: 'grow', tabindex: '-1' }, `Add “${mine.name}”`),
    el('button', { class: 'btn ghost', type: 'button', click: cancel }, 'Cancel')),
  el('div', { class: 'split code-split' },
    el('div', { class: 'guide' }, progress,
      el('p', { class: 'say' }, 'Hold this screen in front of the camera.'),
      el('p', { class: 'muted' }, 'It reads the code by itself. Nothing to tap here.'), tips(), list.node, stuck.node, other,
      ...mine.warnings.map((w) => el('p', { class: 'note warn' }, icon('warn'), w.message))),
    el('div', { class: 'qr-side' }, shown.node,
      el('p', { class: 'hint' }, 'The code holds your WiFi password. It works once.'))));
  return { title: `Add “${mine.name}”`, node };
}
