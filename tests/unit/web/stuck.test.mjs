import assert from 'node:assert/strict';
import { test } from 'node:test';

import { STUCK_MS, adviceFor } from '../../../service/web/js/stuck.js';

test('each stage has its advice after a minute, not before', () => {
  const titles = new Set();
  for (const stage of [0, 1, 2]) {
    assert.equal(adviceFor(stage, STUCK_MS - 1), null);
    const advice = adviceFor(stage, STUCK_MS);
    assert.ok(advice.tries.length >= 3);
    titles.add(advice.title);
  }
  assert.equal(titles.size, 3);
});

test('a camera that is live needs none', () => {
  assert.equal(adviceFor(3, 10 * STUCK_MS), null);
});
