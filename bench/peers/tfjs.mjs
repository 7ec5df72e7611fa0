// tfjs.mjs wasm | cpu. The WASM backend uses one thread in Node, whatever it is given.
import { dirname, join } from 'node:path';
import { floats, installed, samples, serve, timed } from '../protocol.mjs';
import { requests, rowsHandler } from './requests.mjs';

const backend = process.argv[2];
const tf = installed('@tensorflow/tfjs');
if (backend === 'wasm') {
  const wasm = installed('@tensorflow/tfjs-backend-wasm');
  wasm.setWasmPaths(join(dirname(installed.resolve('@tensorflow/tfjs-backend-wasm/package.json')), 'dist/'));
}
if (!(await tf.setBackend(backend))) throw new Error(`has no backend ${backend}`);

function network([columns, ...units]) {
  const dense = units.map((size, i) => {
    const activation = i === units.length - 1 ? 'softmax' : 'relu';
    return tf.layers.dense({ units: size, activation, inputShape: i === 0 ? [columns] : undefined });
  });
  const model = tf.sequential({ layers: dense });
  model.compile({ optimizer: 'adam', loss: 'sparseCategoricalCrossentropy' });
  return model;
}

async function epoch(request) {
  const { x, y } = await samples(request);
  const inputs = tf.tensor2d(Float32Array.from(x.data), x.shape);
  const targets = tf.tensor1d(Float32Array.from(y));
  const model = network(request.layers);
  const options = { batchSize: request.batch, epochs: 1, shuffle: true, verbose: 0, yieldEvery: 'never' };
  return () => timed(() => model.fit(inputs, targets, options));
}

function predict({ layers, rows }) {
  const model = network(layers);
  const x = tf.tensor2d(floats(rows * layers[0]), [rows, layers[0]]);
  return () =>
    timed(async () => {
      const outputs = model.predict(x);
      await outputs.data();
      outputs.dispose();
    });
}

function tiny({ epochs }) {
  const model = tf.sequential({
    layers: [
      tf.layers.dense({ units: 3, activation: 'tanh', inputShape: [2] }),
      tf.layers.dense({ units: 1, activation: 'sigmoid' }),
    ],
  });
  model.compile({ optimizer: 'adam', loss: 'binaryCrossentropy' });
  const [x, y] = [tf.tensor2d([0, 0, 0, 1, 1, 0, 1, 1], [4, 2]), tf.tensor2d([0, 1, 1, 0], [4, 1])];
  return () => timed(() => model.fit(x, y, { epochs, batchSize: 4, verbose: 0, yieldEvery: 'never' }));
}

async function overHttp(request) {
  const model = network(request.layers);
  const answer = async (row) => {
    const [x, y] = tf.tidy(() => {
      const input = tf.tensor2d(row, [1, row.length]);
      return [tf.keep(input), tf.keep(model.predict(input))];
    });
    const data = await y.data();
    tf.dispose([x, y]);
    return { data };
  };
  return requests(rowsHandler(answer), request);
}

serve(`@tensorflow/tfjs ${tf.version.tfjs}, backend ${tf.getBackend()}, 1 thread`, {
  epoch,
  predict,
  requests: overHttp,
  tiny,
});
