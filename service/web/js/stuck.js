/** What to try when a camera does not come further. Pure. */

export const STUCK_MS = 60000;

/** By the stage the camera is in: nobody has read the code · it has called home · its picture line is open. */
const ADVICE = [
  { title: 'Nothing heard from the camera yet', tries: [
    'Hold the screen 10 to 20 cm from the lens, straight, without reflections; then move it slowly nearer and farther.',
    'Turn the screen’s brightness up, or show the code on a larger screen.',
    'If the camera has read the code, its light blinks otherwise than before: then it cannot join the WiFi. Its name and password '
      + 'must be right to the letter, and most cameras know only 2.4 GHz.',
    'Does the WiFi reach the internet, or this server? Guest networks often keep devices apart.',
  ] },
  { title: 'The camera called home but opens no picture line', tries: [
    'Wait a moment: it tries again by itself, and keeps its key when it loses power.',
    'Take its power away for five seconds and give it back. The code is not needed again.',
    'A firewall or proxy before the server may not pass WebSockets on.',
  ] },
  { title: 'The line is open but no picture comes', tries: [
    'A weak power supply or a long cable stops the sensor first: try another one (5 V, 2 A).',
    'Check that the lens module’s flat cable is in straight, then restart the camera.',
    'Far from the router, pictures may not get through: try it nearer.',
  ] },
];

/** The advice once stage i has lasted a minute; null before, and when the way is done. */
export function adviceFor(stage, lastedMs) {
  return lastedMs >= STUCK_MS ? ADVICE[stage] ?? null : null;
}
