/** Paths to views by the history API. A view is a function (ctx) → {title, node}; ctx.signal aborts when it goes. */

const scrolls = new Map();
let steps = 0;
let shownKey;
let current = null;
let show = () => {};

/** Goes to a path of the app. options: replace (no new entry), next (where to go after signing in). */
export function go(path, options = {}) {
  if (!options.replace) steps++;
  const entry = { key: options.replace ? history.state?.key : `${Date.now()}.${steps}`, next: options.next };
  history[options.replace ? 'replaceState' : 'pushState'](entry, '', path);
  show(false);
}

/** Back inside the app, or to the list when the page was opened here. */
export function back() {
  if (steps > 0) history.back();
  else go('/', { replace: true });
}

function linkOf(event) {
  if (event.defaultPrevented || event.button || event.metaKey || event.ctrlKey || event.shiftKey) return null;
  const link = event.target.closest?.('a[href]');
  return link && link.origin === location.origin && !link.target && !link.hasAttribute('download') ? link : null;
}

/** routes: [{path: RegExp, view, who: 'user' | 'guest'}]. guard(route) returns a path to go to instead, or null.
 * outlet(view, node) puts the node on the screen. */
export function startRouter(routes, guard, outlet) {
  history.scrollRestoration = 'manual';
  show = (restore) => {
    const route = routes.find((r) => r.path.test(location.pathname)) ?? routes[0];
    const elsewhere = guard(route);
    if (elsewhere) return go(elsewhere.path, { replace: true, next: elsewhere.next });
    scrolls.set(shownKey, scrollY);
    shownKey = history.state?.key;
    current?.abort();
    current = new AbortController();
    const params = route.path.exec(location.pathname)?.slice(1) ?? [];
    const view = route.view({ params, next: history.state?.next, signal: current.signal });
    document.title = `${view.title} · VisionConnect`;
    outlet(route, view.node);
    scrollTo(0, restore ? scrolls.get(shownKey) ?? 0 : 0);
    const focus = view.node.querySelector('[autofocus]') ?? view.node.querySelector('h1');
    focus?.focus({ preventScroll: true });
    return undefined;
  };
  addEventListener('popstate', () => show(true));
  document.addEventListener('click', (event) => {
    const link = linkOf(event);
    if (!link) return;
    event.preventDefault();
    go(link.pathname);
  });
  show(false);
}

/** Draws the present path again, after the session has changed. */
export function refresh() {
  show(false);
}
