// A thread that watches another one: it counts its own ticks in which that one took no turn of its event loop.
import { parentPort, workerData } from 'node:worker_threads';

const turns = new Int32Array(workerData);
let seen = 0;
let still = 0;
let most = 0;
setInterval(() => {
  const now = Atomics.load(turns, 0);
  still = now === seen ? still + 1 : 0;
  most = Math.max(most, still);
  seen = now;
}, 20);
parentPort.on('message', () => parentPort.postMessage(most));
