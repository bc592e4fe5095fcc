/** The binary message of /ws in `header` framing: 24 bytes big-endian, then one JPEG. Pure. */

export const HEADER_BYTES = 24;
const VERSION = 1;
const KIND_JPEG = 1;
const TWO_32 = 2 ** 32; /* Unix microseconds stay below 2^53 until the year 2255 */

function u64(view, at) {
  return view.getUint32(at) * TWO_32 + view.getUint32(at + 4);
}

/** Returns {channel, seq, capturedUs, receivedUs, jpeg} (jpeg lies in the buffer), or null for another message. */
export function parseFrame(buffer) {
  if (buffer.byteLength <= HEADER_BYTES) return null;
  const view = new DataView(buffer);
  if (view.getUint8(0) !== VERSION || view.getUint8(1) !== KIND_JPEG) return null;
  return {
    channel: view.getUint16(2),
    seq: view.getUint32(4),
    capturedUs: u64(view, 8),
    receivedUs: u64(view, 16),
    jpeg: new Uint8Array(buffer, HEADER_BYTES),
  };
}

/** The part [x, y, width, height] of a source that fills a target without distortion. */
export function cover(sourceW, sourceH, targetW, targetH) {
  const scale = Math.max(targetW / sourceW, targetH / sourceH);
  const w = Math.min(sourceW, targetW / scale);
  const h = Math.min(sourceH, targetH / scale);
  return [(sourceW - w) / 2, (sourceH - h) / 2, w, h];
}
