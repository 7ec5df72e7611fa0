/**
 * What the source of a model is made of: functions without dependencies but each other, by their names. They compute in
 * double precision; arrays are flat, and a row is what lies along the last axes.
 */
export const LIBRARY: Readonly<Record<string, string>> = {
  each: '(x, of) => Array.from(x, (value) => of(value))',
  dense: `(x, inputs, units, kernel, bias) => {
  const y = [];
  for (let row = 0; row < x.length; row += inputs) {
    for (let unit = 0; unit < units; unit++) {
      let sum = bias === null ? 0 : bias[unit];
      for (let i = 0; i < inputs; i++) sum += x[row + i] * kernel[i * units + unit];
      y.push(sum);
    }
  }
  return y;
}`,
  rows: `(x, size, of) => {
  const y = [];
  for (let i = 0; i < x.length; i += size) for (const value of of(x.slice(i, i + size))) y.push(value);
  return y;
}`,
  softmax: `(row) => {
  const most = row.reduce((a, b) => Math.max(a, b));
  const powers = row.map((value) => Math.exp(value - most));
  const sum = powers.reduce((a, b) => a + b);
  return powers.map((power) => power / sum);
}`,
  log_softmax: `(row) => {
  const most = row.reduce((a, b) => Math.max(a, b));
  const rest = Math.log(row.reduce((sum, value) => sum + Math.exp(value - most), 0));
  return row.map((value) => value - most - rest);
}`,
  mean: '(row) => row.reduce((a, b) => a + b, 0) / row.length',
  layerNorm: `(row, epsilon, gamma, beta) => {
  const centre = mean(row);
  const deviation = Math.sqrt(mean(row.map((value) => (value - centre) ** 2)) + epsilon);
  return row.map((value, i) => ((value - centre) / deviation) * (gamma === null ? 1 : gamma[i]) + (beta === null ? 0 : beta[i]));
}`,
  rmsNorm: `(row, epsilon, scale) => {
  const root = Math.sqrt(mean(row.map((value) => value * value)) + epsilon);
  return row.map((value, i) => (value / root) * scale[i]);
}`,
  unitNorm: `(row, epsilon) => {
  const length = Math.sqrt(Math.max(row.reduce((sum, value) => sum + value * value, 0), epsilon));
  return row.map((value) => value / length);
}`,
  channels: '(x, inner, count, of) => x.map((value, i) => of(value, Math.floor(i / inner) % count))',
  prelu: '(x, alpha) => x.map((value, i) => (value < 0 ? value * alpha[i] : value))',
  embedding: `(x, count, size, table) => x.flatMap((index) => {
  if (!Number.isInteger(index) || index < 0 || index >= count) throw new RangeError('Expected an index below ' + count + ', received ' + index + '.');
  return Array.from(table.subarray(index * size, (index + 1) * size));
})`,
  spread: `(x, shape, target) => {
  const y = [];
  const size = target.reduce((a, b) => a * b, 1);
  for (let i = 0; i < size; i++) {
    let [left, at, stride] = [i, 0, 1];
    for (let axis = target.length - 1; axis >= 0; axis--) {
      if (shape[axis] > 1) at += (left % target[axis]) * stride;
      left = Math.floor(left / target[axis]);
      stride *= shape[axis];
    }
    y.push(x[at]);
  }
  return y;
}`,
  permute: `(x, shape, dims) => {
  const strides = shape.map((_, i) => shape.slice(i + 1).reduce((a, b) => a * b, 1));
  const target = dims.map((axis) => shape[axis - 1]);
  return x.map((_, i) => {
    let [left, at] = [i, 0];
    for (let axis = target.length - 1; axis >= 0; axis--) {
      at += (left % target[axis]) * strides[dims[axis] - 1];
      left = Math.floor(left / target[axis]);
    }
    return x[at];
  });
}`,
  merge: '([first, ...others], of) => others.reduce((a, b) => a.map((value, i) => of(value, b[i])), first)',
  concat: `(parts, sizes) => {
  const y = [];
  for (let row = 0; row * sizes[0] < parts[0].length; row++) {
    parts.forEach((part, i) => y.push(...part.slice(row * sizes[i], (row + 1) * sizes[i])));
  }
  return y;
}`,
  sample: `(x, size) => {
  const values = ArrayBuffer.isView(x) ? Array.from(x, Number) : [x].flat(Infinity);
  if (values.length === size && values.every((value) => typeof value === 'number')) return values;
  throw new TypeError('Expected a sample of ' + size + ' numbers, received ' + values.length + ' values.');
}`,
  erf: `(x) => {
  if (Math.abs(x) > 6) return Math.sign(x);
  let [term, sum] = [x, x];
  for (let n = 1; Math.abs(term) > 1e-17 * Math.abs(sum); n++) {
    term *= (2 * x * x) / (2 * n + 1);
    sum += term;
  }
  return (2 / Math.sqrt(Math.PI)) * Math.exp(-x * x) * sum;
}`,
  sigmoid: '(x) => 1 / (1 + Math.exp(-x))',
  softplus: '(x) => Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x)))',
};
