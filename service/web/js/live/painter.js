/** Draws the pictures of one tile at the size it is shown: one frame in work, one waiting, the newest wins. */

import { steadyNow } from '../time.js';
import { cover } from './frame.js';

const GLOW_EVERY_MS = 1000;

/** canvas: an OffscreenCanvas (or a canvas, where there is none); glow: a tiny second one or null.
 * drawn(frame, width, height) is called after each new picture. */
export function createPainter(canvas, glow, drawn) {
  const pen = canvas.getContext('2d', { alpha: false });
  const glowPen = glow?.getContext('2d', { alpha: false });
  let busy = false;
  let waiting = null;
  let last = null;
  let glowAt = 0;

  async function decode(frame) {
    try {
      return await createImageBitmap(new Blob([frame.jpeg], { type: 'image/jpeg' }));
    } catch {
      return null; /* a broken picture is skipped; its age keeps growing on the screen */
    }
  }

  function draw(bitmap) {
    if (canvas.width && canvas.height) {
      pen.imageSmoothingQuality = 'medium';
      pen.drawImage(bitmap, ...cover(bitmap.width, bitmap.height, canvas.width, canvas.height),
        0, 0, canvas.width, canvas.height);
    }
    if (glowPen && steadyNow() - glowAt > GLOW_EVERY_MS) {
      glowPen.drawImage(bitmap, 0, 0, glow.width, glow.height);
      glowAt = steadyNow();
    }
  }

  async function work(frame) {
    busy = true;
    const bitmap = await decode(frame);
    if (bitmap) {
      draw(bitmap);
      const isNew = frame !== last;
      last = frame;
      if (isNew) drawn(frame, bitmap.width, bitmap.height);
      bitmap.close();
    }
    busy = false;
    const next = waiting;
    waiting = null;
    if (next) work(next);
  }

  function push(frame) {
    if (!busy) {
      work(frame);
      return false;
    }
    const skipped = waiting !== null && waiting !== last;
    waiting = frame;
    return skipped;
  }

  return {
    /** Takes a frame; true when it pushed an older one out that was never drawn. */
    push,
    /** A new size empties a canvas, so the picture shown is drawn again. */
    resize(width, height) {
      if (canvas.width === width && canvas.height === height) return;
      canvas.width = width;
      canvas.height = height;
      if (last && !waiting) push(last);
    },
  };
}
