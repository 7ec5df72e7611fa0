import type { Args } from './helpers/golden';

export interface InitializerRow {
  readonly name: string;
  readonly args?: Args;
  /** Whether `seed` means something to it. */
  readonly random: boolean;
  /** Its config without `seed`. */
  readonly config: Args;
  /** The ranks that it can fill. Default: all */
  readonly ranks?: readonly number[];
}

const scaling = { scale: 2, mode: 'fan_avg', distribution: 'uniform' };

export const ROWS: readonly InitializerRow[] = [
  { name: 'Zeros', random: false, config: {} },
  { name: 'Ones', random: false, config: {} },
  { name: 'Constant', args: { value: 6 }, random: false, config: { value: 6 } },
  { name: 'Identity', args: { gain: 2 }, random: false, config: { gain: 2 }, ranks: [2] },
  { name: 'Orthogonal', random: true, config: { gain: 1 }, ranks: [2, 3, 4] },
  { name: 'RandomUniform', random: true, config: { minval: -0.05, maxval: 0.05 } },
  { name: 'RandomNormal', args: { mean: 1 }, random: true, config: { mean: 1, stddev: 0.05 } },
  { name: 'TruncatedNormal', random: true, config: { mean: 0, stddev: 0.05 } },
  { name: 'VarianceScaling', args: scaling, random: true, config: scaling },
  { name: 'GlorotUniform', random: true, config: {} },
  { name: 'GlorotNormal', random: true, config: {} },
  { name: 'HeUniform', random: true, config: {} },
  { name: 'HeNormal', random: true, config: {} },
  { name: 'LecunUniform', random: true, config: {} },
  { name: 'LecunNormal', random: true, config: {} },
];

/** Names besides the class name and its snake case. */
export const ALIASES: readonly (readonly [alias: string, name: string])[] = [
  ['zero', 'Zeros'],
  ['one', 'Ones'],
  ['uniform', 'RandomUniform'],
  ['normal', 'RandomNormal'],
  ['IdentityInitializer', 'Identity'],
  ['OrthogonalInitializer', 'Orthogonal'],
];

export interface Fans {
  readonly shape: readonly number[];
  readonly axes?: { readonly inputAxes?: number | readonly number[]; readonly outputAxes?: number | readonly number[] };
  /** What `fan_in` and `fan_out` divide the variance by, where it is above 1. */
  readonly fans: readonly [number, number];
}

export const FANS: readonly Fans[] = [
  { shape: [], fans: [1, 1] },
  { shape: [7], fans: [7, 7] },
  { shape: [7, 5], fans: [7, 5] },
  { shape: [3, 7, 5], fans: [21, 15] },
  { shape: [2, 3, 7, 5], fans: [42, 30] },
  { shape: [0, 5], fans: [0, 5] },
  { shape: [3, 7, 5], axes: { inputAxes: 0, outputAxes: [1, 2] }, fans: [3, 35] },
  { shape: [3, 7, 5], axes: { inputAxes: [0, -2], outputAxes: -1 }, fans: [21, 5] },
  { shape: [3, 7, 5], axes: { outputAxes: 1 }, fans: [21, 7] },
];

export interface Refusal {
  readonly name: string;
  readonly options: unknown;
  readonly code: string;
  readonly message: RegExp;
}

export const REFUSALS: readonly Refusal[] = [
  { name: 'VarianceScaling', options: { scale: 0 }, code: 'ERR_OUT_OF_RANGE', message: /above 0 for `scale`/ },
  { name: 'VarianceScaling', options: { scale: -1 }, code: 'ERR_OUT_OF_RANGE', message: /`scale`.*-1/ },
  { name: 'VarianceScaling', options: { mode: 'fan_inn' }, code: 'ERR_INVALID_ARG', message: /'fan_in'\?/ },
  { name: 'VarianceScaling', options: { distribution: 'gauss' }, code: 'ERR_INVALID_ARG', message: /`distribution`/ },
  { name: 'RandomUniform', options: { minval: 1, maxval: 0 }, code: 'ERR_OUT_OF_RANGE', message: /`maxval`/ },
  { name: 'RandomNormal', options: { stddev: -1 }, code: 'ERR_OUT_OF_RANGE', message: /`stddev`/ },
  { name: 'RandomNormal', options: { mean: Number.NaN }, code: 'ERR_INVALID_ARG', message: /`mean`.*NaN/ },
  { name: 'Constant', options: { value: '1' }, code: 'ERR_INVALID_ARG', message: /`value`.*'1'/ },
  { name: 'VarianceScaling', options: { inputAxes: '0' }, code: 'ERR_INVALID_ARG', message: /`inputAxes`.*'0'/ },
  { name: 'GlorotUniform', options: { outputAxes: [0.5] }, code: 'ERR_INVALID_ARG', message: /`outputAxes`.*0.5/ },
  { name: 'Identity', options: { gain: '1' }, code: 'ERR_INVALID_ARG', message: /`gain`.*'1'/ },
  { name: 'Orthogonal', options: { gain: Number.POSITIVE_INFINITY }, code: 'ERR_INVALID_ARG', message: /`gain`/ },
  { name: 'Zeros', options: { value: 1 }, code: 'ERR_INVALID_ARG', message: /known options of Zeros/ },
  { name: 'HeNormal', options: { scale: 1 }, code: 'ERR_INVALID_ARG', message: /HeNormal knows: seed/ },
  { name: 'GlorotUniform', options: { seed: 1.5 }, code: 'ERR_INVALID_ARG', message: /`seed`.*1.5/ },
  { name: 'GlorotUniform', options: 1, code: 'ERR_INVALID_ARG', message: /one object/ },
];

export const WRONG_SHAPES: readonly {
  readonly name: string;
  readonly options?: object;
  readonly shape: unknown;
  readonly code: string;
}[] = [
  ...[3, [1.5], ['2'], [Number.NaN], null].map((shape) => ({ name: 'Zeros', shape, code: 'ERR_INVALID_ARG' })),
  { name: 'Zeros', shape: [-1], code: 'ERR_OUT_OF_RANGE' },
  { name: 'Zeros', shape: [1e8, 1e8], code: 'ERR_OUT_OF_MEMORY' },
  { name: 'Identity', shape: [2], code: 'ERR_SHAPE_MISMATCH' },
  { name: 'Identity', shape: [0, 0, 0], code: 'ERR_SHAPE_MISMATCH' },
  { name: 'Orthogonal', shape: [4], code: 'ERR_SHAPE_MISMATCH' },
  { name: 'HeNormal', options: { inputAxes: 2 }, shape: [3, 3], code: 'ERR_OUT_OF_RANGE' },
  { name: 'HeNormal', options: { outputAxes: [0, -3] }, shape: [3, 3], code: 'ERR_OUT_OF_RANGE' },
];
