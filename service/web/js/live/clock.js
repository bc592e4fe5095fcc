/** How far the server's clock is from ours, the way NTP does it: of the last samples the one with the shortest
 * round trip is believed, its error being half of it; later corrections creep in. Pure; times in milliseconds. */

const KEPT = 8;
const SLEW_PER_MS = 0.005; /* 5 ms a second */
const STEP_MS = 250; /* farther off than this is not drift: jump */

export function createClock() {
  let samples = [];
  let offset = null;
  let at = 0;

  function best() {
    return samples.reduce((a, b) => (b.rtt < a.rtt ? b : a));
  }

  return {
    /** sent and heard by our clock, received and answered by the server's. */
    sample(sent, received, answered, heard) {
      samples = [...samples.slice(1 - KEPT), {
        offset: (received - sent + (answered - heard)) / 2,
        rtt: Math.max(0, heard - sent - (answered - received)),
      }];
      if (samples.length <= KEPT / 2 || offset === null) {
        offset = best().offset;
        at = heard;
      }
    },
    /** The first word of the server's clock, before any round trip is known. */
    hint(server, heard) {
      if (samples.length === 0) {
        offset = server - heard;
        at = heard;
      }
    },
    /** Server time minus ours at the moment now; 0 while nothing is known. */
    offset(now) {
      if (samples.length > 0) {
        const missing = best().offset - offset;
        const most = Math.max(0, now - at) * SLEW_PER_MS;
        offset += Math.abs(missing) > STEP_MS ? missing : Math.max(-most, Math.min(most, missing));
        at = now;
      }
      return offset ?? 0;
    },
    /** Half the best round trip; Infinity before the first. */
    error: () => (samples.length ? best().rtt / 2 : Infinity),
    reset() {
      samples = [];
    },
  };
}
