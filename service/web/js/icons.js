/** The app's own line icons: 24 × 24, stroked in the colour of the text. */

import { svg } from './dom.js';

const PATHS = {
  cameras: 'M4 4h6v6H4zM14 4h6v6h-6zM4 14h6v6H4zM14 14h6v6h-6z',
  add: 'M12 5v14M5 12h14',
  back: 'M14.5 5.5 8 12l6.5 6.5',
  check: 'M6 12.5l4 4 8-9',
  clock: 'M12 3.5a8.5 8.5 0 1 0 .01 0M12 7.5V12l3 2',
  eye: 'M2.5 12C5 7.5 8.3 5.5 12 5.5s7 2 9.5 6.5c-2.5 4.5-5.8 6.5-9.5 6.5S5 16.5 2.5 12zM12 9a3 3 0 1 0 .01 0',
  eyeOff: 'M4 4l16 16M9.5 5.9A9 9 0 0 1 12 5.5c3.7 0 7 2 9.5 6.5a15 15 0 0 1-3 3.7M6.3 7.7A14 14 0 0 0 2.5 12'
    + 'c2.5 4.5 5.8 6.5 9.5 6.5a9 9 0 0 0 4.2-1M10 10a3 3 0 0 0 4 4',
  full: 'M4 9V4h5M15 4h5v5M20 15v5h-5M9 20H4v-5',
  save: 'M12 4v11M7.5 10.5 12 15l4.5-4.5M4.5 19.5h15',
  trash: 'M4.5 7h15M9.5 7V4.5h5V7M6.5 7l.8 12.5h9.4L17.5 7M10 10.5v5.5M14 10.5v5.5',
  out: 'M13.5 4.5h-8v15h8M10.5 12h10M17 8.5l3.5 3.5-3.5 3.5',
  qr: 'M4 4h6v6H4zM14 4h6v6h-6zM4 14h6v6H4zM14 14h2v2h-2zM20 14v3M17 20h3M14 20h.01',
  sun: 'M12 8a4 4 0 1 0 .01 0M12 2.5v2M12 19.5v2M2.5 12h2M19.5 12h2M5.3 5.3l1.4 1.4M17.3 17.3l1.4 1.4'
    + 'M18.7 5.3l-1.4 1.4M6.7 17.3l-1.4 1.4',
  near: 'M4 8.5V4h4.5M15.5 4H20v4.5M20 15.5V20h-4.5M8.5 20H4v-4.5M8 12h8',
  screen: 'M3.5 5h17v11h-17zM12 16v3.5M8.5 19.5h7',
  wifi: 'M2.5 9a14 14 0 0 1 19 0M5 12.5a10 10 0 0 1 14 0M8.5 16a5 5 0 0 1 7 0M12 19.5h.01',
  wifiOff: 'M4 4l16 16M5 12.5a10 10 0 0 1 4-2.4M2.5 9A14 14 0 0 1 7 6.2M10.5 5.2A14 14 0 0 1 21.5 9'
    + 'M14.5 10.3a10 10 0 0 1 4.5 2.2M8.5 16a5 5 0 0 1 7 0M12 19.5h.01',
  pause: 'M8.5 5.5v13M15.5 5.5v13',
  play: 'M8 5.5v13l10.5-6.5z',
  next: 'M9.5 5.5 16 12l-6.5 6.5',
  warn: 'M12 4 2.8 19.5h18.4zM12 10v4.5M12 17h.01',
};

export function icon(name) {
  return svg('svg', { class: 'ic', viewBox: '0 0 24 24', 'aria-hidden': 'true' }, svg('path', { d: PATHS[name] }));
}

/** The mark of the house: a lens with the ring of freshness around it. */
export function mark() {
  return svg('svg', { class: 'mark', viewBox: '0 0 40 40', 'aria-hidden': 'true' },
    svg('rect', { class: 'bg', width: 40, height: 40, rx: 11 }),
    svg('path', { class: 'fg', d: 'M25 9.8A11.4 11.4 0 1 1 14.2 10.2' }),
    svg('circle', { class: 'dot', cx: 20, cy: 20, r: 4.2 }));
}
