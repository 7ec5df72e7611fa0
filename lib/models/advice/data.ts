import { elementAt } from '../../check';
import { Dense } from '../../layers';
import type { AnyLoss } from '../../losses';
import type { NativeData } from '../../native';
import { lastLayer, type Topology } from '../graph/topology';
import { activationOf } from './activations';
import { type Classes, classesOf } from './classes';
import { type Constants, constantsOf, isBytes, type Sample, sampleOf } from './sample';

/** What a model is about to be trained with. */
export interface FitFacts {
  /** Those of inputs that go into Dense layers alone, as they are. */
  readonly features: readonly Features[];
  readonly targets: readonly Targets[];
  readonly classWeight: ReadonlyMap<number, number> | null;
  readonly isWeighted: boolean;
}

export interface Features {
  readonly argument: string;
  readonly sample: Sample;
  readonly constants: Constants;
}

export interface Targets {
  readonly argument: string;
  readonly loss: AnyLoss | null;
  /** Whether they come from a Dense layer, without an activation. */
  readonly isLinear: boolean;
  readonly training: Sample;
  /** null where the targets are no classes. */
  readonly classes: Classes | null;
  /** The last rows, where these are split off to validate with. */
  readonly split: { readonly sample: Sample; readonly classes: Classes | null } | null;
}

export interface FitData {
  readonly data: NativeData;
  /** How many of its rows are to train with; the others validate. */
  readonly trainingRows: number;
  readonly losses: readonly (AnyLoss | null)[];
  readonly classWeight: ReadonlyMap<number, number> | null;
  readonly isWeighted: boolean;
}

/** Numbers of features that are looked at, and rows of targets. */
const [MOST_FEATURE_NUMBERS, MOST_TARGET_ROWS] = [2 ** 18, 65_536];
/** More features than that are pixels or words, of which many hardly ever differ. */
const MOST_FEATURES = 63;

export function fitFacts(topology: Topology, given: FitData): FitFacts {
  const { data, classWeight, isWeighted } = given;
  const { inputNames, outputNames } = topology;
  const features = inputNames.flatMap((name, i) => {
    const columns = topology.inputShapes?.[i] ?? [];
    if (columns.length !== 1 || elementAt(columns, 0) > MOST_FEATURES) return [];
    if (isBytes(data, i) || !isReadByDense(topology, i)) return [];
    const sample = sampleOf(data, i, [0, given.trainingRows], MOST_FEATURE_NUMBERS / elementAt(columns, 0));
    const constants = constantsOf(data, i, sample, given.trainingRows);
    return { argument: inputNames.length === 1 ? 'x' : `x.${name}`, sample, constants };
  });
  const targets = outputNames.map((name, o) =>
    targetsOf(topology, given, o, outputNames.length === 1 ? 'y' : `y.${name}`),
  );
  return { features, targets, classWeight, isWeighted };
}

function isReadByDense({ lowered: { nodes, owners } }: Topology, input: number): boolean {
  const readers = nodes.filter(({ inputs }) => inputs.includes(input));
  return readers.every(({ layer }) => owners[layer] instanceof Dense);
}

function targetsOf(
  { inputNames, outputs }: Topology,
  { data, trainingRows, losses, classWeight }: FitData,
  output: number,
  argument: string,
): Targets {
  const column = inputNames.length + output;
  const loss = losses[output] ?? null;
  const last = lastLayer(outputs[output]);
  // That a class does not occur is certain only where all rows were looked at.
  const most = classWeight === null ? MOST_TARGET_ROWS : Number.POSITIVE_INFINITY;
  const read = (from: number, to: number) => {
    const sample = sampleOf(data, column, [from, to], most);
    return { sample, classes: classesOf(sample, loss) };
  };
  const { sample: training, classes } = read(0, trainingRows);
  const split = trainingRows === data.rows ? null : read(trainingRows, data.rows);
  const isLinear = last instanceof Dense && activationOf(last) === 'linear';
  return { argument, loss, isLinear, training, classes, split };
}
