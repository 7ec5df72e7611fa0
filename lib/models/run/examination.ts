import type { ExaminerOptions, LayerExaminer, LayerValues } from '../../callbacks/layer_values';
import { defined, elementAt } from '../../check';
import type { Layer, Variable } from '../../layers';
import type { ModelData } from '../../model_options';
import type { NativeData } from '../../native';
import { layerPaths } from '../../nesting';
import type { Compiled } from '../compile/compilation';
import type { Objective } from '../compile/objective';
import { prepareData } from '../data/prepare';
import { type RowColumns, toNativeData } from '../data/rows';
import { nativeVariables, type Topology } from '../graph/topology';
import { ActivationPass, type Activations } from './activation_pass';
import { gradientLater } from './custom_loss';
import { inTurns, Moments } from './moments';
import { readInTurns } from './nested_data';

interface Examined extends Compiled {
  readonly objective: Objective;
  readonly signal: AbortSignal;
}

/** The same noise each time, so that epochs differ by the weights alone. */
const SEED = 0;

/** Looks at the layers of a model that trains, by rows of `data` or, where the caller gave none, of the training's. */
export async function examinerOf(
  examined: Examined,
  training: NativeData,
  { samples, data }: ExaminerOptions,
): Promise<LayerExaminer> {
  const { topology, compilation, signal } = examined;
  const rows = data === null ? training : await preparedRows(topology, compilation, data, signal);
  return new Examiner(examined, spreadRows(rows, topology, samples));
}

async function preparedRows(
  topology: Topology,
  compilation: Compiled['compilation'],
  [x, y]: NonNullable<ExaminerOptions['data']>,
  signal: AbortSignal,
): Promise<NativeData> {
  const given = { x: x as ModelData, y: y as ModelData };
  const turns = readInTurns(topology, { '': given }, signal);
  return prepareData(topology, compilation, turns === null ? given : (await turns)[''], 'data.').data;
}

class Examiner implements LayerExaminer {
  readonly #examined: Examined;
  readonly #sample: NativeData;
  readonly #layers: ReadonlyMap<Layer, string>;
  readonly #trained: ReadonlySet<Variable>;
  readonly #pass: ActivationPass;
  /** The trained variables as they were the last time. */
  readonly #before = new Map<Variable, Float32Array>();

  constructor(examined: Examined, sample: NativeData) {
    const { topology, compilation } = examined;
    this.#examined = examined;
    this.#sample = sample;
    this.#layers = layerPaths(topology.layers);
    this.#trained = new Set(compilation.trainable.variables(topology));
    this.#pass = new ActivationPass(topology);
    for (const variable of this.#trained) this.#before.set(variable, variable.value.data);
  }

  async examine(): Promise<ReadonlyMap<string, LayerValues>> {
    const activations = await this.#pass.run(this.#sample, this.#examined.signal);
    const gradients = await this.#gradients();
    const found = new Map<string, LayerValues>();
    for (const [layer, name] of this.#layers) {
      const weights = await this.#weights(layer, gradients);
      const values = { rows: this.#sample.rows, ...weights, ...activationValues(activations.get(layer)) };
      if (Object.keys(values).length > 1) found.set(name, values);
    }
    return found;
  }

  async #gradients(): Promise<(variable: Variable) => Float32Array> {
    const { topology, objective, signal } = this.#examined;
    if (this.#trained.size === 0) return () => new Float32Array(0);
    const gradient = await gradientLater(topology.native, this.#sample, objective, { seed: SEED, signal });
    const places = nativeVariables(topology.native, topology.lowered);
    return (variable) => {
      const { offset, size } = defined(places.get(variable));
      return gradient.subarray(offset, offset + size);
    };
  }

  /** The values of the weights that train, or of all where none does. */
  async #weights(layer: Layer, gradients: (variable: Variable) => Float32Array): Promise<Partial<LayerValues>> {
    const all = layer.ownVariables.filter(({ trainable }) => trainable);
    const trained = all.filter((variable) => this.#trained.has(variable));
    const variables = trained.length > 0 ? trained : all;
    if (variables.length === 0) return {};
    const [weights, before, change, gradient] = [new Moments(), new Moments(), new Moments(), new Moments()];
    for (const variable of variables) {
      const { data } = variable.value;
      await inTurns(data, (piece) => weights.add(piece));
      const old = this.#before.get(variable);
      if (old === undefined) continue;
      await inTurns(old, (piece, from) => {
        before.add(piece);
        change.add(piece.map((value, i) => elementAt(data, from + i) - value));
      });
      await inTurns(gradients(variable), (piece) => gradient.add(piece));
      this.#before.set(variable, data);
    }
    const own = { weightMean: weights.mean, weightStd: weights.std, weightNorm: weights.norm };
    if (trained.length === 0) return own;
    const gradientNorm = gradient.norm;
    const ratios = { gradientRatio: gradientNorm / weights.norm, updateRatio: change.norm / before.norm };
    return { ...own, gradientNorm, ...ratios };
  }
}

function activationValues(found: Activations | undefined): Partial<LayerValues> {
  if (found === undefined) return {};
  const { moments, units, dead, saturated } = found;
  return {
    activationMean: moments.mean,
    activationStd: moments.std,
    ...(units !== null && { units }),
    ...(dead !== null && { deadUnits: dead.count }),
    ...(saturated !== null && { saturatedUnits: saturated.count }),
  };
}

/** Copies of rows that are evenly spread over the data, `most` of them. */
function spreadRows(data: NativeData, { inputNames, outputNames }: Topology, most: number): NativeData {
  const rows = Math.min(most, data.rows);
  const column = (index: number): RowColumns => {
    const first = data.read(index, 0, 1);
    const size = rows * first.length;
    const values = first instanceof Uint8Array ? new Uint8Array(size) : new Float32Array(size);
    for (let row = 0; row < rows; row++) {
      const from = Math.floor((row * data.rows) / rows);
      values.set(data.read(index, from, from + 1), row * first.length);
    }
    return { data: values, columns: first.length, rows: first.length === 0 ? 0 : rows };
  };
  const [inputs, outputs] = [inputNames.length, outputNames.length];
  const columns = Array.from({ length: inputs + 2 * outputs }, (_, index) => column(index));
  const weights = columns.slice(inputs + outputs).map((own) => (own.columns === 0 ? null : own));
  return toNativeData(
    { rows, inputs: columns.slice(0, inputs) },
    columns.slice(inputs, inputs + outputs),
    weights,
    data.origin,
  );
}
