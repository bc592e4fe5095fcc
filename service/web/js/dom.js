/** The one way the app makes elements. No string ever becomes markup. */

const SVG = 'http://www.w3.org/2000/svg';

function fill(node, props, children) {
  for (const [key, value] of Object.entries(props ?? {})) {
    if (value === null || value === undefined || value === false) continue;
    if (typeof value === 'function') node.addEventListener(key, value);
    else node.setAttribute(key, value === true ? '' : value);
  }
  node.append(...children.flat().filter((child) => child !== null && child !== undefined && child !== false));
  return node;
}

/** el('button', {class: 'btn', click: fn, disabled: true}, 'Text', child): a function is a listener, anything
 * else an attribute; null and false leave the attribute or child out. */
export function el(tag, props, ...children) {
  return fill(document.createElement(tag), props, children);
}

/** The same for SVG. */
export function svg(tag, props, ...children) {
  return fill(document.createElementNS(SVG, tag), props, children);
}

/** Writes text only when it differs, so that nothing is laid out or spoken again without need. */
export function setText(node, text) {
  if (node.textContent !== text) node.textContent = text;
}

/** Calls fn every period until the signal aborts. */
export function every(periodMs, signal, fn) {
  const timer = setInterval(fn, periodMs);
  signal.addEventListener('abort', () => clearInterval(timer));
}

export function prefersStill() {
  return matchMedia('(prefers-reduced-motion: reduce)').matches;
}
