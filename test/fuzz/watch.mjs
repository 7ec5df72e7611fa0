// Runs in a thread beside a fuzzed one: it sees what that one cannot, as it may stand still.
import { readFileSync, writeSync } from 'node:fs';
import { parentPort, workerData } from 'node:worker_threads';

const TICK_MS = 100;
// Clock ticks of Linux' /proc.
const TICKS_PER_SECOND = 100;

const { beats, limits, output } = workerData;

/** Seconds that the main thread has worked; waiting for a processor does not count. Elsewhere than on Linux it is the time. */
function worked() {
  try {
    const [, fields] = readFileSync(`/proc/self/task/${process.pid}/stat`, 'latin1').split(') ');
    const [user, system] = fields.split(' ').slice(11, 13).map(Number);
    return (user + system) / TICKS_PER_SECOND;
  } catch {
    return performance.now() / 1000;
  }
}

let last = { beat: -1, worked: 0, ticks: 0 };
let program = { number: -1, ticks: 0 };

function fault() {
  const [beat, number] = [Atomics.load(beats, 0), Atomics.load(beats, 1)];
  last = beat === last.beat ? { ...last, ticks: last.ticks + 1 } : { beat, worked: worked(), ticks: 0 };
  program = number === program.number ? { number, ticks: program.ticks + 1 } : { number, ticks: 0 };
  const stood = worked() - last.worked;
  if (stood > limits.stillSeconds) return `the event loop stood still for ${stood.toFixed(1)} s of work`;
  // Ticks, not time: those in which the whole process stood still say nothing.
  if ((last.ticks * TICK_MS) / 1000 > limits.waitSeconds) return `the event loop waits for ${limits.waitSeconds} s`;
  if ((program.ticks * TICK_MS) / 1000 > limits.programSeconds) return `no end after ${limits.programSeconds} s`;
  const resident = process.memoryUsage.rss() / 2 ** 20;
  if (resident > limits.megabytes) return `${Math.round(resident)} MB are resident`;
  return null;
}

const timer = setInterval(() => {
  const what = fault();
  if (what === null) return;
  clearInterval(timer);
  writeSync(output, `${JSON.stringify({ end: what })}\n`);
  process.kill(process.pid, 'SIGKILL');
}, TICK_MS);

parentPort.postMessage('watching');
