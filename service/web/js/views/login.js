/** Sign in and register. The answers' tokens are dropped unread: the session is the cookie that came with them. */

import { api } from '../api.js';
import { el } from '../dom.js';
import { field, form } from '../form.js';
import { mark } from '../icons.js';
import { go } from '../router.js';
import { store } from '../store.js';

let lastName = '';

function words(error) {
  if (error.code === 'invalid_credentials') return 'E-mail or password is not right.';
  if (error.status === 0) return 'The server does not answer. What you typed is still here: try again.';
  return error.message;
}

function nameBody(name) {
  return name.includes('@') ? { email: name } : { username: name };
}

function entry({ title, lead, button, path, fields, body, other }) {
  return ({ next, signal }) => {
    const [name, password] = fields();
    name.input.value = lastName;
    name.input.addEventListener('input', () => {
      lastName = name.input.value;
    });
    const submit = el('button', { class: 'btn primary wide', type: 'submit' }, button);
    const node = el('div', { class: 'door' },
      el('div', { class: 'brand' }, mark(), el('p', {}, 'VisionConnect')),
      el('div', { class: 'card' }, el('h1', { tabindex: '-1' }, title), el('p', { class: 'lead' }, lead),
        form({
          fields: [name, password], button: submit, words, signal,
          async send() {
            await api('POST', path, { body: { ...body(name.input.value.trim()), password: password.input.value }, drop: true });
            store.set({ me: await api('GET', '/api/me') });
            lastName = '';
            go(next ?? '/', { replace: true });
          },
        }),
        other?.(next)));
    return { title, node };
  };
}

function need(text) {
  return (value) => (value.trim() ? '' : text);
}

function other(question, text, path) {
  return (next) => el('p', { class: 'other' }, `${question} `, el('a', { href: path, click: (event) => {
    event.preventDefault();
    go(path, { next });
  } }, text));
}

export const login = entry({
  title: 'Sign in', lead: 'See your own cameras from anywhere. On your own server.', button: 'Sign in', path: '/api/login',
  fields: () => [
    field({ name: 'email', label: 'E-mail or user name', autocomplete: 'username', inputmode: 'email', maxlength: 254,
      check: need('Enter your e-mail or user name.') }),
    field({ name: 'password', label: 'Password', type: 'password', autocomplete: 'current-password', eye: true,
      check: need('Enter your password.') }),
  ],
  body: nameBody,
  other: (next) => store.get('registration') === 'open' && other('New here?', 'Make an account', '/register')(next),
});

export const register = entry({
  title: 'Make an account', lead: 'See your own cameras from anywhere. On your own server.', button: 'Make account',
  path: '/api/register',
  fields: () => [
    field({ name: 'email', label: 'E-mail', type: 'email', autocomplete: 'email', maxlength: 254,
      check: need('Enter your e-mail.') }),
    field({ name: 'password', label: 'Password', type: 'password', autocomplete: 'new-password', eye: true,
      hint: 'A few words in a row are easy to keep and hard to guess.', check: need('Choose a password.') }),
  ],
  body: (email) => ({ email }),
  other: other('Been here before?', 'Sign in', '/login'),
});
