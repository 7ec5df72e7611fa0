// Files of models within models, as versions of Keras wrote them.

import { type Age, chained, D1, D2, denseLayer, graphOf, layer, node, v2, variables } from './files_ages.cases';
import { archiveBytes } from './helpers/keras_writer';
import { RELU } from './oracle/files_ages';

/** The first layer in a model of its own, within another one. */
const nested = (class_name: string) => {
  const inner = {
    ...graphOf(class_name, chained.slice(0, 2), {
      input_layers: [['input_1', 0, 0]],
      output_layers: [['dense_1', 0, 0]],
    }),
    ...{ name: 'encoder', inbound_nodes: node('x') },
  };
  const outer = { ...chained[0], name: 'x', config: { ...chained[0]?.config, name: 'x' } };
  const head = { ...chained[2], inbound_nodes: [[['encoder', 1, 0, {}]]] };
  return graphOf(class_name, [outer, { ...inner, config: { ...inner.config, name: 'encoder' } }, head] as never, {
    input_layers: [['x', 0, 0]],
    output_layers: [['dense_2', 0, 0]],
  });
};
const nestedChain = {
  class_name: 'Sequential',
  config: {
    name: 'outer',
    layers: [
      layer('Sequential', {
        name: 'encoder',
        layers: [denseLayer('dense_1', 4, 'relu', { batch_input_shape: [null, 3] })],
      }),
      denseLayer('dense_2', 2, 'softmax'),
    ],
  },
};
/** The weights of a model within stand with it. */
const HELD = [['encoder', D1[1]], D2] as const;
const before = '_layer_checkpoint_dependencies';

export const NESTED: readonly Age[] = [
  {
    what: 'Keras 2.2: a model within a model',
    file: () => v2('2.2.4', nested('Model'), { layers: HELD }),
    ...{ predicts: RELU, optimizer: null },
  },
  {
    what: 'Keras 2.4: a Sequential within a Sequential',
    file: () => v2('2.4.0', nestedChain, { layers: HELD }),
    ...{ predicts: RELU, optimizer: null },
  },
  ...[`${before}/functional/${before}/dense`, `${before}/functional/layers/dense`].map((first) => ({
    what: `Keras 2.12 to 2.15: a model within a model, at ${first}`,
    file: () =>
      archiveBytes({
        ...{ version: '2.12.0', config: nested('Functional'), variables: variables(first, `${before}/dense`) },
      }),
    ...{ predicts: RELU, optimizer: null },
  })),
  {
    what: 'Keras 3: a model within a model',
    file: () =>
      archiveBytes({
        ...{ version: '3.5.0', config: nested('Functional') },
        variables: variables('layers/functional/layers/dense', 'layers/dense'),
      }),
    ...{ predicts: RELU, optimizer: null },
  },
];
