import { spawnSync } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import * as gemsbok from 'gemsbok';
import { floats, labels, samples, serve, threads, timed, typical } from '../protocol.mjs';
import { quantile } from '../statistics.mjs';
import { abortDelay, pause, tiny, together } from './gemsbok_jobs.mjs';
import { requestsTo } from './gemsbok_requests.mjs';

gemsbok.setThreads(threads);
const { version, core, simd } = gemsbok.info();

function network([columns, ...units], compiled = true) {
  const dense = units.map((size, i) => {
    const activation = i === units.length - 1 ? 'softmax' : 'relu';
    return new gemsbok.Dense({ units: size, activation });
  });
  const model = new gemsbok.Sequential([new gemsbok.Input({ shape: [columns], name: 'x' }), ...dense]);
  if (compiled) model.compile({ optimizer: 'adam', loss: new gemsbok.SparseCategoricalCrossentropy() });
  return model;
}

async function trainer(request) {
  // The others' data are ready before, too.
  const data = gemsbok.dataset(await samples(request));
  const model = network(request.layers);
  return () => model.fit(data, { batchSize: request.batch, epochs: request.epochs ?? 1, verbose: 0 });
}

async function epoch(request) {
  const train = await trainer(request);
  return () => timed(train);
}

function loss({ name, options, target, rows, columns, calls, reuses }) {
  if (gemsbok.losses[name] === undefined) throw new Error(`has no ${name}`);
  const criterion = new gemsbok.losses[name](options);
  const shape = [rows, columns];
  const yPred = { data: floats(rows * columns), shape };
  const yTrue = {
    floats: () => ({ data: floats(rows * columns).reverse(), shape }),
    bits: () => ({ data: labels(rows * columns, 2), shape }),
    labels: () => labels(rows, columns),
  }[target]();
  const given = reuses ? { out: { gradient: new Float32Array(rows * columns) } } : {};
  return () => typical(calls, () => criterion.valueAndGradient(yTrue, yPred, given));
}

function predictRow({ layers, calls }) {
  const model = network(layers, false);
  const x = { data: floats(layers[0]), shape: [1, layers[0]] };
  return () => typical(calls, () => model.predictSync(x));
}

function predict({ layers, rows }) {
  const model = network(layers, false);
  const x = gemsbok.dataset({ x: { data: floats(rows * layers[0]), shape: [rows, layers[0]] } });
  return () => timed(() => model.predict(x));
}

/** How late a timer of a millisecond is while `work` runs: the 99th percentile, in seconds. */
async function lateness(work) {
  let running = true;
  const done = work().finally(() => {
    running = false;
  });
  const late = [];
  while (running) {
    const due = performance.now() + 1;
    await sleep(1);
    late.push(performance.now() - due);
  }
  await done;
  return quantile(late, 0.99) / 1000;
}

async function eventLoop(request) {
  const work = request.layers === undefined ? () => sleep(1000) : await trainer(request);
  return () => lateness(work);
}

/** Asks over HTTP, beside a training where one is asked for. */
async function overHttp(request) {
  const measure = await requestsTo(network(request.layers, false), request);
  if (!request.trains) return measure;
  const data = gemsbok.dataset(await samples({ data: 'random', rows: 4096, layers: request.layers }));
  return async () => {
    const controller = new AbortController();
    const fit = { batchSize: 256, epochs: 1e6, verbose: 0, signal: controller.signal };
    const training = network(request.layers)
      .fit(data, fit)
      .catch((reason) => reason);
    const value = await measure();
    controller.abort();
    await training;
    return value;
  };
}

const MPIRUN = ['mpirun', '--allow-run-as-root', '--oversubscribe', '--bind-to', 'none'];

/**
 * Runs a program of its own, or so many processes of it: its output where it prints a number, else the seconds that it
 * takes.
 */
function program({ file, processes = null }) {
  const path = fileURLToPath(new URL(`../programs/${file}`, import.meta.url));
  const launcher = processes === null ? [] : [...MPIRUN, '-n', String(processes)];
  const [command, ...args] = [...launcher, process.execPath, '--expose-gc', path];
  return async () => {
    let output = '';
    const seconds = await timed(() => {
      const { status, stdout, stderr, error } = spawnSync(command, args, { encoding: 'utf8' });
      if (status !== 0) throw error ?? new Error(stderr);
      output = stdout;
    });
    if (output !== '' && Number.isNaN(Number(output))) throw new Error(`Expected a number, received ${output}`);
    return output === '' ? seconds : Number(output);
  };
}

serve(`gemsbok ${version}, OpenBLAS kernels ${core}, vectors ${simd}, ${gemsbok.getThreads()} thread(s)`, {
  epoch,
  loss,
  predict,
  'predict row': predictRow,
  'event loop': eventLoop,
  requests: overHttp,
  program,
  pause,
  'abort delay': abortDelay,
  tiny,
  together,
});
