import { installed, samples, serve, timed } from '../protocol.mjs';

const { NeuralNetwork } = installed('brain.js');

async function epoch(request) {
  const { x, y } = await samples(request);
  const [columns, ...units] = request.layers;
  const data = Array.from(y, (label, row) => ({
    input: Array.from(x.data.subarray(row * columns, (row + 1) * columns), (value) => value / 255),
    output: Array.from({ length: units.at(-1) }, (_, i) => Number(i === label)),
  }));
  // It knows no batches: each sample is a step.
  const model = new NeuralNetwork({ hiddenLayers: units.slice(0, -1), activation: 'relu' });
  return () => timed(() => model.train(data, { iterations: 1, praxis: 'adam', errorThresh: 1e-9 }));
}

function tiny({ epochs }) {
  const data = [0, 1, 2, 3].map((i) => ({ input: [i >> 1, i & 1], output: [(i >> 1) ^ (i & 1)] }));
  const model = new NeuralNetwork({ hiddenLayers: [3], activation: 'tanh' });
  return () => timed(() => model.train(data, { iterations: epochs, praxis: 'adam', errorThresh: 1e-9 }));
}

serve(`brain.js ${installed('brain.js/package.json').version}, 1 thread`, { epoch, tiny });
