// Files as versions of Keras wrote them, each with what its model must predict.

import { archiveBytes, legacyBytes } from './helpers/keras_writer';
import {
  B0,
  B1,
  BETA,
  type Fields,
  GAMMA,
  K0,
  K1,
  LEAKY,
  type Matrix,
  MEAN,
  NORMAL,
  RELU,
  VARIANCE,
} from './oracle/files_ages';

const scaling = {
  class_name: 'VarianceScaling',
  config: { scale: 1, mode: 'fan_avg', distribution: 'uniform', seed: null },
};
const typed = (name: string, config: Fields = {}) => ({ class_name: name, config: { ...config, dtype: 'float32' } });
export const layer = (class_name: string, config: Fields) => ({ class_name, config });
export const denseLayer = (name: string, units: number, activation: unknown, more: Fields = {}) =>
  layer('Dense', { name, trainable: true, units, activation, use_bias: true, ...more });
const old = {
  kernel_initializer: scaling,
  bias_initializer: { class_name: 'Zeros', config: {} },
  bias_constraint: null,
};
const l2 = { class_name: 'L1L2', config: { l1: 0, l2: 0.009999999776482582 } };
const tf1 = {
  dtype: 'float32',
  kernel_initializer: typed('GlorotUniform', { seed: null }),
  bias_initializer: typed('Zeros'),
  kernel_regularizer: typed('L1L2', { l1: 0, l2: 0.01 }),
  kernel_constraint: { class_name: 'MaxNorm', config: { max_value: 9, axis: 0, dtype: 'float32' } },
};
const input = { batch_input_shape: [null, 3], dtype: 'float32' };
const pair = (name: string, kernel: Matrix, bias: readonly number[]) =>
  [name, { [`${name}/kernel:0`]: kernel, [`${name}/bias:0`]: bias }] as const;
export const [D1, D2] = [pair('dense_1', K0, B0), pair('dense_2', K1, B1)];
const KERNELS = [D1, D2] as const;
const adam = (config: Fields) => ({ class_name: 'Adam', config: { beta_1: 0.9, beta_2: 0.999, ...config } });
const training = (optimizer: unknown, loss: unknown, more: Fields = {}) => ({
  ...{ optimizer_config: optimizer, loss, metrics: ['accuracy'], sample_weight_mode: null, loss_weights: null },
  ...more,
});
export const node = (...from: string[]) => [from.map((name) => [name, 0, 0, {}])];
export const graphOf = (class_name: string, layers: readonly (Fields & { config: Fields })[], ends: Fields) => ({
  class_name,
  config: { name: 'model_1', layers: layers.map((one) => ({ name: one.config.name, ...one })), ...ends },
});

/** A number as numpy has it. */
const numpy = (value: number) => ({ class_name: '__numpy__', config: { value, dtype: 'float32' } });

/** A layer of Keras 3. */
const now = (class_name: string, config: Fields) => ({
  module: 'keras.layers',
  class_name,
  config: {
    trainable: true,
    dtype: { module: 'keras', class_name: 'DTypePolicy', config: { name: 'float32' } },
    ...config,
  },
  registered_name: null,
});
const nowDense = (name: string, units: number, activation: unknown) => now('Dense', { name, units, activation });
const sequential = (layers: readonly unknown[], more: Fields = {}) => ({
  ...{ module: 'keras', class_name: 'Sequential', config: { name: 'sequential', layers }, registered_name: null },
  ...more,
});
const inputLayer = (more: Fields = {}) => layer('InputLayer', { batch_shape: [null, 3], name: 'in', ...more });
const seeded = {
  module: 'keras.initializers',
  class_name: 'GlorotUniform',
  config: { seed: { module: 'keras.random', class_name: 'SeedGenerator', config: { seed: 3 } } },
};
const TWO = [
  now('Dense', { name: 'dense', units: 4, activation: 'relu', kernel_initializer: seeded }),
  nowDense('dense_1', 2, 'softmax'),
] as const;
export const variables = (first: string, second: string) => ({
  ...{ [`${first}/vars/0`]: K0, [`${first}/vars/1`]: B0 },
  ...{ [`${second}/vars/0`]: K1, [`${second}/vars/1`]: B1 },
});
const compiled = (optimizer: Fields, loss: unknown) => ({ optimizer, loss, metrics: ['accuracy'], loss_weights: null });
const leakyLayer = { class_name: 'LeakyReLU', config: { name: 'leaky_re_lu', trainable: true, negative_slope: 0.2 } };

export interface Age {
  readonly what: string;
  readonly file: () => Promise<Uint8Array>;
  readonly predicts: Matrix;
  readonly x?: Matrix;
  /** The optimizer that it is compiled with; null where it is not. */
  readonly optimizer: string | null;
  readonly rate?: number;
  /** Its name today. */
  readonly loss?: string;
}

const bare = [
  denseLayer('dense_1', 4, 'relu', { batch_input_shape: [null, 3], dtype: 'float32', ...old, kernel_regularizer: l2 }),
  layer('Dropout', { name: 'dropout_1', rate: 0.5, noise_shape: null, seed: null }),
  denseLayer('dense_2', 2, 'softmax', old),
];
const nadam = { class_name: 'Nadam', config: { lr: 0.002, epsilon: 1e-8, schedule_decay: 0.004 } };

const chain = [
  layer('InputLayer', { name: 'input_1', batch_input_shape: [null, 3], dtype: 'float32', sparse: false }),
  denseLayer('dense_1', 4, 'relu'),
  denseLayer('dense_2', 2, 'softmax'),
];
export const chained = [
  { ...chain[0], inbound_nodes: [] },
  { ...chain[1], inbound_nodes: node('input_1') },
  { ...chain[2], inbound_nodes: node('dense_1') },
] as readonly (Fields & { config: Fields })[];
export const GRAPH = graphOf('Model', chained, {
  input_layers: [['input_1', 0, 0]],
  output_layers: [['dense_2', 0, 0]],
});
export const BARE = { class_name: 'Sequential', config: bare, keras_version: '2.1.6', backend: 'tensorflow' };

export const v2 = (version: string, model: unknown, more: Fields = {}) =>
  legacyBytes({ version, model, layers: [...KERNELS], ...more } as never);

export const AGES: readonly Age[] = [
  {
    what: 'Keras 2.1: a bare list, Nadam with schedule_decay, the old name of a loss',
    file: () =>
      v2('2.1.6', BARE, {
        training: training(nadam, 'kullback_leibler_divergence'),
        layers: [D1, ['dropout_1', {}], D2],
        most: 2,
      }),
    ...{ predicts: RELU, optimizer: 'Nadam', rate: 0.002, loss: 'kl_divergence' },
  },
  {
    what: 'Keras 2.2: a graph called Model',
    file: () =>
      v2('2.2.4', GRAPH, {
        training: training(adam({ lr: 0.0010000000474974513, epsilon: null, decay: 0 }), 'logcosh'),
      }),
    ...{ predicts: RELU, optimizer: 'Adam', rate: 0.001, loss: 'log_cosh' },
  },
  {
    what: 'TensorFlow 1: dtype within, BatchNormalizationV1, alpha',
    file: () => {
      const layers = [
        denseLayer('dense_1', 4, 'linear', { ...input, ...tf1 }),
        layer('BatchNormalizationV1', {
          name: 'bn',
          axis: [1],
          momentum: 0.99,
          epsilon: 0.001,
          gamma_initializer: typed('Ones'),
        }),
        denseLayer('dense_2', 2, 'softmax_v2', tf1),
      ];
      const normal = {
        'bn/gamma:0': GAMMA,
        'bn/beta:0': BETA,
        'bn/moving_mean:0': MEAN,
        'bn/moving_variance:0': VARIANCE,
      };
      return v2('2.2.4-tf', layer('Sequential', { name: 's', layers }), {
        training: training(layer('SGD', { lr: 0.01, momentum: 0, nesterov: false, decay: 0 }), 'cosine_proximity', {
          metrics: ['cosine_proximity', 'logcosh', 'log_cosh', 'kullback_leibler_divergence', 'kld', 'KLD'],
        }),
        layers: [D1, ['bn', normal], D2],
      });
    },
    ...{ predicts: NORMAL, optimizer: 'SGD', rate: 0.01, loss: 'cosine_similarity' },
  },
  {
    what: 'TensorFlow 2.0: no shape but that of the weights',
    file: () =>
      v2(
        '2.2.4-tf',
        layer('Sequential', {
          name: 's',
          layers: [denseLayer('dense_1', 4, 'relu'), denseLayer('dense_2', 2, 'softmax')],
        }),
      ),
    ...{ predicts: RELU, optimizer: null },
  },
  {
    what: 'TensorFlow 2.3: build_input_shape without an InputLayer, wrapped metrics',
    file: () =>
      v2(
        '2.4.0',
        layer('Sequential', {
          ...{ name: 's', layers: [denseLayer('dense_1', 4, 'relu'), denseLayer('dense_2', 2, 'softmax')] },
          build_input_shape: { class_name: 'TensorShape', items: [null, 3] },
        }),
        {
          training: training(
            layer('Adam', {
              name: 'Adam',
              learning_rate: 0.0010000000474974513,
              decay: 0,
              epsilon: 1e-7,
              amsgrad: false,
            }),
            layer('CategoricalCrossentropy', {
              reduction: 'auto',
              name: 'categorical_crossentropy',
              from_logits: false,
              label_smoothing: 0,
            }),
            {
              metrics: [
                [layer('MeanMetricWrapper', { name: 'accuracy', dtype: 'float32', fn: 'categorical_accuracy' })],
              ],
            },
          ),
        },
      ),
    ...{ predicts: RELU, optimizer: 'Adam', rate: 0.001 },
  },
  {
    what: 'Keras 2.12 on Windows: backslashes, layers counted twice, optimizers in a package',
    file: () =>
      archiveBytes({
        version: '2.12.0',
        config: sequential(
          [layer('InputLayer', { batch_input_shape: [null, 3], dtype: 'float32', name: 'dense_input' }), ...TWO],
          {
            compile_config: compiled(
              {
                module: 'keras.optimizers',
                ...adam({
                  learning_rate: numpy(0.0010000000474974513),
                  jit_compile: false,
                  is_legacy_optimizer: false,
                }),
                registered_name: 'Custom>Adam',
              },
              'mse',
            ),
          },
        ),
        variables: variables('_layer_checkpoint_dependencies\\dense', '_layer_checkpoint_dependencies\\dense_2'),
      }),
    ...{ predicts: RELU, optimizer: 'Adam', rate: 0.001 },
  },
  {
    what: 'Keras 2.13: layers counted twice',
    file: () =>
      archiveBytes({
        ...{ version: '2.13.1', config: sequential(TWO, { build_config: { input_shape: [null, 3] } }) },
        variables: variables('layers/dense', 'layers/dense_2'),
      }),
    ...{ predicts: RELU, optimizer: null },
  },
  {
    what: 'variables by their names; nothing compiled',
    file: () =>
      archiveBytes({
        ...{ version: '3.0.0', config: sequential([inputLayer(), ...TWO], { compile_config: {} }) },
        variables: {
          ...{ 'layers/dense/vars/kernel': K0, 'layers/dense/vars/bias': B0 },
          ...{ 'layers/dense_1/vars/bias': B1, 'layers/dense_1/vars/kernel': K1 },
        },
      }),
    ...{ predicts: RELU, optimizer: null },
  },
  {
    what: 'Keras 3: no shape but that of the weights',
    file: () =>
      archiveBytes({
        ...{ version: '3.1.0', config: sequential(TWO, { build_config: {}, compile_config: [] }) },
        variables: variables('layers/dense', 'layers/dense_1'),
      }),
    ...{ predicts: RELU, optimizer: null },
  },
  {
    what: 'Keras 3: integers in, a layer as activation, outputs in a list',
    file: () => {
      const tensor = (name: string) => ({
        class_name: '__keras_tensor__',
        config: { shape: [null, 3], dtype: 'int32', keras_history: [name, 0, 0] },
      });
      const nodes = (name: string) => [{ args: [tensor(name)], kwargs: {} }];
      const layers = [
        { ...inputLayer({ dtype: 'int64' }), name: 'in', inbound_nodes: [] },
        {
          ...nowDense('dense', 4, { module: 'keras.layers', ...leakyLayer, registered_name: null }),
          name: 'dense',
          inbound_nodes: nodes('in'),
        },
        { ...nowDense('dense_1', 2, 'softmax'), name: 'dense_1', inbound_nodes: nodes('dense') },
      ];
      const ends = { input_layers: [['in', 0, 0]], output_layers: [['dense_1', 0, 0]] };
      const config = {
        module: 'keras',
        class_name: 'Functional',
        config: { name: 'f', layers, ...ends },
        registered_name: 'Functional',
      };
      return archiveBytes({ version: '3.5.0', config, variables: variables('layers/dense', 'layers/dense_1') });
    },
    ...{ predicts: LEAKY, optimizer: null },
  },
];
