import { elementAt } from '../check';

const BUCKETS = 30;

/** `[buckets, 3]`: left end, right end and count, as TensorBoard's histograms; what is not finite does not count. */
export function histogramOf(values: Float32Array): Float64Array {
  const finite = values.filter(Number.isFinite);
  if (finite.length === 0) return new Float64Array(0);
  let [low, high] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (const value of finite) {
    low = Math.min(low, value);
    high = Math.max(high, value);
  }
  if (low === high) return Float64Array.of(low - 0.5, low + 0.5, finite.length);
  const width = (high - low) / BUCKETS;
  const counts = new Float64Array(BUCKETS);
  for (const value of finite) {
    const bucket = Math.min(BUCKETS - 1, Math.floor((value - low) / width));
    counts[bucket] = elementAt(counts, bucket) + 1;
  }
  const edge = (bucket: number): number => (bucket === BUCKETS ? high : low + bucket * width);
  return Float64Array.from(Array.from(counts, (count, bucket) => [edge(bucket), edge(bucket + 1), count]).flat());
}
