import { existsSync } from 'node:fs';
import { join } from 'node:path';
import {
  Activation,
  Add,
  BatchNormalization,
  Concatenate,
  Dense,
  Dropout,
  Embedding,
  Flatten,
  Input,
  LayerNormalization,
  LeakyReLU,
  loadModel,
  Masking,
  Maximum,
  Model,
  Multiply,
  Reshape,
  Sequential,
  tensor,
} from 'gemsbok';
import t from 'tap';
import { readOnnx, runOnnx } from './helpers/onnx';
import { scratch } from './helpers/scratch';

const rows = [
  [1, 2, 3],
  [0, -1, 0.5],
  [-3, 0.1, 4],
];
const of = (shape: readonly number[], ...layers: ConstructorParameters<typeof Sequential>[0] & object): Sequential =>
  new Sequential([new Input({ shape: [...shape] }), ...layers]);

function graph(): Model {
  const [a, b] = [new Input({ shape: [3], name: 'a' }), new Input({ shape: [3], name: 'b' })];
  const shared = new Dense({ units: 3, activation: 'tanh' });
  const joined = new Concatenate().apply([shared.apply(a), shared.apply(b)]);
  return new Model({
    inputs: [a, b],
    outputs: [new Dense({ units: 2 }).apply(joined), new Add().apply([joined, joined])],
  });
}

const MODELS: Readonly<Record<string, () => Sequential | Model>> = {
  mlp: () => of([3], new Dense({ units: 4, activation: 'relu' }), new Dense({ units: 2, activation: 'softmax' })),
  'without bias': () => of([3], new Dense({ units: 4, useBias: false }), new Activation({ activation: 'silu' })),
  norms: () => of([3], new BatchNormalization(), new LayerNormalization(), new Dropout({ rate: 0.5 }), new LeakyReLU()),
  'norms without factors': () =>
    of(
      [3],
      new BatchNormalization({ scale: false, center: false }),
      new LayerNormalization({ scale: false, center: false }),
    ),
  'higher ranks': () => of([3, 1], new Dense({ units: 2, activation: 'sigmoid' }), new Flatten()),
  graph,
  'models within models': () => {
    const base = of([3], new Dense({ units: 3, activation: 'tanh' }));
    const x = new Input({ shape: [3] });
    const inner = new Model({ inputs: x, outputs: new Add().apply([base.apply(x), base.apply(base.apply(x))]) });
    return of([3], inner, new Dense({ units: 2 }), new Activation({ activation: 'relu' }));
  },
  'built without an Input': () => {
    const inner = new Sequential([new Dense({ units: 4 }), new LeakyReLU()]);
    const model = new Sequential([inner, new Dense({ units: 2, activation: 'tanh' })]);
    model.build([null, 3]);
    return model;
  },
  'merges of other ranks': () => {
    const [a, b] = [new Input({ shape: [3], name: 'a' }), new Input({ shape: [3], name: 'b' })];
    const long = new Reshape({ targetShape: [3, 1] }).apply(b);
    const merged = [new Add(), new Multiply(), new Maximum()].map((layer) => layer.apply([a, long]));
    return new Model({ inputs: [a, b], outputs: merged });
  },
};

t.test('the operators of ONNX compute what the model does', async (t) => {
  for (const [what, make] of Object.entries(MODELS)) {
    const model = make();
    const weights = model.getWeights().map(({ data, shape }, k) => {
      return { data: data.map((_, i) => Math.abs(Math.sin(7 * i + k)) + 0.1), shape };
    });
    model.setWeights(weights);
    const written = readOnnx(await model.toBytes('onnx'));
    t.equal(written.opset, 17);
    const shapes = [...written.inputs.values()];
    for (const shape of shapes) t.equal(shape[0], 'batch', `${what}: any batch`);
    const data = shapes.map((shape) =>
      tensor(rows.flat(), { shape: [3, ...(shape.slice(1) as number[])], dtype: 'float32' }),
    );
    const predicted = [model.predictSync(data.length === 1 ? (data[0] as never) : data)].flat();
    const given = [...written.inputs.keys()].map((name, i) => {
      return [name, { data: [...(data[i]?.data ?? [])] as number[], shape: data[i]?.shape ?? [] }];
    });
    const outputs = runOnnx(written, Object.fromEntries(given));
    t.equal(outputs.length, predicted.length);
    for (const [i, { data, shape }] of outputs.entries()) {
      const wanted = predicted[i];
      t.strictSame(shape, wanted?.shape, what);
      t.strictSame([...written.outputs.values()][i], ['batch', ...shape.slice(1)], `${what}: the shape that it states`);
      const worst = Math.max(...data.map((value, j) => Math.abs(value - (wanted?.data[j] ?? Number.NaN))));
      t.ok(worst < 1e-6, `${what}: ${worst}`);
    }
  }
});

t.test('what is written is read again', async (t) => {
  for (const [what, make] of Object.entries(MODELS)) {
    const model = make();
    model.setWeights(
      model.getWeights().map(({ data, shape }, k) => {
        return { data: data.map((_, i) => Math.abs(Math.sin(7 * i + k)) + 0.1), shape };
      }),
    );
    const read = (await loadModel(await model.toBytes('onnx'))) as Model;
    const x = model.inputs.map(({ shape }) => {
      return tensor(rows.flat(), { shape: [3, ...(shape.slice(1) as number[])], dtype: 'float32' });
    });
    const predict = (of: Pick<Model, 'predictSync'>) => [of.predictSync(x.length === 1 ? (x[0] as never) : x)].flat();
    const wanted = predict(model as never);
    for (const [i, { data, shape }] of predict(read as never).entries()) {
      t.strictSame(shape, wanted[i]?.shape, what);
      const worst = Math.max(...data.map((value, j) => Math.abs(value - (wanted[i]?.data[j] ?? Number.NaN))));
      t.ok(worst < 1e-6, `${what}: ${worst}`);
    }
  }
});

t.test('what would lose something is refused by name', async (t) => {
  const path = join(scratch(), 'a.onnx');
  for (const [model, name] of [
    [of([3], new Masking({ name: 'hidden' })), /Masking.*hidden/],
    [of([3], new Embedding({ inputDim: 2, outputDim: 1, maskZero: true })), /mask of Embedding/],
    [of([3], new Dense({ units: 1, activation: 'sparsemax', name: 'odd' })), /sparsemax.*odd/],
    [new Sequential([new Dense({ units: 1 })]), /built, by an Input/],
    [new Sequential([graph(), new Dense({ units: 1 })]), /built, by an Input/],
  ] as const) {
    await t.rejects(model.toBytes('onnx'), { code: 'ERR_UNSUPPORTED', message: name });
    await t.rejects(model.save(path), { code: 'ERR_UNSUPPORTED', message: name });
    t.notOk(existsSync(path));
  }
  await of([3], new Dense({ units: 1 })).save(path);
  t.ok(existsSync(path));
});
