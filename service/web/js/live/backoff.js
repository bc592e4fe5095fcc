/** When to try again: 0.5 s × 2ⁿ up to 20 s with full jitter; n goes back only after 10 s of health, so that a
 * server which accepts and drops is not hammered. Pure; times in milliseconds. */

const FIRST_MS = 500;
const MOST_MS = 20000;
const HEALTHY_MS = 10000;
const TOO_FAST_MS = 30000;

/** Close codes after which the same try cannot succeed: no or ended session, no right, no such camera, removed. */
const FINAL = new Set([4401, 4403, 4404, 4410]);
const TOO_FAST = 4429;

export function isFinal(code) {
  return FINAL.has(code);
}

export function createBackoff(random = Math.random) {
  let tries = 0;
  return {
    /** The wait after a connection that was open for openMs (0: never) and ended with code; at least leastMs. */
    next(openMs, code = 0, leastMs = 0) {
      if (openMs >= HEALTHY_MS) tries = 0;
      const most = Math.min(MOST_MS, FIRST_MS * 2 ** tries);
      tries = Math.min(tries + 1, 10);
      if (code === TOO_FAST) return TOO_FAST_MS;
      return leastMs + random() * most;
    },
  };
}
