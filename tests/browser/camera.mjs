// A visionconnect-camera process.

import { spawn } from 'node:child_process';
import { once } from 'node:events';

/** Starts it; ended resolves with the exit status, log() tells what it said. */
export function startCamera(program, args) {
  const child = spawn(program, args, { stdio: ['ignore', 'ignore', 'pipe'] });
  const said = [];
  child.stderr.on('data', (data) => said.push(data));
  const ended = once(child, 'close').then(([status]) => status);
  return { ended, log: () => Buffer.concat(said).toString(), end: (signal = 'SIGTERM') => child.kill(signal) };
}
