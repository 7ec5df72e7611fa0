// What distributed.cases.mjs trains of each family of classes: one that is missing here fails it.
import * as g from 'gemsbok';

/** Cannot be compiled as metrics of a model, as they take values, not targets and predictions. */
const VALUES_ONLY = ['Mean', 'Sum'];

/** Throws where a family has a class that none of these is. */
export function cover(family, base, made, without = []) {
  const names = Object.entries(family).filter(
    ([, type]) => typeof type === 'function' && type.prototype instanceof base,
  );
  const seen = new Set([...without, ...made.map((one) => one.constructor)]);
  const missing = names.filter(([name, type]) => !seen.has(name) && !seen.has(type)).map(([name]) => name);
  if (missing.length > 0) throw new Error(`no distributed test of ${missing.join(', ')}`);
}

/** The rows of a metric's data: the last activation, the targets, the metrics. */
const metricTables = ({ oneHot, classes, spread }) => ({
  'one-hot targets': [
    'softmax',
    oneHot,
    () => [
      new g.metrics.AUC(),
      new g.metrics.Accuracy(),
      new g.metrics.BinaryAccuracy(),
      new g.metrics.BinaryCrossentropy(),
      new g.metrics.BinaryIoU(),
      new g.metrics.CategoricalAccuracy(),
      new g.metrics.CategoricalCrossentropy(),
      new g.metrics.CategoricalHinge(),
      new g.metrics.F1Score(),
      new g.metrics.FBetaScore({ beta: 2 }),
      new g.metrics.FalseNegatives(),
      new g.metrics.FalsePositives(),
      new g.metrics.OneHotIoU({ numClasses: 3, targetClassIds: [0, 1] }),
      new g.metrics.OneHotMeanIoU({ numClasses: 3 }),
      new g.metrics.Precision(),
      new g.metrics.PrecisionAtRecall({ recall: 0.5 }),
      new g.metrics.Recall(),
      new g.metrics.RecallAtPrecision({ precision: 0.3 }),
      new g.metrics.SensitivityAtSpecificity({ specificity: 0.5 }),
      new g.metrics.SpecificityAtSensitivity({ sensitivity: 0.5 }),
      new g.metrics.TopKCategoricalAccuracy({ k: 2 }),
      new g.metrics.TrueNegatives(),
      new g.metrics.TruePositives({ thresholds: [0.3, 0.4] }),
    ],
  ],
  'classes as targets': [
    'softmax',
    classes,
    () => [
      new g.metrics.ConfusionMatrix({ numClasses: 3 }),
      new g.metrics.IoU({ numClasses: 3, targetClassIds: [0, 1], sparseYPred: false }),
      new g.metrics.MeanIoU({ numClasses: 3, sparseYPred: false }),
      new g.metrics.SparseCategoricalAccuracy(),
      new g.metrics.SparseCategoricalCrossentropy(),
      new g.metrics.SparseTopKCategoricalAccuracy({ k: 2 }),
    ],
  ],
  'numbers as targets': [
    'sigmoid',
    spread,
    () => [
      new g.metrics.ConcordanceCorrelation(),
      new g.metrics.CosineSimilarity(),
      new g.metrics.Hinge(),
      new g.metrics.KLDivergence(),
      new g.metrics.LogCoshError(),
      new g.metrics.MeanAbsoluteError(),
      new g.metrics.MeanAbsolutePercentageError(),
      new g.metrics.MeanSquaredError(),
      new g.metrics.MeanSquaredLogarithmicError(),
      new g.metrics.PearsonCorrelation(),
      new g.metrics.Poisson(),
      new g.metrics.R2Score(),
      new g.metrics.RootMeanSquaredError(),
      new g.metrics.SquaredHinge(),
    ],
  ],
});

export function families({ train, net, dense, plain, given, classes, weights, spread, classify }) {
  const oneHot = g.toCategorical(classes, 3);
  const end = () => dense(3, { activation: 'softmax' });
  /** Two branches of the same input, joined. */
  const joined = (join) => {
    const input = new g.Input({ shape: [4] });
    const merged = join.apply([dense(3).apply(input), dense(3).apply(input)]);
    return new g.Model({ inputs: input, outputs: end().apply(merged) });
  };
  return {
    async metrics() {
      const made = [];
      for (const [name, [activation, y, make]] of Object.entries(metricTables({ oneHot, classes, spread }))) {
        made.push(...make());
        const loss = y === classes ? 'sparse_categorical_crossentropy' : 'mse';
        const compile = { optimizer: 'sgd', loss, metrics: make() };
        await train(`metrics, ${name}`, net(dense(6), dense(3, { activation })), y, { compile });
        const weighted = { optimizer: 'sgd', loss, weightedMetrics: make() };
        const fit = { sampleWeight: weights };
        await train(`weighted metrics, ${name}`, net(dense(3, { activation })), y, { compile: weighted, fit });
      }
      cover(g.metrics, g.Metric, made, VALUES_ONLY);
    },
    async graphs() {
      const normal = new g.Normalization();
      normal.adapt(given);
      const indices = new g.Tensor(
        given.data.map((_, i) => (i * 3) % 10),
        given.shape,
      );
      const nets = {
        Activation: () => net(dense(6), new g.Activation({ activation: 'gelu' }), end()),
        ELU: () => net(dense(6), new g.ELU(), end()),
        LeakyReLU: () => net(dense(6), new g.LeakyReLU(), end()),
        ReLU: () => net(dense(6), new g.ReLU(), end()),
        Softmax: () => net(dense(6), new g.Softmax(), end()),
        Identity: () => net(dense(6), new g.layers.Identity(), end()),
        GroupNormalization: () => net(dense(6), new g.GroupNormalization({ groups: 2 }), end()),
        RMSNormalization: () => net(dense(6), new g.RMSNormalization(), end()),
        UnitNormalization: () => net(dense(6), new g.UnitNormalization(), end()),
        Normalization: () => net(normal, end()),
        Rescaling: () => net(new g.Rescaling({ scale: 0.5, offset: 1 }), end()),
        Discretization: () => net(new g.Discretization({ binBoundaries: [-0.5, 0, 0.5] }), end()),
        'Reshape, Permute, Flatten': () =>
          net(
            dense(6),
            new g.Reshape({ targetShape: [2, 3] }),
            new g.Permute({ dims: [2, 1] }),
            new g.Flatten(),
            end(),
          ),
        RepeatVector: () => net(dense(3), new g.RepeatVector({ n: 2 }), new g.Flatten(), end()),
        Lambda: () => net(dense(6), new g.Lambda({ forward: (x) => x, backward: (_, gradient) => gradient }), end()),
        Add: () => joined(new g.Add()),
        Average: () => joined(new g.Average()),
        Concatenate: () => joined(new g.Concatenate()),
        Dot: () => joined(new g.Dot({ axes: 1 })),
        Maximum: () => joined(new g.Maximum()),
        Minimum: () => joined(new g.Minimum()),
        Multiply: () => joined(new g.Multiply()),
        Subtract: () => joined(new g.Subtract()),
      };
      for (const [name, make] of Object.entries(nets)) await train(name, make(), classes);
      const encoded = net(new g.CategoryEncoding({ numTokens: 10 }), end());
      await train('CategoryEncoding', encoded, classes, { data: indices });
    },
    async otherLosses() {
      const optimizer = () => new g.SGD({ learningRate: 0.01 });
      const circle = () => net(dense(3), new g.UnitNormalization());
      const table = {
        Circle: [circle, classes, new g.losses.Circle({ gamma: 2 })],
        GaussianNLL: [() => net(dense(6, { activation: 'sigmoid' })), spread, new g.losses.GaussianNLL()],
        CategoricalGeneralizedCrossEntropy: [plain, classes, new g.losses.CategoricalGeneralizedCrossEntropy()],
      };
      for (const [name, [make, y, loss]] of Object.entries(table)) {
        await train(`loss ${name}`, make(), y, { compile: { optimizer: optimizer(), loss } });
        const fit = { sampleWeight: weights };
        await train(`weighted loss ${name}`, make(), y, { compile: { optimizer: optimizer(), loss }, fit });
      }
      for (const reduction of ['sum', 'mean', 'mean_with_sample_weight']) {
        const loss = new g.losses.CategoricalCrossentropy({ reduction, labelSmoothing: 0.1 });
        const fit = { sampleWeight: weights };
        await train(`reduction ${reduction}`, plain(), oneHot, { compile: { optimizer: optimizer(), loss }, fit });
      }
    },
    async pieces() {
      const schedules = [
        new g.CosineDecay({ initialLearningRate: 0.1, decaySteps: 20 }),
        new g.CosineDecayRestarts({ initialLearningRate: 0.1, firstDecaySteps: 5 }),
        new g.ExponentialDecay({ initialLearningRate: 0.1, decaySteps: 5, decayRate: 0.5 }),
        new g.InverseTimeDecay({ initialLearningRate: 0.1, decaySteps: 5, decayRate: 0.5 }),
        new g.PiecewiseConstantDecay({ boundaries: [3, 6], values: [0.1, 0.05, 0.01] }),
        new g.PolynomialDecay({ initialLearningRate: 0.1, decaySteps: 8 }),
      ];
      cover(g.schedules, g.LearningRateSchedule, schedules);
      for (const learningRate of schedules) {
        const compile = { ...classify, optimizer: new g.SGD({ learningRate }) };
        await train(`schedule ${learningRate.constructor.name}`, plain(), classes, { compile });
      }
      const makeable = (family, base) =>
        Object.values(family).filter((type) => typeof type === 'function' && type.prototype instanceof base);
      for (const [option, types] of [
        ['kernelRegularizer', makeable(g.regularizers, g.Regularizer)],
        ['biasRegularizer', makeable(g.regularizers, g.Regularizer).filter((type) => !/Orthogonal/.test(type.name))],
        ['kernelConstraint', makeable(g.constraints, g.Constraint)],
        ['kernelInitializer', makeable(g.initializers, g.Initializer)],
      ]) {
        for (const type of types) {
          const model = net(dense(6, { [option]: new type() }), end());
          await train(`${option} ${type.name}`, model, classes, { fit: { epochs: 2 } });
        }
      }
    },
  };
}
