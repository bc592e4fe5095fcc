/** Questions over the page. */

import { el } from './dom.js';

let count = 0;

/** Opens a modal dialog with a title and what build(close) gives; resolves with what close was called with, or
 * null when it was dismissed. */
export function openDialog(title, build) {
  return new Promise((resolve) => {
    let answer = null;
    const id = `dialog-${++count}`;
    const close = (value) => {
      answer = value;
      node.close();
    };
    const node = el('dialog', {
      'aria-labelledby': id,
      close: () => {
        node.remove();
        resolve(answer);
      },
      click: (event) => event.target === node && node.close(),
    }, el('div', { class: 'sheet' }, el('h2', { id }, title), ...build(close)));
    document.body.append(node);
    node.showModal();
  });
}

/** A question with a consequence. True when it was confirmed; "Cancel" has the focus. */
export async function confirmDialog({ title, text, action }) {
  return (await openDialog(title, (close) => [
    el('p', {}, text),
    el('div', { class: 'actions' },
      el('button', { class: 'btn', type: 'button', autofocus: true, click: () => close(false) }, 'Cancel'),
      el('button', { class: 'btn danger', type: 'button', click: () => close(true) }, action)),
  ])) === true;
}
