// Writes an ONNX file by hand: https://github.com/onnx/onnx/blob/main/onnx/onnx.proto. Enough of protobuf for it are
// whole numbers and fields with a length.
const FLOAT = 1;

function varint(value) {
  const bytes = [];
  for (let rest = value; ; rest = Math.floor(rest / 128)) {
    if (rest < 128) return Buffer.from([...bytes, rest]);
    bytes.push((rest % 128) + 128);
  }
}

function field(number, value) {
  if (typeof value === 'number') return Buffer.concat([varint(number * 8), varint(value)]);
  const bytes = Buffer.from(value);
  return Buffer.concat([varint(number * 8 + 2), varint(bytes.length), bytes]);
}

const message = (...fields) => Buffer.concat(fields.map(([number, value]) => field(number, value)));

const tensor = (name, dims, values) =>
  message(...dims.map((size) => [1, size]), [2, FLOAT], [8, name], [9, new Uint8Array(values.buffer)]);

const node = (operator, inputs, output) => message(...inputs.map((name) => [1, name]), [2, output], [4, operator]);

/** A matrix of as many rows as are given. */
function port(name, columns) {
  const shape = message([1, message([2, 'rows'])], [1, message([1, columns])]);
  return message([1, name], [2, message([1, message([1, FLOAT], [2, shape])])]);
}

/** A network of dense layers: relu, at the end softmax. `values` makes the weights. */
export function denseModel([columns, ...units], values) {
  const nodes = [];
  const weights = [];
  let input = 'x';
  units.forEach((size, i) => {
    const last = i === units.length - 1;
    const inputs = i === 0 ? columns : units[i - 1];
    weights.push(tensor(`kernel${i}`, [inputs, size], values(inputs * size)), tensor(`bias${i}`, [size], values(size)));
    nodes.push(node('Gemm', [input, `kernel${i}`, `bias${i}`], `z${i}`));
    input = last ? 'y' : `y${i}`;
    nodes.push(node(last ? 'Softmax' : 'Relu', [`z${i}`], input));
  });
  const graph = message(
    ...nodes.map((part) => [1, part]),
    [2, 'dense'],
    ...weights.map((part) => [5, part]),
    [11, port('x', columns)],
    [12, port('y', units.at(-1))],
  );
  const operators = message([2, 13]);
  return message([1, 8], [7, graph], [8, operators]);
}
