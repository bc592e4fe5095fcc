/** The ring of freshness: its arc is the age of the picture on the screen against one second. */

import { svg } from '../dom.js';

export const FULL_MS = 1000;
export const STALE_MS = 2000;
const RADIUS = 10;
const LENGTH = 2 * Math.PI * RADIUS;

/** The share of the circle an age fills: 0..1. */
export function ringShare(ageMs) {
  return Math.max(0, Math.min(1, ageMs / FULL_MS));
}

/** 'live' up to the bound, 'stale' past it. */
export function freshness(ageMs) {
  return ageMs > STALE_MS ? 'stale' : 'live';
}

/** Returns {node, set(ageMs)}. Its text twin stands beside it, so the drawing itself is hidden from readers. */
export function ring() {
  const arc = svg('circle', {
    class: 'arc', cx: 13, cy: 13, r: RADIUS, 'stroke-dasharray': LENGTH.toFixed(2), 'stroke-dashoffset': LENGTH.toFixed(2),
  });
  const node = svg('svg', { class: 'ring', viewBox: '0 0 26 26', 'aria-hidden': 'true' },
    svg('circle', { class: 'track', cx: 13, cy: 13, r: RADIUS }), arc, svg('circle', { class: 'dot', cx: 13, cy: 13, r: 4 }));
  return {
    node,
    set(ageMs) {
      arc.setAttribute('stroke-dashoffset', (LENGTH * (1 - ringShare(ageMs))).toFixed(2));
    },
  };
}
