/** All losses over long rows and columns, on data far from their kinks. */
import type { Tensor } from 'gemsbok';
import { type AccuracyCase, dtypeOf, largest, type Numbers, values } from './accuracy.cases';
import { asNd } from './helpers/near';
import { LOSS_CASES, type LossCase, makeLoss, type Pair, Random, titleOf } from './losses.cases';
import { lossCompute } from './oracle/losses';
import { at, nd } from './oracle/ndarray';

const DATA = { random: () => 0 };
const MOST = 2 ** 14;
/** Of the quotient of differences, whose error is its fourth power. */
const STEP = 1e-3;

const pairOf = ({ data, width = 1 }: LossCase, shape: readonly [number, number]): Pair =>
  data([shape[0], width * shape[1]], new Random(1));

/** The reduced value of a row of n, and of n rows of one element. */
function valuesOf(row: LossCase): AccuracyCase<Numbers> {
  const { name, args } = row;
  const pairs = (x: ArrayLike<number>): Pair[] => [pairOf(row, [1, x.length]), pairOf(row, [x.length, 1])];
  return {
    kernel: 'losses',
    title: titleOf(row),
    data: DATA,
    most: MOST,
    found: (x) => {
      const loss = makeLoss(name, args, { dtype: dtypeOf(x) });
      return pairs(x).map(({ yTrue, yPred }) => Number(loss.compute(yTrue, yPred)));
    },
    wanted: (x) =>
      pairs(x).map(({ yTrue, yPred }) => at(lossCompute(name, args, yTrue, yPred, { precision: dtypeOf(x) }).data, 0)),
  };
}

/** The values of both shapes, each sample's own. */
function samplesOf(row: LossCase): AccuracyCase<Numbers> {
  const { name, args } = row;
  const pairs = (x: ArrayLike<number>): Pair[] => [pairOf(row, [1, x.length]), pairOf(row, [x.length, 1])];
  return {
    ...valuesOf(row),
    title: `${titleOf(row)}, each sample`,
    found: (x) => {
      const loss = makeLoss(name, args, { dtype: dtypeOf(x), reduction: 'none' });
      return pairs(x).flatMap(({ yTrue, yPred }) => Array.from(values(loss.compute(yTrue, yPred) as Tensor)));
    },
    wanted: (x) =>
      pairs(x).flatMap(({ yTrue, yPred }) => [
        ...lossCompute(name, args, yTrue, yPred, { precision: dtypeOf(x), reduction: 'none' }).data,
      ]),
  };
}

/** Where to look at the gradient of a row: both ends, the middle, and a class that is the target. */
function placesOf({ yTrue, yPred }: Pair): number[] {
  const length = yPred.data.length;
  const isLabel = yTrue.shape.length < yPred.shape.length;
  return [0, length >> 1, length - 1, ...(isLabel ? [at(yTrue.data, 0)] : [])];
}

/** A row, longer by one: of a single number cosines have no slope. */
const rowOf = (row: LossCase, x: ArrayLike<number>): Pair => pairOf(row, [1, x.length + 1]);

/** The gradient of the row's mean, times n, at some places. */
function gradientOf(row: LossCase): AccuracyCase {
  const { name, args } = row;
  const found: AccuracyCase['found'] = (x) => {
    const pair = rowOf(row, x);
    const { data } = asNd(makeLoss(name, args).gradient(pair.yTrue, pair.yPred));
    return placesOf(pair).map((place) => at(data, place) * x.length);
  };
  const wanted = (x: Float32Array): number[] => {
    const pair = rowOf(row, x);
    return placesOf(pair).map((place) => slope(row, pair, place) * x.length);
  };
  // Of the coefficient, 1, where probabilities and targets nearly cancel.
  const scale = (_x: Float32Array, slopes: ArrayLike<number>): number => Math.max(1, largest(slopes));
  return { kernel: 'loss gradients', title: titleOf(row), data: DATA, most: MOST, found, wanted, scale };
}

function slope({ name, args }: LossCase, { yTrue, yPred }: Pair, place: number): number {
  const moved = (by: number): number => {
    const data = Float64Array.from(yPred.data);
    data[place] = at(data, place) + by;
    return at(lossCompute(name, args, yTrue, nd(yPred.shape, data), { precision: 'float32' }).data, 0);
  };
  const [near, far] = [moved(STEP) - moved(-STEP), moved(2 * STEP) - moved(-2 * STEP)];
  return (8 * near - far) / (12 * STEP);
}

// Circle compares rows with each other, and has a case of its own.
const ROWS = LOSS_CASES.filter(({ flat }) => flat !== true);

export const LOSS_VALUES: readonly AccuracyCase<Numbers>[] = ROWS.flatMap((row) => [valuesOf(row), samplesOf(row)]);
export const LOSS_GRADIENTS: readonly AccuracyCase[] = ROWS.map(gradientOf);
