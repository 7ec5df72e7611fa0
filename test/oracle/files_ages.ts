// The weights of the models of files, and what these must predict, computed in float64 from the formulas.

export type Matrix = readonly (readonly number[])[];
export type Fields = Readonly<Record<string, unknown>>;

export const X: Matrix = [
  [0.5, -1, 2],
  [-0.25, 0.75, 1],
];
export const K0 = [
  [0.5, -0.25, 1, 0.125],
  [-1, 0.75, 0.5, -0.5],
  [0.25, 1, -0.75, 0.375],
];
export const B0 = [0.1, -0.2, 0.3, 0];
export const K1 = [
  [1, -0.5],
  [0.25, 0.75],
  [-1, 0.5],
  [0.5, 1],
];
export const B1 = [0.05, -0.05];

const dense = (x: Matrix, k: Matrix, b: readonly number[]): number[][] =>
  x.map((row) => b.map((bias, j) => row.reduce((sum, v, i) => sum + v * (k[i]?.[j] ?? 0), bias)));
const map = (x: Matrix, f: (v: number, i: number) => number): number[][] => x.map((row) => row.map(f));
const softmax = (x: Matrix): number[][] =>
  x.map((row) => {
    const e = row.map(Math.exp);
    return e.map((v) => v / e.reduce((a, b) => a + b));
  });
const leaky = (slope: number) => (v: number) => (v > 0 ? v : slope * v);
const two = (x: Matrix, f: (v: number) => number): number[][] => softmax(dense(map(dense(x, K0, B0), f), K1, B1));

export const RELU = two(X, leaky(0));
export const LEAKY = two(X, leaky(0.2));
export const GAMMA = [1.5, 0.5, 1, 2];
export const [BETA = [], MEAN = [], VARIANCE = []] = [
  [0.1, 0.2, -0.1, 0],
  [0.5, -0.5, 0.25, 0],
  [1, 2, 0.5, 4],
];
const normal = (v: number, i: number): number =>
  ((v - (MEAN[i] ?? 0)) / Math.sqrt((VARIANCE[i] ?? 0) + 0.001)) * (GAMMA[i] ?? 0) + (BETA[i] ?? 0);
export const NORMAL = softmax(dense(map(dense(X, K0, B0), normal), K1, B1));
export const TABLE = [
  [0.5, -0.5],
  [1, 0.25],
  [-1, 2],
];
export const WORDS: Matrix = [
  [2, 0],
  [1, 1],
];
export const EMBEDDED = softmax(
  dense(
    WORDS.map((row) => row.flatMap((word) => TABLE[word] ?? [])),
    K1,
    B1,
  ),
);
/** Which of four words stand in each row. */
export const HOT = softmax(
  dense(
    [
      [1, 0, 1, 0],
      [0, 1, 0, 0],
    ],
    K1,
    B1,
  ),
);
