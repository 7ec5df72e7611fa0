import { readdirSync, readFileSync } from 'node:fs';
import { loadModel, type Model, type Sequential, tensor } from 'gemsbok';
import t from 'tap';
import { readOnnx, runOnnx } from './helpers/onnx';
import { onnxBytes } from './helpers/onnx_writer';
import { GRAPHS, SKLEARN } from './onnx_graphs.cases';
import { ACTIVATIONS, FORMULAS, LAYERS } from './onnx_layers.cases';
import { DAMAGED, REFUSED } from './onnx_refused.cases';

const SOUND = { ...LAYERS, ...ACTIVATIONS, ...FORMULAS, ...GRAPHS, ...SKLEARN };

const ROWS = [1, 2, 3, 0, -1, 0.5, -3, 0.1, 4];
const WHOLE = [1, 2, 3, 0, 4, 1, 2, 2, 0];

t.test('nets that other tools write compute what their operators say', async (t) => {
  for (const [what, { layers, ...parts }] of Object.entries(SOUND)) {
    const bytes = onnxBytes(parts);
    const model = (await loadModel(bytes)) as Model;
    const names = model.layers.map(({ className }) => className).filter((name) => name !== 'InputLayer');
    t.equal(names.join(' '), layers, what);
    const graph = readOnnx(bytes);
    const given = Object.entries(parts.inputs ?? { x: [3] }).map(([name, shape]) => {
      return [name, { data: layers.includes('Embedding') ? WHOLE : ROWS, shape: [3, ...(shape as number[])] }] as const;
    });
    const x = given.map(([, { data, shape }]) => tensor(data, { shape, dtype: 'float32' }));
    const predicted = [model.predictSync(x.length === 1 ? (x[0] as never) : x)].flat();
    const wanted = runOnnx(graph, Object.fromEntries(given));
    t.equal(predicted.length, wanted.length, what);
    for (const [k, { data, shape }] of wanted.entries()) {
      t.strictSame(predicted[k]?.shape, shape, what);
      const worst = Math.max(...data.map((value, j) => Math.abs(value - (predicted[k]?.data[j] ?? Number.NaN))));
      t.ok(worst < 1e-6 * Math.max(1, ...data.map(Math.abs)), `${what}: ${worst}`);
    }
  }
});

const FOLDER = 'test/fixtures/onnx';

t.test('nets that PyTorch wrote predict what they predict there', async (t) => {
  const expected = JSON.parse(readFileSync(`${FOLDER}/expected.json`, 'utf8'));
  const files = readdirSync(FOLDER).filter((name) => name.endsWith('.onnx'));
  t.equal(files.length, 22);
  for (const name of files) {
    const { x, y } = expected[name.split('-')[0] as string];
    const model = (await loadModel(`${FOLDER}/${name}`)) as Sequential;
    const { data } = model.predictSync(x);
    const worst = Math.max(...y.flat(3).map((value: number, i: number) => Math.abs(value - (data[i] ?? Number.NaN))));
    t.ok(worst < 5e-6, `${name}: ${worst}`);
  }
});

t.test('layers are called as in the file', async (t) => {
  const model = (await loadModel(`${FOLDER}/res-17.onnx`)) as Model;
  t.strictSame(model.inputs.length, 1);
  for (const name of ['x', 'a', 'b']) t.ok(model.getLayer(name), name);
});

t.test('what no layer computes is refused by the name of its operator', async (t) => {
  for (const [what, [parts, message]] of Object.entries(REFUSED)) {
    await t.rejects(loadModel(onnxBytes(parts)), { code: 'ERR_UNSUPPORTED', message }, what);
  }
});

t.test('what does not fit is damage', async (t) => {
  for (const [what, parts] of Object.entries(DAMAGED)) {
    await t.rejects(loadModel(onnxBytes(parts)), { code: /ERR_CORRUPT_FILE|ERR_SHAPE_MISMATCH/ }, what);
  }
  const bytes = readFileSync(`${FOLDER}/mlp-17.onnx`);
  for (const end of [3, 40, bytes.length - 5]) {
    await t.rejects(loadModel(bytes.subarray(0, end)), { code: 'ERR_CORRUPT_FILE' }, `${end} bytes`);
  }
});
