// The outputs of the layers of a model for a few rows, looked at in turns of the event loop.
import { defined, elementAt } from '../../check';
import type { Layer } from '../../layers';
import { type LayerSpec, type NativeData, type NativeModel, native, type Spec } from '../../native';
import { CustomLayers } from '../graph/custom_layers';
import { enterNative, type Lowered, type Topology } from '../graph/topology';
import { runJob } from './jobs';
import { IdleColumns, inTurns, Moments } from './moments';

/** Rows that go through the model at a time. */
const ROWS_AT_ONCE = 32;
/** Activations with two ends, at which their slope is 0 or nearly so. */
const ENDS: Readonly<Record<string, readonly [low: number, high: number]>> = {
  sigmoid: [0, 1],
  hard_sigmoid: [0, 1],
  sparse_sigmoid: [0, 1],
  tanh: [-1, 1],
  hard_tanh: [-1, 1],
  softsign: [-1, 1],
};
/** Activations of whole rows, of which a unit that is 0 says nothing. */
const OF_ROWS = ['softmax', 'log_softmax', 'sparsemax', 'glu'];
/** As a fraction of the way between both ends. */
const NEAR_AN_END = 0.01;

/** What a layer gave. */
export interface Activations {
  readonly moments: Moments;
  /** Those that are 0 in all rows; null where the activation has no such state. */
  readonly dead: IdleColumns | null;
  /** Those that are near an end in all rows; null where the activation has no ends, and for outputs. */
  readonly saturated: IdleColumns | null;
  /** Columns of the activation; null where the layer has none. */
  readonly units: number | null;
}

/** A model whose outputs are those of all its layers. */
export class ActivationPass {
  /** null where nothing is computed. */
  readonly #native: NativeModel | null;
  readonly #lowered: Lowered;
  readonly #owners: readonly Layer[];
  /** The layers whose outputs are the model's. */
  readonly #ends: ReadonlySet<Layer>;

  constructor({ lowered, inputShapes, inputNames }: Topology) {
    // A layer that changes nothing, as Flatten, has its input's tensor.
    const computed = new Map<number, Layer>();
    for (const { layer, tensor } of lowered.uses) {
      if (tensor >= lowered.inputs && !computed.has(tensor)) computed.set(tensor, layer);
    }
    this.#lowered = { ...lowered, outputs: [...computed.keys()] };
    this.#owners = [...computed.values()];
    this.#ends = new Set(
      lowered.uses.filter(({ tensor }) => lowered.outputs.includes(tensor)).map(({ layer }) => layer),
    );
    const isEmpty = this.#owners.length === 0;
    this.#native = isEmpty ? null : enterNative(defined(inputShapes ?? undefined), inputNames, this.#lowered);
  }

  /** By one version of the weights. */
  async run(data: NativeData, signal: AbortSignal): Promise<Map<Layer, Activations>> {
    const found = new Map<Layer, Activations>();
    const model = this.#native;
    if (model === null) return found;
    const version = new native.Version(model, []);
    try {
      for (let from = 0; from < data.rows; from += ROWS_AT_ONCE) {
        const rows = data.slice(from, Math.min(data.rows, from + ROWS_AT_ONCE));
        const prediction = new native.Prediction(model, rows, version);
        const layers = CustomLayers.of(this.#lowered);
        let { custom } = await runJob(() => prediction.advance(null), signal);
        while (custom !== null && layers !== null) {
          const output = layers.forward(custom, false);
          custom = (await runJob(() => prediction.advance(output), signal)).custom;
        }
        for (const [o, layer] of this.#owners.entries()) await this.#look(found, layer, o, prediction.output(o));
      }
    } finally {
      version.release();
    }
    return found;
  }

  async #look(found: Map<Layer, Activations>, layer: Layer, output: number, values: Float32Array): Promise<void> {
    const own = found.get(layer) ?? activationsOf(activationBefore(this.#lowered, output), this.#ends.has(layer));
    found.set(layer, own);
    await inTurns(values, (piece, from) => {
      own.moments.add(piece);
      own.dead?.add(piece, from);
      own.saturated?.add(piece, from);
    });
  }
}

/** The activation whose output it is; null where it is that of another op. */
function activationBefore({ inputs, nodes, layers, outputs }: Lowered, output: number): LayerSpec | null {
  const specOf = (tensor: number): LayerSpec | undefined => layers[nodes[tensor - inputs]?.layer ?? -1];
  let tensor = elementAt(outputs, output);
  while (specOf(tensor)?.type === 'activity_regularization') tensor = nodes[tensor - inputs]?.inputs[0] ?? -1;
  const spec = specOf(tensor);
  return spec?.type === 'activation' ? spec : null;
}

/** An output is right to be near an end, where a sample is surely of a class. */
function activationsOf(spec: LayerSpec | null, isOutput: boolean): Activations {
  const moments = new Moments();
  const { activation, columns } = (spec?.parameters ?? {}) as { activation?: Spec; columns?: number };
  if (activation === undefined || columns === undefined || OF_ROWS.includes(activation.name)) {
    return { moments, dead: null, saturated: null, units: null };
  }
  const ends = ENDS[activation.name];
  if (ends === undefined) {
    return { moments, units: columns, saturated: null, dead: new IdleColumns(columns, (value) => value === 0) };
  }
  if (isOutput) return { moments, units: columns, dead: null, saturated: null };
  const [low, high] = ends;
  const near = NEAR_AN_END * (high - low);
  const isNear = (value: number): boolean => value < low + near || value > high - near;
  return { moments, units: columns, dead: null, saturated: new IdleColumns(columns, isNear) };
}
