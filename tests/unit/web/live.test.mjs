import test from 'node:test';
import assert from 'node:assert/strict';
import { createBackoff, isFinal } from '../../../service/web/js/live/backoff.js';
import { createClock } from '../../../service/web/js/live/clock.js';
import { HEADER_BYTES, cover, parseFrame } from '../../../service/web/js/live/frame.js';
import { freshness, ringShare } from '../../../service/web/js/live/ring.js';

function message(version, kind, bytes) {
  const view = new DataView(new ArrayBuffer(bytes));
  view.setUint8(0, version);
  view.setUint8(1, kind);
  view.setUint16(2, 0xbeef);
  view.setUint32(4, 0xfffffffe);
  view.setBigUint64(8, 1795262061123456n);
  view.setBigUint64(16, 1795262061223457n);
  return view.buffer;
}

test('a frame header is read to the microsecond', () => {
  const buffer = message(1, 1, HEADER_BYTES + 3);
  new Uint8Array(buffer).set([0xff, 0xd8, 0xff], HEADER_BYTES);
  const frame = parseFrame(buffer);
  assert.equal(frame.channel, 0xbeef);
  assert.equal(frame.seq, 0xfffffffe);
  assert.equal(frame.capturedUs, 1795262061123456);
  assert.equal(frame.receivedUs, 1795262061223457);
  assert.deepEqual([...frame.jpeg], [0xff, 0xd8, 0xff]);
});

test('what is no frame is null', () => {
  assert.equal(parseFrame(new ArrayBuffer(0)), null);
  assert.equal(parseFrame(message(1, 1, HEADER_BYTES)), null);
  assert.equal(parseFrame(message(2, 1, 40)), null);
  assert.equal(parseFrame(message(1, 2, 40)), null);
});

test('cover keeps the shape and the middle', () => {
  assert.deepEqual(cover(1280, 720, 640, 360), [0, 0, 1280, 720]);
  assert.deepEqual(cover(1280, 720, 300, 300), [280, 0, 720, 720]);
  assert.deepEqual(cover(480, 640, 160, 90), [0, 185, 480, 270]);
});

test('the shortest round trip gives the offset', () => {
  const clock = createClock();
  assert.equal(clock.offset(0), 0);
  clock.hint(5000, 0);
  assert.equal(clock.offset(0), 5000);
  clock.sample(100, 5180, 5180, 240); /* rtt 140, lopsided */
  clock.sample(300, 5310, 5311, 321); /* rtt 20: offset 5000 */
  assert.equal(clock.offset(321), 5000);
  assert.equal(clock.error(), 10);
});

test('later corrections creep, a jump of the server clock is followed', () => {
  const clock = createClock();
  for (let i = 0; i < 8; i++) clock.sample(i * 100, i * 100 + 10, i * 100 + 10, i * 100 + 20);
  assert.equal(clock.offset(720), 0);
  for (let i = 0; i < 8; i++) clock.sample(1000 + i, 1000 + i + 50, 1000 + i + 50, 1000 + i + 20);
  const step = clock.offset(1720);
  assert.ok(step > 0 && step <= 5 + 1e-9, `${step}`);
  assert.ok(Math.abs(clock.offset(60000) - 40) < 1e-9);
  for (let i = 0; i < 8; i++) clock.sample(70000 + i, 79010 + i, 79010 + i, 70020 + i);
  assert.equal(clock.offset(70100), 9000);
});

test('waits double with full jitter up to the cap, and only health resets them', () => {
  const most = createBackoff(() => 1);
  assert.deepEqual([0, 0, 0, 0, 0, 0, 0].map((open) => most.next(open)), [500, 1000, 2000, 4000, 8000, 16000, 20000]);
  assert.equal(most.next(9999), 20000);
  assert.equal(most.next(10000), 500);
  assert.equal(createBackoff(() => 0).next(0), 0);
  assert.equal(createBackoff(() => 0.5).next(0, 1012, 3000), 3250);
  assert.equal(createBackoff(() => 0).next(0, 4429), 30000);
});

test('final close codes', () => {
  assert.deepEqual([4401, 4403, 4404, 4410].map(isFinal), [true, true, true, true]);
  assert.deepEqual([1000, 1006, 1012, 4400, 4408, 4429].map(isFinal), Array(6).fill(false));
});

test('the ring fills in a second, two seconds are stale', () => {
  assert.deepEqual([-10, 0, 140, 1000, 5000].map(ringShare), [0, 0, 0.14, 1, 1]);
  assert.equal(freshness(2000), 'live');
  assert.equal(freshness(2001), 'stale');
});
