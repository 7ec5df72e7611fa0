// Many runs at once: how long the event loop stands still, how late an abort is, what the runs cost each other.
import { setTimeout as sleep } from 'node:timers/promises';
import * as gemsbok from 'gemsbok';
import { timed } from '../protocol.mjs';

const x = { data: Float32Array.of(0, 0, 0, 1, 1, 0, 1, 1), shape: [4, 2] };
const y = Float32Array.of(0, 1, 1, 0);
/** Epochs that nothing waits for. */
const ENDLESS = 10_000_000;

function xorModel(units = 4) {
  const model = new gemsbok.Sequential([
    new gemsbok.Input({ shape: [2] }),
    new gemsbok.Dense({ units, activation: 'tanh' }),
    new gemsbok.Dense({ units: 1, activation: 'sigmoid' }),
  ]);
  model.compile({ optimizer: 'adam', loss: 'binary_crossentropy' });
  return model;
}

/** Starts silent runs, a few in a turn of the event loop, and lets them run for a while. */
async function started(runs, signal) {
  const all = [];
  for (let i = 0; i < runs; i++) {
    all.push(
      xorModel()
        .fit(x, y, { epochs: ENDLESS, verbose: 0, signal })
        .catch((error) => error),
    );
    await sleep(0);
  }
  return all;
}

/** The longest time between two turns of a timer of a millisecond while `runs` silent runs train, in seconds. */
export function pause({ runs }) {
  return async () => {
    const controller = new AbortController();
    const all = await started(runs, controller.signal);
    let longest = 0;
    const end = performance.now() + 1000;
    for (let last = performance.now(); last < end; ) {
      await sleep(1);
      const now = performance.now();
      longest = Math.max(longest, now - last);
      last = now;
    }
    controller.abort();
    await Promise.all(all);
    return longest / 1000;
  };
}

/** From the abort of `runs` silent runs to the end of the last one, in seconds. */
export function abortDelay({ runs }) {
  return async () => {
    const controller = new AbortController();
    const all = await started(runs, controller.signal);
    await sleep(300);
    return timed(() => {
      controller.abort();
      return Promise.all(all);
    });
  };
}

/** `runs` runs at once, or one after another, in seconds. */
export function together({ runs, epochs, atOnce }) {
  return () => {
    const models = Array.from({ length: runs }, () => xorModel());
    const fit = (model) => model.fit(x, y, { epochs, verbose: 0 });
    return timed(async () => {
      if (atOnce) await Promise.all(models.map(fit));
      else for (const model of models) await fit(model);
    });
  };
}

/** Trains 2-3-1 on all four samples at a time, in seconds. */
export function tiny({ epochs }) {
  const model = xorModel(3);
  return () => timed(() => model.fit(x, y, { epochs, verbose: 0 }));
}
