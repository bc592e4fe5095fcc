/** Forms: labelled fields, errors where they belong, nothing typed is ever lost. */

import { ApiError } from './api.js';
import { el, setText } from './dom.js';
import { icon } from './icons.js';

let count = 0;

export function byteLength(text) {
  return new TextEncoder().encode(text).length;
}

function eyeButton(input) {
  const button = el('button', {
    class: 'btn icon ghost eye', type: 'button', 'aria-label': 'Show password', 'aria-pressed': 'false',
    click: () => {
      const show = input.type === 'password';
      input.type = show ? 'text' : 'password';
      button.setAttribute('aria-pressed', String(show));
      button.replaceChildren(icon(show ? 'eyeOff' : 'eye'));
    },
  }, icon('eye'));
  return button;
}

/** One labelled input. control: an own element in place of the input; hint: a line below; check(value) → text of a
 * fault or ''; note(value) → a remark that stops nobody. */
export function field({ name, label, hint, control, check, note, eye, ...attributes }) {
  const id = `field-${++count}`;
  const input = control ?? el('input', { spellcheck: 'false', autocapitalize: 'none', ...attributes });
  const fault = el('p', { class: 'fault', id: `${id}-fault`, role: 'alert' });
  const remark = el('p', { class: 'hint', id: `${id}-hint` }, hint);
  input.id = id;
  input.name = name;
  input.setAttribute('aria-describedby', `${id}-hint ${id}-fault`);
  const self = {
    name, input,
    fail(text) {
      setText(fault, text);
      if (text) input.setAttribute('aria-invalid', 'true');
      else input.removeAttribute('aria-invalid');
    },
    /** True when the value may be sent. */
    valid() {
      self.fail(check?.(input.value) ?? '');
      return fault.textContent === '';
    },
  };
  input.addEventListener('input', () => {
    self.fail(fault.textContent ? check?.(input.value) ?? '' : '');
    if (note) setText(remark, note(input.value) || hint || '');
  });
  self.node = el('div', { class: 'field' }, el('label', { for: id }, label),
    el('div', { class: eye ? 'box with-eye' : 'box' }, input, eye && eyeButton(input)), remark, fault);
  return self;
}

function countDown(seconds, signal, show) {
  return new Promise((resolve) => {
    const step = () => {
      if (signal.aborted || seconds <= 0) {
        show('');
        resolve();
        return;
      }
      show(`Too many tries. Again in ${seconds} s.`);
      seconds--;
      setTimeout(step, 1000);
    };
    step();
  });
}

/** A form of fields. send() does the work and may throw ApiError; words(error) may say it better than the service. */
export function form({ fields, button, send, words, signal }) {
  const fault = el('p', { class: 'fault whole', role: 'alert' });

  async function tell(error) {
    const strays = [];
    for (const { field: name, message } of error.fields) {
      const target = fields.find((f) => f.name === name);
      if (target) target.fail(message);
      else strays.push(`${name}: ${message}`);
    }
    if (error.status === 429 && error.retryAfterS) {
      await countDown(error.retryAfterS, signal, (text) => setText(fault, text));
    } else if (error.fields.length === 0 || strays.length) {
      setText(fault, words?.(error) ?? [error.message, ...strays].join(' '));
    }
    fields.find((f) => f.input.getAttribute('aria-invalid') === 'true')?.input.focus();
  }

  async function submit(event) {
    event.preventDefault();
    if (button.disabled) return;
    setText(fault, '');
    const wrong = fields.filter((f) => !f.valid());
    if (wrong.length) {
      wrong[0].input.focus();
      return;
    }
    button.disabled = true;
    try {
      await send();
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      await tell(error);
    } finally {
      button.disabled = false;
    }
  }

  return el('form', { class: 'form', novalidate: true, submit }, ...fields.map((f) => f.node), fault, button);
}
