// Files of models whose inputs are numbers of words, as versions of Keras wrote them.

import { type Age, D2, denseLayer, layer, v2 } from './files_ages.cases';
import { EMBEDDED, HOT, TABLE, WORDS } from './oracle/files_ages';

export const OF_WORDS: readonly Age[] = [
  {
    what: 'TensorFlow 2: an Embedding with input_length',
    file: () =>
      v2(
        '2.3.1',
        layer('Sequential', [
          layer('Embedding', {
            name: 'e',
            batch_input_shape: [null, 2],
            dtype: 'float32',
            input_dim: 3,
            output_dim: 2,
            input_length: 2,
            mask_zero: false,
          }),
          layer('Flatten', { name: 'f', data_format: 'channels_last' }),
          denseLayer('dense_2', 2, 'softmax'),
        ] as never),
        { layers: [['e', { 'e/embeddings:0': TABLE }], ['f', {}], D2] },
      ),
    ...{ predicts: EMBEDDED, x: WORDS, optimizer: null },
  },
  {
    what: 'TensorFlow 2.4: a CategoryEncoding called binary',
    file: () =>
      v2(
        '2.4.0',
        layer('Sequential', [
          layer('CategoryEncoding', {
            ...{ name: 'c', batch_input_shape: [null, 2], dtype: 'float32' },
            ...{ max_tokens: 4, output_mode: 'binary', sparse: false },
          }),
          denseLayer('dense_2', 2, 'softmax'),
        ] as never),
        { layers: [['c', {}], D2] },
      ),
    ...{ predicts: HOT, x: WORDS, optimizer: null },
  },
  ...[
    [
      [0.5, -1],
      [1, 0],
      [0.25, 2],
    ],
    { class_name: '__numpy__', config: { value: [[0.5], [1], [2]], dtype: 'float64' } },
  ].map((value) => ({
    what: `TensorFlow 2: vectors of words as the Constant of an Embedding, ${Array.isArray(value) ? 'a list' : 'of numpy'}`,
    file: () =>
      v2(
        '2.11.0',
        layer('Sequential', [
          layer('Embedding', {
            ...{ name: 'e', batch_input_shape: [null, 2], input_dim: 3, output_dim: 2, input_length: 2 },
            embeddings_initializer: layer('Constant', { value } as never),
            trainable: false,
          }),
          layer('Flatten', { name: 'f' }),
          denseLayer('dense_2', 2, 'softmax'),
        ] as never),
        { layers: [['e', { 'e/embeddings:0': TABLE }], ['f', {}], D2] },
      ),
    ...{ predicts: EMBEDDED, x: WORDS, optimizer: null },
  })),
  {
    what: 'TensorFlow 2: an Embedding whose length only the weights give',
    file: () =>
      v2(
        '2.3.1',
        layer('Sequential', [
          layer('Embedding', { name: 'e', input_dim: 3, output_dim: 2, input_length: null }),
          layer('Flatten', { name: 'f' }),
          denseLayer('dense_2', 2, 'softmax'),
        ] as never),
        { layers: [['e', { 'e/embeddings:0': TABLE }], ['f', {}], D2] },
      ),
    ...{ predicts: EMBEDDED, x: WORDS, optimizer: null },
  },
];
