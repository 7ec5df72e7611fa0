import { join } from 'node:path';
import {
  BatchNormalization,
  cloneModel,
  Dense,
  Dropout,
  dataset,
  Input,
  type LayerSeries,
  LayerStatistics,
  type LayerStatisticsOptions,
  type LayerTable,
  Sequential,
  setRandomSeed,
  Tensor,
  TensorBoard,
  tensor,
} from 'gemsbok';
import { report } from 'gemsbok/plots';
import t from 'tap';
import { readEvents } from './helpers/event_reader';
import { sequence } from './helpers/numbers';
import { scratch } from './helpers/scratch';
import { warned, warningsOf } from './helpers/warnings';
import { dense, FORMS, last, Own } from './layer_statistics.cases';
import { bits, classifier, QUIET, x, y } from './models.cases';
import { type Nd, nd } from './oracle/ndarray';
import { slopes } from './oracle/training';

const norm = (values: readonly number[]): number => Math.hypot(...values);
const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;
const std = (values: readonly number[]): number => Math.sqrt(mean(values.map((value) => (value - mean(values)) ** 2)));

t.test('the values of a small net are those of doubles', async (t) => {
  const [rows, inputs, units] = [7, 3, 4];
  const samples = Array.from({ length: rows }, (_, row) => sequence(inputs).map((value, i) => value + row * (i - 1)));
  const targets = samples.map(([a = 0, b = 0]) => [a - b]);
  const model = new Sequential([
    new Input({ shape: [inputs] }),
    new Dense({ units, activation: 'relu', name: 'hidden' }),
    new Dense({ units: 1, name: 'out' }),
  ]);
  model.setWeights([
    tensor(sequence(inputs * units), { shape: [inputs, units] }),
    // One unit is dead, one gives something for all rows.
    [-100, 0.1, 0.2, 50],
    tensor(sequence(units), { shape: [units, 1] }),
    [0.3],
  ]);
  const copy = (): Nd[] => model.getWeights().map(({ data, shape }) => nd([...shape], Array.from(data)));
  const before = copy();
  model.compile({ optimizer: 'sgd', loss: 'mse' });
  const { layers } = await model.fit(samples, targets, {
    batchSize: rows,
    shuffle: false,
    verbose: 0,
    callbacks: new LayerStatistics(),
  });
  const after = copy();
  const hidden = ([kernel, bias]: readonly Nd[]): number[][] =>
    samples.map((row) =>
      Array.from({ length: units }, (_, u) => {
        const sum = row.reduce((s, value, i) => s + value * Number(kernel?.data[i * units + u]), 0);
        return Math.max(0, sum + Number(bias?.data[u]));
      }),
    );
  const outputs = (weights: readonly Nd[]): number[] =>
    hidden(weights).map((row) =>
      row.reduce((s, h, u) => s + h * Number(weights[2]?.data[u]), Number(weights[3]?.data[0])),
    );
  const loss = (weights: readonly Nd[]): number =>
    mean(outputs(weights).map((output, row) => (output - Number(targets[row]?.[0])) ** 2));
  const flat = (of: (index: number) => Nd | undefined, parts: readonly number[]): number[] =>
    parts.flatMap((index) => Array.from(of(index)?.data ?? [], Number));
  const given = { hidden: hidden(after).flat(), out: outputs(after) };
  for (const [name, parts] of [
    ['hidden', [0, 1]],
    ['out', [2, 3]],
  ] as const) {
    const [weights, old] = [flat((i) => after[i], parts), flat((i) => before[i], parts)];
    const gradient = norm(flat((i) => slopes(loss, after, i), parts));
    const wanted = {
      epoch: 0,
      rows,
      weightMean: mean(weights),
      weightStd: std(weights),
      weightNorm: norm(weights),
      gradientNorm: gradient,
      gradientRatio: gradient / norm(weights),
      updateRatio: norm(weights.map((value, i) => value - Number(old[i]))) / norm(old),
      activationMean: mean(given[name]),
      activationStd: std(given[name]),
      ...(name === 'hidden' && {
        units,
        deadUnits: [0, 1, 2, 3].filter((u) => given.hidden.every((h, i) => i % 4 !== u || h === 0)).length,
      }),
    };
    const found = layers[name] as LayerSeries;
    t.strictSame(Object.keys(found).sort(), Object.keys(wanted).sort(), name);
    for (const [key, value] of Object.entries(wanted)) {
      const [own = Number.NaN] = found[key as keyof LayerSeries] ?? [];
      t.ok(Math.abs(own - value) <= 2e-5 * Math.max(1, Math.abs(value)), `${name}.${key}: ${own} for ${value}`);
    }
  }
  t.ok((layers.hidden?.deadUnits?.[0] ?? 0) > 0);
});

t.test('dead units', async (t) => {
  const model = new Sequential([
    new Input({ shape: [6] }),
    new Dense({ units: 64, activation: 'relu', name: 'half' }),
    new Dense({ units: 8, activation: 'relu', name: 'all' }),
    new Dense({ units: 3, activation: 'softmax', name: 'last' }),
  ]);
  const half = model.getLayer('half');
  half.setWeights([half.getWeights()[0] as Tensor, Float32Array.from({ length: 64 }, (_, i) => (i < 38 ? -100 : 100))]);
  const all = model.getLayer('all');
  all.setWeights([all.getWeights()[0] as Tensor, new Float32Array(8).fill(-1e6)]);
  model.compile({ loss: 'sparse_categorical_crossentropy' });
  let layers: LayerTable = {};
  const texts = await warningsOf('GEMSBOK_DEAD_UNITS', async () => {
    const callbacks = new LayerStatistics({ warn: true });
    ({ layers } = await model.fit(x, y, { ...QUIET, callbacks }));
  });
  t.strictSame(layers.half?.deadUnits, [38, 38, 38]);
  t.strictSame(
    [layers.all?.deadUnits, layers.all?.units],
    [
      [8, 8, 8],
      [8, 8, 8],
    ],
  );
  t.notOk('deadUnits' in (layers.last ?? {}), 'a row of probabilities has no dead units');
  t.strictSame(texts, [
    '38 of 64 units of `half` are dead: 0 for each of 50 rows.',
    '8 of 8 units of `all` are dead: 0 for each of 50 rows.',
  ]);
  t.strictSame(layers.half?.gradientNorm, [0, 0, 0], 'what is behind dead units has no gradient');
});

/** Twelve layers of one activation. */
function deep(activation: 'sigmoid' | 'relu' | 'tanh', scale = 1): Sequential {
  setRandomSeed(3);
  const hidden = Array.from({ length: 12 }, (_, i) => new Dense({ units: 16, activation, name: `h${i}` }));
  const model = new Sequential([new Input({ shape: [6] }), ...hidden, new Dense({ units: 3, name: 'last' })]);
  model.setWeights(
    model.getWeights().map(
      ({ data, shape }) =>
        new Tensor(
          data.map((v) => v * scale),
          shape,
        ),
    ),
  );
  model.compile({ optimizer: 'sgd', loss: 'mse' });
  return model;
}

t.test('gradients that vanish, explode, or do neither', async (t) => {
  const targets = { data: Float32Array.from(sequence(150)), shape: [50, 3] };
  const codesOf = async (model: Sequential, warn: boolean, factor = 1): Promise<string[]> => {
    const given = { data: targets.data.map((value) => factor * value), shape: targets.shape };
    const callbacks = new LayerStatistics({ warn });
    return [...new Set(await warned(() => model.fit(x, given, { ...QUIET, epochs: 1, callbacks })))];
  };
  t.strictSame(await codesOf(deep('sigmoid'), true), ['GEMSBOK_VANISHING_GRADIENT']);
  t.strictSame(await codesOf(deep('tanh'), true), []);
  t.ok((await codesOf(deep('tanh', 60), true)).includes('GEMSBOK_SATURATED_UNITS'));
  const large = deep('tanh');
  large.compile({ optimizer: 'sgd', loss: 'mse', advice: false });
  t.ok((await codesOf(large, true, 1e4)).includes('GEMSBOK_EXPLODING_GRADIENT'));
  t.strictSame(await codesOf(deep('sigmoid'), false), [], 'none where nobody asked');
});

t.test('a training has the same bits and seeds with and without', async (t) => {
  const train = async (callbacks: LayerStatistics[]): Promise<unknown> => {
    setRandomSeed(5);
    const model = new Sequential([
      new Input({ shape: [6] }),
      new Dense({ units: 8, activation: 'relu' }),
      new BatchNormalization(),
      new Dropout({ rate: 0.4 }),
      new Dense({ units: 3, activation: 'softmax' }),
    ]);
    model.compile({ optimizer: 'adam', loss: 'sparse_categorical_crossentropy', metrics: ['acc'] });
    const options = { batchSize: 8, epochs: 3, verbose: 0, validationSplit: 0.2, callbacks } as const;
    const { history } = await model.fit(x, y, options);
    return [bits(model), history, (await model.fit(x, y, { epochs: 2, verbose: 0 })).history];
  };
  t.strictSame(await train([new LayerStatistics()]), await train([]));
});

t.test('options', async (t) => {
  const recorded = async (options: LayerStatisticsOptions): Promise<LayerSeries> => {
    const { layers } = await classifier().fit(x, y, { ...QUIET, epochs: 5, callbacks: new LayerStatistics(options) });
    return Object.values(layers)[0] as LayerSeries;
  };
  t.strictSame((await recorded({ freq: 2 })).epoch, [0, 2, 4]);
  t.strictSame((await recorded({ samples: 20 })).rows, [20, 20, 20, 20, 20]);
  const [few, all] = [await recorded({ data: [x, y] }), await recorded({})];
  t.strictSame(few, all, 'the rows of the training are those that it was given');
  const other = { data: x.data.map((value) => 3 * value), shape: x.shape };
  t.not((await recorded({ data: [other, y] })).activationStd?.[0], all.activationStd?.[0]);
});

t.test('a second run begins a new record, which the history of the first keeps', async (t) => {
  const callbacks = new LayerStatistics();
  const model = classifier();
  await model.fit(x, y, { ...QUIET, callbacks });
  const { layers } = await model.fit(x, y, { ...QUIET, epochs: 2, callbacks });
  t.strictSame(Object.values(layers)[0]?.epoch, [0, 1]);
  t.strictSame((await model.fit(x, y, QUIET)).layers, {}, 'none without it');
});

for (const [form, make] of Object.entries(FORMS)) {
  t.test(form, async (t) => {
    const [model, samples, targets, names] = make();
    const loss = form.startsWith('a layer computed') ? new Own() : 'sparse_categorical_crossentropy';
    const isOwn = loss instanceof Own;
    model.compile({ optimizer: 'sgd', loss: loss as never, advice: false });
    const given = isOwn ? { data: new Float32Array(150), shape: [50, 3] } : targets;
    const { layers } = await model.fit(samples as never, given as never, {
      ...QUIET,
      callbacks: new LayerStatistics(),
    });
    t.strictSame(Object.keys(layers).sort(), [...names].sort());
    for (const [name, { epoch, ...series }] of Object.entries(layers)) {
      t.strictSame(epoch, [0, 1, 2], name);
      for (const [key, values] of Object.entries(series)) {
        t.ok(values?.length === 3 && values.every(Number.isFinite), `${name}.${key}: ${values}`);
      }
    }
    t.equal('gradientNorm' in (layers.still ?? {}), false, 'what does not train has no gradient');
  });
}

t.test('a stream, by its first batch', async (t) => {
  async function* rows() {
    for (let row = 0; row < 50; row++) yield { x: x.data.subarray(6 * row, 6 * row + 6), y: y[row] as number };
  }
  const { layers } = await classifier().fit(dataset(rows), {
    epochs: 2,
    batchSize: 8,
    verbose: 0,
    callbacks: new LayerStatistics(),
  });
  for (const { rows: seen, epoch } of Object.values(layers))
    t.strictSame(
      [seen, epoch],
      [
        [8, 8],
        [0, 1],
      ],
    );
});

t.test('the report and TensorBoard show it', async (t) => {
  const logDir = scratch();
  const model = classifier();
  const [hidden] = model.layers;
  hidden?.setWeights([hidden.getWeights()[0] as Tensor, new Float32Array(16).fill(-100)]);
  const callbacks = [new TensorBoard({ logDir, histogramFreq: 1 }), new LayerStatistics({ freq: 2 })];
  const history = await model.fit(x, y, { ...QUIET, callbacks });
  t.match(await report(history, model), /<p>16 of 16 units of `dense[_0-9]*` are dead/);
  t.notMatch(await report(await model.fit(x, y, QUIET), model), /Layers over epochs/);
  const values = readEvents(join(logDir, 'train')).flatMap(({ step, values: found }) =>
    found.map((one) => ({ ...one, step })),
  );
  for (const [name, { epoch, rows, units, ...series }] of Object.entries(history.layers)) {
    for (const [key, wanted] of Object.entries(series)) {
      const tag = `${name}/${key.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)}`;
      const found = values.filter((value) => value.tag === tag);
      t.strictSame(
        found.map(({ step }) => step),
        epoch,
        tag,
      );
      t.strictSame(
        found.map(({ content }) => content),
        wanted?.map((value) => [Math.fround(value)]),
        tag,
      );
    }
  }
});

t.test('TensorBoard has the weights of models within the model, each under a name of its own', async (t) => {
  const logDir = scratch();
  const base = new Sequential([new Input({ shape: [6] }), dense('one'), dense('two')], { name: 'base' });
  const model = new Sequential([base, last('last')]);
  model.compile({ loss: 'sparse_categorical_crossentropy' });
  await model.fit(x, y, { ...QUIET, epochs: 1, callbacks: new TensorBoard({ logDir, histogramFreq: 1 }) });
  const tags = readEvents(join(logDir, 'train')).flatMap(({ values }) => values.map(({ tag }) => tag));
  const layers = ['base/one', 'base/two', 'last'];
  t.strictSame(
    tags.filter((tag) => tag.endsWith('/histogram')),
    layers.flatMap((layer) => [`${layer}/kernel/histogram`, `${layer}/bias/histogram`]),
  );
});

t.test('an abort ends it', async (t) => {
  const controller = new AbortController();
  const run = cloneModel(classifier());
  run.compile({ loss: 'sparse_categorical_crossentropy' });
  const callbacks = [new LayerStatistics(), { onEpochEnd: () => controller.abort(new Error('enough')) }];
  await t.rejects(run.fit(x, y, { ...QUIET, callbacks, signal: controller.signal }), /enough/);
});
