// Runs the peers of a case round by round, so that a machine that slows down slows all of them.
import { spawn } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';

// Threads of the peer before may still spin, in hope of work.
const PAUSE = 60;

async function withNeighbours(count, work) {
  const spinning = Array.from({ length: count }, () =>
    spawn(process.execPath, ['-e', 'for (;;);'], { stdio: 'ignore' }),
  );
  try {
    await sleep(300);
    return await work();
  } finally {
    for (const child of spinning) child.kill();
  }
}

async function once(crew, run, cores) {
  const peer = await crew.find(run);
  await sleep(PAUSE);
  const ask = () => peer.ask(run.request);
  const value = await (run.neighbours ? withNeighbours(cores, ask) : ask());
  return value * run.scale;
}

/** The samples of each run, or why there are none. The first round warms up, and does not count. */
export async function measure(crew, runs, { rounds, cores, progress }) {
  const outcomes = runs.map((run) => ({ run, samples: [], error: null }));
  for (let round = 0; round <= rounds; round++) {
    for (const outcome of outcomes) {
      if (outcome.error !== null) continue;
      progress(`${round === 0 ? 'warm-up' : `round ${round} of ${rounds}`}, ${outcome.run.key}`);
      try {
        const value = await once(crew, outcome.run, cores);
        if (round > 0) outcome.samples.push(value);
      } catch (error) {
        outcome.error = error.message;
      }
    }
  }
  await crew.rest();
  return outcomes;
}
