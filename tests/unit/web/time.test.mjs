import test from 'node:test';
import assert from 'node:assert/strict';
import { ageText, countText, delayText, momentText, oldText } from '../../../service/web/js/time.js';

test('ages read as people say them', () => {
  assert.equal(ageText(140), '0.14 s');
  assert.equal(ageText(-5), '0.00 s');
  assert.equal(ageText(4200), '4.2 s');
  assert.equal(ageText(42900), '42 s');
  assert.equal(ageText(180000), '3 min');
  assert.equal(oldText(4999), '4 s old');
  assert.equal(oldText(600000), '10 min old');
  assert.equal(oldText(3 * 3600000), '3 h old');
});

test('delays and countdowns', () => {
  assert.equal(delayText(139.6), '140 ms');
  assert.equal(delayText(2100), '2.1 s');
  assert.equal(delayText(null), '–');
  assert.equal(delayText(NaN), '–');
  assert.equal(countText(527000), '8:47');
  assert.equal(countText(-1), '0:00');
});

test('moments show the day only when it is not today', () => {
  const now = new Date(2026, 10, 21, 15, 0).getTime();
  assert.equal(momentText(new Date(2026, 10, 21, 11, 42).toISOString(), now, 'en-GB'), '11:42');
  assert.match(momentText(new Date(2026, 10, 20, 11, 42).toISOString(), now, 'en-GB'), /20 Nov.*11:42/);
  assert.equal(momentText(null, now), null);
  assert.equal(momentText('never', now), null);
});
