/** Regularizers and constraints: what a weight costs, and what becomes of it. */
import type { Args } from './helpers/golden';

export interface WeightRow {
  /** The class. */
  readonly name: string;
  readonly args?: Args;
  /** The whole config. */
  readonly config: Args;
  /** Shapes that it takes beside [3, 4]. */
  readonly shapes: readonly (readonly number[])[];
}

const ALL_SHAPES = [[], [0], [1], [7], [8, 9], [2, 0], [2, 3, 4], [3, 33]];
const MATRICES = [
  [2, 1],
  [1, 2],
  [8, 9],
  [9, 8],
  [31, 7],
];
const WITH_AXIS = [[1], [7], [8, 9], [9, 33], [2, 0], [0, 2], [2, 3, 4]];

export const REGULARIZERS: readonly WeightRow[] = [
  { name: 'L1', config: { l1: 0.01 }, shapes: ALL_SHAPES },
  { name: 'L1', args: { l1: 0.5 }, config: { l1: 0.5 }, shapes: ALL_SHAPES },
  { name: 'L2', config: { l2: 0.01 }, shapes: ALL_SHAPES },
  { name: 'L2', args: { l2: 0.25 }, config: { l2: 0.25 }, shapes: ALL_SHAPES },
  { name: 'L1L2', config: { l1: 0, l2: 0 }, shapes: ALL_SHAPES },
  { name: 'L1L2', args: { l1: 0.5, l2: 0.25 }, config: { l1: 0.5, l2: 0.25 }, shapes: ALL_SHAPES },
  { name: 'OrthogonalRegularizer', config: { factor: 0.01, mode: 'rows' }, shapes: MATRICES.slice(0, 1) },
  {
    name: 'OrthogonalRegularizer',
    args: { factor: 2 },
    config: { factor: 2, mode: 'rows' },
    shapes: MATRICES.filter(([rows]) => rows !== 1),
  },
  {
    name: 'OrthogonalRegularizer',
    args: { factor: 2, mode: 'columns' },
    config: { factor: 2, mode: 'columns' },
    shapes: MATRICES.filter(([, columns]) => columns !== 1),
  },
];

export const CONSTRAINTS: readonly WeightRow[] = [
  { name: 'MaxNorm', config: { max_value: 2, axis: 0 }, shapes: WITH_AXIS },
  { name: 'MaxNorm', args: { max_value: 0.5, axis: -1 }, config: { max_value: 0.5, axis: -1 }, shapes: WITH_AXIS },
  { name: 'MaxNorm', args: { axis: [0, 2] }, config: { max_value: 2, axis: [0, 2] }, shapes: [[2, 3, 4]] },
  { name: 'MaxNorm', args: { axis: null }, config: { max_value: 2, axis: null }, shapes: [[], ...WITH_AXIS] },
  { name: 'NonNeg', config: {}, shapes: ALL_SHAPES },
  { name: 'UnitNorm', config: { axis: 0 }, shapes: WITH_AXIS },
  {
    name: 'UnitNorm',
    args: { axis: 1 },
    config: { axis: 1 },
    shapes: [
      [8, 9],
      [2, 3, 4],
    ],
  },
  { name: 'UnitNorm', args: { axis: [1, -1] }, config: { axis: [1, -1] }, shapes: [[2, 3, 4]] },
  {
    name: 'UnitNorm',
    args: { axis: [1, 0] },
    config: { axis: [1, 0] },
    shapes: [
      [8, 9],
      [2, 3, 4],
    ],
  },
  { name: 'MinMaxNorm', config: { min_value: 0, max_value: 1, rate: 1, axis: 0 }, shapes: WITH_AXIS },
  {
    name: 'MinMaxNorm',
    args: { min_value: 1.5, max_value: 2, rate: 0.75, axis: 1 },
    config: { min_value: 1.5, max_value: 2, rate: 0.75, axis: 1 },
    shapes: [
      [8, 9],
      [2, 3, 4],
    ],
  },
];

export interface Refusal {
  readonly name: string;
  readonly options: unknown;
  readonly code: string;
  readonly message: RegExp;
}

const refusal = (name: string, options: unknown, code: string, message: RegExp): Refusal => ({
  name,
  options,
  code,
  message,
});
const INVALID = 'ERR_INVALID_ARG';
const RANGE = 'ERR_OUT_OF_RANGE';

export const REGULARIZER_REFUSALS: readonly Refusal[] = [
  refusal('L1', { l1: -0.1 }, RANGE, /at least 0 for `l1`.*-0.1/),
  refusal('L1', { l1: Number.NaN }, INVALID, /`l1`.*NaN/),
  refusal('L2', { l2: Number.POSITIVE_INFINITY }, INVALID, /`l2`.*Infinity/),
  refusal('L2', { l2: 'a' }, INVALID, /`l2`.*'a'/),
  refusal('L2', { l1: 1 }, INVALID, /known options of L2/),
  refusal('L1L2', { l2: -1 }, RANGE, /`l2`/),
  refusal('L1L2', 0.1, INVALID, /one object/),
  refusal('OrthogonalRegularizer', { mode: 'row' }, INVALID, /'rows'\?/),
  refusal('OrthogonalRegularizer', { factor: -1 }, RANGE, /`factor`/),
];

export const CONSTRAINT_REFUSALS: readonly Refusal[] = [
  refusal('MaxNorm', { maxValue: -1 }, RANGE, /`maxValue`.*-1/),
  refusal('MaxNorm', { maxValue: '2' }, INVALID, /`maxValue`.*'2'/),
  refusal('MaxNorm', { axis: 0.5 }, INVALID, /`axis`.*0.5/),
  refusal('UnitNorm', { axis: ['0'] }, INVALID, /`axis`.*'0'/),
  refusal('UnitNorm', { maxValue: 1 }, INVALID, /UnitNorm knows: axis/),
  refusal('MinMaxNorm', { minValue: 2, maxValue: 1 }, RANGE, /at least 2 for `maxValue`/),
  refusal('MinMaxNorm', { rate: 1.5 }, RANGE, /`rate`/),
  refusal('NonNeg', { axis: 0 }, INVALID, /known options of NonNeg/),
];
