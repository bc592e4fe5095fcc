/** The page's only Trusted Types policy: it knows the few scripts that may be started by address. */

const SCRIPTS = {
  live: new URL('./live/socket.worker.js', import.meta.url).href,
};

const policy = globalThis.trustedTypes?.createPolicy('app', {
  createScriptURL(url) {
    if (!Object.values(SCRIPTS).includes(url)) throw new TypeError('unknown script');
    return url;
  },
});

export function scriptUrl(name) {
  return policy ? policy.createScriptURL(SCRIPTS[name]) : SCRIPTS[name];
}
