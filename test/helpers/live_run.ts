import type { LivePlot } from 'gemsbok/plots';
import type { Test } from 'tap';
import { classifier, QUIET, x, y } from '../models.cases';

function signal() {
  let resolve = (): void => {};
  const promise = new Promise<void>((done) => {
    resolve = done;
  });
  return { promise, resolve };
}

/** A run that a page shows, and that waits for `go` before its second epoch. */
export function started(t: Test, plot: LivePlot) {
  const [first, rest] = [signal(), signal()];
  const onEpochBegin = async (epoch: number): Promise<void> => {
    if (epoch !== 1) return;
    first.resolve();
    await rest.promise;
  };
  t.teardown(() => plot.close());
  const run = classifier().fit(x, y, { ...QUIET, callbacks: [plot, { onEpochBegin }] });
  return { begun: first.promise, go: rest.resolve, run };
}
