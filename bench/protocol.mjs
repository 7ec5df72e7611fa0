// What every peer in JavaScript speaks: a line of JSON in, a line of JSON out. A request is prepared once and measured
// each time it is asked for again, so that interleaved rounds measure the work and nothing else.
import { createRequire } from 'node:module';
import { createInterface } from 'node:readline';
import { datasets } from 'gemsbok';
import { quantile } from './statistics.mjs';

export const threads = Number(process.env.BENCH_THREADS);

/** Loads what bench/install.mjs has put into build/bench. */
export const installed = createRequire(new URL('../build/bench/package.json', import.meta.url));

const reply = (answer) => process.stdout.write(`${JSON.stringify(answer)}\n`);

/** `cases` maps a case's name to a function that prepares a request and returns the function that measures it. */
export async function serve(version, cases) {
  reply({ version });
  let prepared = null;
  let measure = null;
  for await (const line of createInterface({ input: process.stdin })) {
    try {
      if (line !== prepared) {
        measure = prepared = null; // what the request before held is free before this one allocates
        measure = await prepare(cases, JSON.parse(line));
        prepared = line;
      }
      reply({ value: await measure() });
    } catch (error) {
      reply({ error: error.message });
    }
  }
}

function prepare(cases, request) {
  if (request.case === 'rest') return () => 0;
  if (!Object.hasOwn(cases, request.case)) throw new Error(`has no case ${request.case}`);
  return cases[request.case](request);
}

/** Seconds that `work` takes. */
export async function timed(work) {
  const start = performance.now();
  await work();
  return (performance.now() - start) / 1000;
}

/** The median of the seconds that a call of `work` takes. */
export async function typical(calls, work) {
  const seconds = [];
  for (let call = 0; call < calls; call++) {
    const start = performance.now();
    const result = work();
    if (result instanceof Promise) await result;
    seconds.push((performance.now() - start) / 1000);
  }
  return quantile(seconds, 0.5);
}

/** The same numbers between -1 and 1 each time. */
export function floats(size) {
  const values = new Float32Array(size);
  let state = 1;
  for (let i = 0; i < size; i++) {
    state = (Math.imul(state, 1664525) + 1013904223) | 0;
    values[i] = state / 2 ** 31;
  }
  return values;
}

/** Class indices. */
export const labels = (size, classes) => Float32Array.from({ length: size }, (_, i) => (i * 7) % classes);

/** What a network of `layers` learns from: MNIST's bytes, or random numbers. */
export async function samples({ data, rows, layers }) {
  const columns = layers[0];
  if (data === 'random') {
    return { x: { data: floats(rows * columns), shape: [rows, columns] }, y: labels(rows, layers.at(-1)) };
  }
  const { trainX, trainY } = await datasets.mnist.loadData();
  return { x: { data: trainX.data.slice(0, rows * columns), shape: [rows, columns] }, y: trainY.data.slice(0, rows) };
}
