/** The worker around the live engine: it owns the page's one WebSocket and all drawing. */

import { createEngine } from './engine.js';

const url = `${location.protocol === 'https:' ? 'wss' : 'ws'}://${location.host}/ws`;
const handle = createEngine(url, (message) => postMessage(message));

onmessage = (event) => handle(event.data);
