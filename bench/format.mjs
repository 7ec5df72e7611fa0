const SCALES = {
  s: [
    [1, 's'],
    [1e-3, 'ms'],
    [1e-6, 'µs'],
    [1e-9, 'ns'],
  ],
  B: [
    [1e6, 'MB'],
    [1e3, 'kB'],
  ],
  'FLOP/s': [[1e9, 'GFLOP/s']],
  'B/s': [[1e9, 'GB/s']],
  'requests/s': [[1, 'requests/s']],
  'steps/s': [[1, 'steps/s']],
};

/** Three digits that count, and the unit that leaves the fewest zeros. */
export function quantity(value, unit) {
  if (!Number.isFinite(value)) return '—';
  if (unit === 'ratio') return digits(value);
  const scales = SCALES[unit];
  const [factor, name] = scales.find(([least]) => Math.abs(value) >= least) ?? scales.at(-1);
  return `${digits(value / factor)} ${name}`;
}

const digits = (value) => value.toFixed(Math.min(2, Math.max(0, 2 - Math.floor(Math.log10(Math.abs(value) || 1)))));
