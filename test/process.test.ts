import { spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import t from 'tap';

/** Nothing here takes a tenth of that, even on a busy machine: it only ends what would never end. */
const HANG_MS = 600_000;

const SETUP = `
const { Sequential, Input, Dense, getThreads } = require('gemsbok');
const x = new Float32Array(4096).map((_, i) => Math.sin(i));
const y = new Float32Array(1024).map((_, i) => Math.cos(i));
function makeModel() {
  const model = new Sequential([new Input({ shape: [4] }), new Dense({ units: 64, activation: 'tanh' }), new Dense({ units: 1 })]);
  model.compile({ optimizer: 'sgd', loss: 'mse' });
  return model;
}
const model = makeModel();
const endless = { epochs: 1e6, verbose: 0 };
/** Calls once the model has taken a step. */
const afterStep = (call) => (model.iterations > 0 ? call() : setTimeout(afterStep, 1, call));
`;

/** Runs a program in a process of its own. */
function run(program: string, ...flags: string[]): { readonly status: number | null; readonly output: string } {
  const { status, stdout, stderr } = spawnSync(process.execPath, [...flags, '-e', SETUP + program], {
    encoding: 'utf8',
    timeout: HANG_MS,
  });
  return { status, output: stdout + stderr };
}

t.test('a process', async (t) => {
  t.strictSame(
    run(`model.fit(x, y, { epochs: 3, verbose: 0 }).then((h) => console.log(h.epoch.length))`),
    { status: 0, output: '3\n' },
    'waits for what runs, and ends after it',
  );
  t.strictSame(
    run(`model.fit(x, y, endless); afterStep(() => process.exit(3))`),
    { status: 3, output: '' },
    'can exit during fit',
  );
  t.strictSame(
    run(`const c = new AbortController(); afterStep(() => c.abort());
         model.fit(x, y, { ...endless, signal: c.signal }).catch((e) => console.log(e.name))`),
    { status: 0, output: 'AbortError\n' },
    'ends when its last run is aborted',
  );
  t.strictSame(
    run(`process.on('uncaughtException', (e) => { console.log(e.message); process.exit(0); });
         model.fit(x, y, endless); afterStep(() => { throw new Error('mine'); })`),
    { status: 0, output: 'mine\n' },
    'can be left by an exception during fit',
  );
});

t.test('what is collected during work', async (t) => {
  const program = `
    (async () => {
      const results = [];
      for (let i = 0; i < 50; i++) {
        const wanted = makeModel();
        const expected = wanted.predictSync(x.slice(0, 4)).item();
        results.push(wanted.predict(x.slice()).then((p) => p.data[0] - expected));
        results.push(makeModel().fit(x.slice(), y.slice(), { verbose: 0 }).then(() => 0));
        gc();
      }
      const worst = Math.max(...(await Promise.all(results)).map(Math.abs));
      console.log(worst < 1e-5);
    })();`;
  t.strictSame(run(program, '--expose-gc'), { status: 0, output: 'true\n' });
});

t.test('memory stays flat over many runs', async (t) => {
  const program = `
    (async () => {
      const rss = () => { gc(); gc(); return process.memoryUsage().rss / 2 ** 20; };
      const round = async (count) => {
        for (let i = 0; i < count; i++) {
          await model.fit(x, y, { verbose: 0, batchSize: 256 });
          await model.predict(x);
          await model.trainOnBatch(x, y);
          if (i % 10 === 0) await new Promise(setImmediate);
        }
      };
      await round(1000);
      const before = rss();
      await round(1000);
      // Threads of the garbage collector give memory back when they have a core; what leaks stays.
      for (let wait = 0; wait < 100 && rss() - before >= 20; wait++) await new Promise((go) => setTimeout(go, 100));
      console.log(rss() - before < 20);
    })();`;
  t.strictSame(run(program, '--expose-gc'), { status: 0, output: 'true\n' });
});

t.test('workers', async (t) => {
  const start = (program: string): Worker => new Worker(SETUP + program, { eval: true });
  t.test('train and predict', async (t) => {
    const program = `const { parentPort } = require('node:worker_threads');
      model.fit(x, y, { verbose: 0 }).then(async () => parentPort.postMessage((await model.predict(x)).shape));`;
    const workers = [start(program), start(program), start(program)];
    const shapes = await Promise.all(workers.map((worker) => once(worker, 'message')));
    t.strictSame(
      shapes,
      workers.map(() => [[1024, 1]]),
    );
    const codes = await Promise.all(workers.map((worker) => worker.terminate()));
    t.equal(codes.length, 3);
  });
  t.test('may die at any moment', async (t) => {
    const ready = `require('node:worker_threads').parentPort.postMessage('ready');`;
    const programs = [
      `model.fit(x, y, endless); model.predict(x); ${ready}`,
      `(async () => { for (;;) await model.predict(x); })(); ${ready}`,
      `(async () => { for (;;) await model.fit(x, y, { verbose: 0, callbacks: [{ onTrainBatchEnd() {} }] }); })(); ${ready}`,
      `(async () => { for (;;) { model.predictSync(x); await null; } })(); ${ready}`,
    ];
    for (let round = 0; round < 25; round++) {
      const worker = start(programs[round % programs.length] ?? '');
      await once(worker, 'message');
      await new Promise((resolve) => setTimeout(resolve, round % 7));
      t.equal(await worker.terminate(), 1);
    }
  });
});
