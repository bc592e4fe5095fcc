/** What several views share. set() tells the subscribers once a change. */

export function createStore(state) {
  const subscribers = new Set();
  return {
    get: (key) => state[key],
    set(patch) {
      if (Object.keys(patch).every((key) => Object.is(state[key], patch[key]))) return;
      state = { ...state, ...patch };
      for (const fn of subscribers) fn(state);
    },
    subscribe(fn) {
      subscribers.add(fn);
      fn(state);
    },
  };
}

/** me: the account or null; registration: 'open' or 'closed'; link: see live/link.js. */
export const store = createStore({ me: null, registration: 'open', link: 'idle' });
