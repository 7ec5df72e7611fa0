// Single steps, which distributed.cases.mjs takes in one process and in several.
import * as g from 'gemsbok';
import { knownOptions, ownLoss } from './distributed_programs.cases.mjs';

export function steps({ dist, report, isSame, net, dense, plain, given, classes, weights, classify }) {
  const [, columns] = given.shape;
  /** Batches that processes divide and do not, and some with fewer samples than there are processes. */
  const BATCHES = [
    [0, 24],
    [24, 41],
    [41, 42],
    [42, 44],
    [44, 90],
  ];
  const rowsOf = ([from, to]) => [
    new g.Tensor(given.data.slice(from * columns, to * columns), [to - from, columns]),
    classes.slice(from, to),
    weights.slice(from, to).map((weight) => weight + 0.25),
  ];
  const oneHot = g.toCategorical(classes, 3);
  const end = () => dense(3, { activation: 'softmax' });
  const noisy = () => net(dense(6), new g.BatchNormalization(), new g.Dropout({ rate: 0.3 }), end());
  const metrics = ['acc', new g.metrics.SparseCategoricalCrossentropy()];
  const cases = {
    plain: [plain, {}, () => ({ distributed: dist })],
    'noise, moments': [noisy, { optimizer: 'adam' }, () => ({ distributed: dist })],
    weighted: [
      noisy,
      { metrics: [], weightedMetrics: metrics },
      (sampleWeight) => ({ distributed: dist, sampleWeight, classWeight: null }),
    ],
    'class weights, an object': [
      plain,
      { optimizer: new g.AdamW({ gradientAccumulationSteps: 2, globalClipnorm: 0.1 }) },
      () => ({ distributed: dist, classWeight: { 0: 2, 2: 0.5 }, returnDict: true, allowNonFinite: true }),
    ],
    'an own loss': [plain, { loss: ownLoss }, () => ({ distributed: dist }), oneHot],
    'a whole batch': [plain, { loss: 'dice' }, () => ({ distributed: dist }), oneHot],
    'by setDistribution': [noisy, {}, () => ({})],
  };

  async function take(name, [make, compile, optionsFor, targets]) {
    const model = make();
    model.compile({ ...classify, metrics, ...compile, ...(targets && { metrics: ['mse'] }) });
    const logs = [];
    for (const range of [...BATCHES, ...BATCHES]) {
      const [x, sparse, sampleWeight] = rowsOf(range);
      const [from, to] = range.map((row) => row * 3);
      const y = targets ? new g.Tensor(targets.data.slice(from, to), [sparse.length, 3]) : sparse;
      logs.push(await model.trainOnBatch(x, y, optionsFor(sampleWeight)));
      // Of the same weights each process has the same numbers by itself.
      logs.push(await model.testOnBatch(x, y, { sampleWeight }));
    }
    const values = model.getWeights().flatMap(({ data }) => [...data]);
    const outputs = [...model.predictOnBatch(given).data];
    const history = logs.map((one) => Object.values(one));
    report(name, { same: await isSame([...values, ...outputs, ...history.flat()]), values, outputs, history });
  }

  return {
    async steps() {
      for (const [name, row] of Object.entries(cases)) {
        if (name === 'by setDistribution') {
          await g.distribution.initialize();
          g.setDistribution(new g.distribution.DataParallel());
        }
        await take(`steps: ${name}`, row).finally(() => g.setDistribution(null));
      }
      const tried = new Set(Object.values(cases).flatMap(([, , optionsFor]) => Object.keys(optionsFor(weights))));
      const model = plain();
      model.compile(classify);
      const known = await knownOptions('trainOnBatch', (options) => model.trainOnBatch(given, classes, options));
      const missing = known.filter((name) => !tried.has(name));
      if (known.length < 5 || missing.length > 0)
        throw new Error(`no distributed test of trainOnBatch's ${missing.join(', ')}`);
    },
  };
}
