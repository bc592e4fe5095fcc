/** The live engine: one link, any number of tiles. Runs in the worker, or in the page where a canvas cannot be
 * given away. It is told {op, …} and tells {ev, …}; see live/player.js for the other side. */

import { steadyNow } from '../time.js';
import { parseFrame } from './frame.js';
import { createLink } from './link.js';
import { createPainter } from './painter.js';

const LINGER_MS = 3000; /* a tile out of sight keeps its watch this long: scrolling and view changes cost nothing */
const REPORT_MS = 250;
const FPS_OVER_MS = 2000;
const RETRY_MS = 5000;
const GONE = new Set(['not_found', 'forbidden', 'removed']);

export function createEngine(url, post) {
  const tiles = new Map();
  const cameras = new Map();
  const channels = new Map();
  let link = null;
  let paused = false;

  function camera(id) {
    if (!cameras.has(id)) cameras.set(id, { id, tiles: new Set(), fps: 0, online: null, viewers: null, linger: 0 });
    return cameras.get(id);
  }

  function wantedFps(cam) {
    if (paused) return 0;
    return Math.max(0, ...[...cam.tiles].map((tile) => (tile.shown ? tile.fps : 0)));
  }

  function release(cam) {
    cam.linger = 0;
    if (wantedFps(cam) || !cam.fps) return;
    cam.fps = 0;
    link?.send({ type: 'unwatch', device_id: cam.id });
    if (cam.tiles.size === 0) cameras.delete(cam.id);
  }

  /** Makes what is watched what is wanted. */
  function sync(cam) {
    const fps = wantedFps(cam);
    if (fps) {
      clearTimeout(cam.linger);
      cam.linger = 0;
      const watch = { type: 'watch', id: `w:${cam.id}`, device_id: cam.id, max_fps: fps };
      if (fps !== cam.fps && link?.send(watch)) cam.fps = fps;
    } else if (cam.fps && !cam.linger) {
      cam.linger = setTimeout(release, paused ? 0 : LINGER_MS, cam);
    }
  }

  function tell(cam) {
    post({ ev: 'camera', device: cam.id, online: cam.online, viewers: cam.viewers });
  }

  function refused(message) {
    const id = message.device_id ?? (String(message.id).startsWith('w:') ? message.id.slice(2) : null);
    const cam = cameras.get(id);
    if (!cam) return;
    cam.fps = 0;
    if (GONE.has(message.code)) post({ ev: 'gone', device: id, code: message.code });
    else setTimeout(sync, RETRY_MS, cam);
  }

  const texts = {
    watching(message) {
      channels.set(message.channel, message.device_id);
      const cam = cameras.get(message.device_id);
      if (cam) tell(Object.assign(cam, { online: message.online }));
    },
    unwatched(message) {
      for (const [channel, id] of channels) if (id === message.device_id) channels.delete(channel);
    },
    camera(message) {
      const cam = cameras.get(message.device_id);
      if (cam) tell(Object.assign(cam, { online: message.online }));
    },
    client_count(message) {
      const cam = cameras.get(message.device_id);
      if (cam) tell(Object.assign(cam, { viewers: message.count }));
    },
    error: refused,
  };

  function binary(buffer, heardAt) {
    const frame = parseFrame(buffer);
    const cam = frame && cameras.get(channels.get(frame.channel));
    if (!cam) return;
    frame.heardAt = heardAt;
    for (const tile of cam.tiles) {
      tile.bytes += buffer.byteLength;
      if (tile.shown && tile.painter.push(frame)) tile.skipped++;
    }
  }

  function state(name, code) {
    if (name === 'up') {
      channels.clear();
      for (const cam of cameras.values()) {
        cam.fps = 0;
        sync(cam);
      }
    }
    post({ ev: 'link', state: name, code });
  }

  /** The legs of a picture's way. Without a usable camera clock its age counts from the server on: "at least". */
  function drawn(tile, frame, width, height) {
    const now = steadyNow();
    const offset = link.offset();
    const received = frame.receivedUs / 1000 - offset;
    const captured = frame.capturedUs / 1000 - offset;
    const first = !tile.stats;
    tile.drawnAt.push(now);
    tile.stats = {
      capturedAt: captured < received ? captured : received,
      atLeast: captured >= received,
      latency: Math.max(0, now - Math.min(captured, received)),
      legs: { camera: captured < received ? received - captured : null, net: Math.max(0, frame.heardAt - received),
        screen: now - frame.heardAt },
      seq: frame.seq, width, height,
    };
    tile.fresh = true;
    if (first) report(tile, now);
  }

  function report(tile, now) {
    while (tile.drawnAt.length && now - tile.drawnAt[0] > FPS_OVER_MS) tile.drawnAt.shift();
    const span = tile.drawnAt.length > 1 ? now - tile.drawnAt[0] : 0;
    const fps = span > 200 ? ((tile.drawnAt.length - 1) * 1000) / span : 0;
    post({ ev: 'stats', tile: tile.id, ...tile.stats, fps, skipped: tile.skipped, bytes: tile.bytes });
    tile.fresh = false;
  }

  setInterval(() => {
    for (const tile of tiles.values()) if (tile.fresh) report(tile, steadyNow());
  }, REPORT_MS);

  const ops = {
    tile({ tile: id, device, canvas, glow, fps }) {
      const tile = { id, cam: camera(device), fps, shown: false, drawnAt: [], stats: null, fresh: false, skipped: 0, bytes: 0 };
      tile.painter = createPainter(canvas, glow, (frame, w, h) => drawn(tile, frame, w, h));
      tiles.set(id, tile);
      tile.cam.tiles.add(tile);
      if (tile.cam.online !== null) tell(tile.cam);
    },
    show({ tile: id, on }) {
      const tile = tiles.get(id);
      if (!tile) return;
      tile.shown = on;
      sync(tile.cam);
    },
    size: ({ tile, width, height }) => tiles.get(tile)?.painter.resize(width, height),
    drop({ tile: id }) {
      const tile = tiles.get(id);
      if (!tile) return;
      tiles.delete(id);
      tile.cam.tiles.delete(tile);
      sync(tile.cam);
      if (tile.cam.tiles.size === 0 && !tile.cam.fps) cameras.delete(tile.cam.id);
    },
    pause({ on }) {
      paused = on;
      for (const cam of cameras.values()) sync(cam);
    },
    wake: () => link?.wake(),
    open() {
      link ??= createLink(url, { state, text: (message) => texts[message.type]?.(message), binary });
    },
    close() {
      link?.close();
      link = null;
      channels.clear();
      for (const cam of cameras.values()) cam.fps = 0;
    },
  };
  return (message) => ops[message.op](message);
}
