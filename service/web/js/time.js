/** Words for times and spans. Pure: `now` is always given, in Unix milliseconds. */

/** Now in Unix milliseconds, steady and with fractions; the same scale in page and worker. */
export function steadyNow() {
  return performance.timeOrigin + performance.now();
}

/** The age of a picture: "0.14 s", "1.4 s", "12 s", "3 min". */
export function ageText(ms) {
  const s = Math.max(0, ms) / 1000;
  if (s < 1) return `${s.toFixed(2)} s`;
  if (s < 10) return `${s.toFixed(1)} s`;
  if (s < 100) return `${Math.floor(s)} s`;
  return `${Math.floor(s / 60)} min`;
}

/** How old a stale picture is, in whole units: "4 s old". */
export function oldText(ms) {
  const s = Math.max(0, Math.floor(ms / 1000));
  if (s < 100) return `${s} s old`;
  if (s < 100 * 60) return `${Math.floor(s / 60)} min old`;
  return `${Math.floor(s / 3600)} h old`;
}

/** A delay: "140 ms", "2.1 s"; a dash for what is not known. */
export function delayText(ms) {
  if (ms === null || ms === undefined || Number.isNaN(ms)) return '–';
  return ms < 1000 ? `${Math.round(Math.max(0, ms))} ms` : `${(ms / 1000).toFixed(1)} s`;
}

/** Minutes and seconds of a span: "8:47"; never below "0:00". */
export function countText(ms) {
  const s = Math.max(0, Math.round(ms / 1000));
  return `${Math.floor(s / 60)}:${String(s % 60).padStart(2, '0')}`;
}

/** A point in time as people say it: "11:42" today, "20 Nov, 11:42" before; null for none. */
export function momentText(iso, now, locale) {
  const at = iso ? Date.parse(iso) : NaN;
  if (Number.isNaN(at)) return null;
  const date = new Date(at);
  const time = { hour: '2-digit', minute: '2-digit' };
  const today = date.toDateString() === new Date(now).toDateString();
  return new Intl.DateTimeFormat(locale, today ? time : { day: 'numeric', month: 'short', ...time }).format(date);
}
