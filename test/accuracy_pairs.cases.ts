/** Sums over pairs of rows. */
import { losses } from 'gemsbok';
import { type AccuracyCase, column, values } from './accuracy.cases';

const MARGIN = 0.4;
const GAMMA = 1;

/** Points on the unit circle, none so close to another that rounding tells whether they differ. */
function points(x: Float32Array): Float32Array {
  return Float32Array.from({ length: 2 * x.length }, (_, i) => {
    const angle = (2 * Math.PI * ((i >> 1) + ((x[i >> 1] as number) % 0.5))) / x.length;
    return i % 2 === 0 ? Math.cos(angle) : Math.sin(angle);
  });
}

/** What a pair adds to the sum of its kind, as an exponential, and the derivative of its score by the distance. */
function pair(distance: number, positive: boolean): readonly [term: number, slope: number] {
  const middle = positive ? distance : 1 - distance;
  const weight = Math.max(0, MARGIN + middle);
  const term = Math.exp(GAMMA * weight * (positive ? distance - MARGIN : middle - MARGIN));
  // Flat where the distance or the weight is floored.
  const slope = distance === 0 || weight === 0 ? 0 : 2 * GAMMA * (positive ? middle : -middle);
  return [term, slope];
}

/** The gradient of the sum of circle losses (Sun et al. 2020, equation 6) of points with the labels 0, 1, 0, 1 ... */
function circleGradient(p: Float32Array): Float64Array {
  const at = (i: number): number => p[i] as number;
  const gradient = new Float64Array(p.length);
  const increase = (i: number, amount: number): void => {
    gradient[i] = (gradient[i] as number) + amount;
  };
  const terms = new Float64Array(p.length / 2);
  const slopes = new Float64Array(p.length / 2);
  for (let i = 0; i < p.length; i += 2) {
    const totals: [number, number] = [0, 0];
    for (let j = 0; j < p.length; j += 2) {
      const distance = Math.max(0, 1 - at(i) * at(j) - at(i + 1) * at(j + 1));
      const [term, slope] = i === j ? [0, 0] : pair(distance, (i - j) % 4 === 0);
      terms[j / 2] = term;
      slopes[j / 2] = slope;
      totals[((i - j) / 2) & 1] = (totals[((i - j) / 2) & 1] as number) + term;
    }
    const product = totals[0] * totals[1];
    for (let j = 0; j < p.length; j += 2) {
      const total = totals[((i - j) / 2) & 1] as number;
      const factor = (product / (1 + product)) * ((terms[j / 2] as number) / total) * (slopes[j / 2] as number);
      if (i === j || factor === 0) continue;
      for (const axis of [0, 1]) {
        increase(i + axis, -factor * at(j + axis));
        increase(j + axis, -factor * at(i + axis));
      }
    }
  }
  return gradient;
}

export const PAIR_CASES: readonly AccuracyCase[] = [
  {
    kernel: 'loss gradients',
    title: 'Circle',
    most: 1025,
    found: (x) => {
      const loss = new losses.Circle({ gamma: GAMMA, margin: MARGIN, reduction: 'sum' });
      const labels = column(x.map((_, i) => i % 2));
      return values(loss.valueAndGradient(labels, { data: points(x), shape: [x.length, 2] }).gradient);
    },
    wanted: (x) => circleGradient(points(x)),
    scale: () => 1,
  },
];
