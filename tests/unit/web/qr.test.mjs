import test from 'node:test';
import assert from 'node:assert/strict';
import { modulesOf, sharpWidth } from '../../../service/web/js/qr.js';

test('modules are found from the width of the picture', () => {
  for (let version = 1; version <= 40; version++) assert.equal(modulesOf((25 + 4 * version) * 8), 25 + 4 * version);
  assert.equal(modulesOf(41 * 10), 41);
  assert.equal(modulesOf(100), 0);
});

test('a module is a whole number of device pixels', () => {
  for (const dpr of [1, 1.5, 2, 3]) {
    const width = sharpWidth(378, 41, dpr);
    assert.ok(width <= 378);
    assert.ok(Math.abs((width * dpr) / 41 - Math.round((width * dpr) / 41)) < 1e-9);
  }
  assert.equal(sharpWidth(300, 0, 1), 300);
});
