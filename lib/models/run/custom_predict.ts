// Predictions of models of which JavaScript computes layers.
import { type Job, type NativeData, type NativeVersion, native } from '../../native';
import { isResident, type Samples } from '../data/rows';
import type { CustomLayers } from '../graph/custom_layers';
import type { Topology } from '../graph/topology';
import { runJob } from './jobs';

/** Rows that go through a model at a time, so that the event loop has its turns. */
const MOST_ROWS = 256;

interface Options {
  readonly version?: NativeVersion | null | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** As `predict` of the native model: writes the outputs, which are those of one version. */
export async function predictHere(
  { native: model }: Topology,
  layers: CustomLayers,
  samples: Samples,
  outputs: readonly Float32Array[],
  { version: given = null, signal }: Options,
): Promise<void> {
  const version = given ?? new native.Version(model, []);
  try {
    for (const { part, from } of partsOf(samples)) {
      const prediction = new native.Prediction(model, part, version);
      let { custom } = await runJob(() => prediction.advance(null), signal);
      while (custom !== null) {
        const output = layers.forward(custom, false);
        custom = (await runJob(() => prediction.advance(output), signal)).custom;
      }
      writeOutputs(outputs, (o) => prediction.output(o), from, samples.rows);
    }
  } finally {
    if (given === null) version.release();
  }
}

/** {@link predictHere} as a job; it looks between two layers whether it is cancelled. */
export function startHere(
  topology: Topology,
  layers: CustomLayers,
  samples: Samples,
  outputs: readonly Float32Array[],
  version: NativeVersion | null,
): Job<{ readonly cancelled: boolean }> {
  const controller = new AbortController();
  const { signal } = controller;
  const done = predictHere(topology, layers, samples, outputs, { version, signal });
  const settled = done.then(
    () => ({ cancelled: false }),
    (error) => {
      if (!signal.aborted) throw error;
      return { cancelled: true };
    },
  );
  return { promise: settled, cancel: () => controller.abort() };
}

export function predictHereSync(
  { native: model }: Topology,
  layers: CustomLayers,
  samples: Samples,
  outputs: readonly Float32Array[],
): void {
  for (const { part, from } of partsOf(samples)) {
    const prediction = new native.Prediction(model, part, null);
    let custom = prediction.advanceSync(null);
    while (custom !== null) custom = prediction.advanceSync(layers.forward(custom, false));
    writeOutputs(outputs, (o) => prediction.output(o), from, samples.rows);
  }
}

function* partsOf({ rows, inputs }: Samples): Generator<{ readonly part: NativeData; readonly from: number }> {
  if (rows === 0) return;
  const data = isResident(inputs) ? inputs : new native.Data({ rows, inputs, targets: [], weights: [] });
  for (let from = 0; from < rows; from += MOST_ROWS) {
    yield { part: data.slice(from, Math.min(from + MOST_ROWS, rows)), from };
  }
}

function writeOutputs(
  outputs: readonly Float32Array[],
  read: (output: number) => Float32Array,
  from: number,
  rows: number,
): void {
  for (const [o, whole] of outputs.entries()) whole.set(read(o), from * (whole.length / rows));
}
