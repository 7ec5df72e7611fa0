import { elementAt } from '../check';
import type { FloatArray } from '../native';
import { COLOURS } from './colours';
import { type Panel, titled } from './panel';

const BINS = 40;

/** Numbers, counted in bins. */
export interface Bins {
  /** Where the first one begins. */
  readonly from: number;
  readonly width: number;
  readonly counts: readonly number[];
  /** How many numbers there are. */
  readonly total: number;
  /** Those that are finite; the others are in no bin. */
  readonly finite: number;
}

export function binned(data: FloatArray): Bins {
  let [low, high, finite] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 0];
  for (const value of data) {
    if (!Number.isFinite(value)) continue;
    finite++;
    if (value < low) low = value;
    if (value > high) high = value;
  }
  const from = low < high ? low : finite === 0 ? 0 : low - 0.5;
  const width = (low < high ? high - low : 1) / BINS;
  const counts = new Array<number>(BINS).fill(0);
  for (const value of data) {
    if (!Number.isFinite(value)) continue;
    const bin = Math.min(BINS - 1, Math.floor((value - from) / width));
    counts[bin] = elementAt(counts, bin) + 1;
  }
  return { from, width, counts, total: data.length, finite };
}

/** How numbers are spread; those that are not finite do not count, which the subtitle says. */
export function histogramPanel(
  name: string,
  subtitle: string,
  { from, width, counts, total, finite }: Bins,
  size: Panel = { width: 220, height: 130 },
  title = 'value',
): Panel {
  const lost = total - finite;
  const notes = [subtitle, lost > 0 ? `${lost} of ${total} not finite` : ''].filter((note) => note !== '');
  const values = counts.map((count, bin) => ({ start: from + bin * width, end: from + (bin + 1) * width, count }));
  return titled(name, notes.join(', '), {
    ...size,
    data: { values },
    mark: { type: 'bar', color: COLOURS.blue, binSpacing: 0.5 },
    encoding: {
      x: {
        field: 'start',
        type: 'quantitative',
        bin: { binned: true },
        title,
        axis: { tickCount: 5, format: '.4~g' },
      },
      x2: { field: 'end' },
      y: { field: 'count', type: 'quantitative', title: 'count', axis: { tickCount: 4, tickMinStep: 1, format: ',d' } },
    },
  });
}
