import {
  Add,
  Dense,
  Dropout,
  Embedding,
  Flatten,
  Input,
  Lambda,
  Loss,
  Masking,
  Model,
  Sequential,
  Tensor,
} from 'gemsbok';
import { x, y } from './models.cases';

export const dense = (name: string) => new Dense({ units: 4, activation: 'relu', name });
export const last = (name: string) => new Dense({ units: 3, activation: 'softmax', name });

/** Models of all forms, with data, and the layers that have something to tell. */
export const FORMS: Readonly<Record<string, () => readonly [Model | Sequential, unknown, unknown, readonly string[]]>> =
  {
    'a model within the model, and layers that change nothing': () => {
      const base = new Sequential([new Input({ shape: [6] }), dense('inner'), new Flatten({ name: 'flat' })], {
        name: 'base',
      });
      return [
        new Sequential([base, new Dropout({ rate: 0.1, name: 'drop' }), last('last')]),
        x,
        y,
        ['base/inner', 'drop', 'last'],
      ];
    },
    'several inputs and outputs, and a layer that is used twice': () => {
      const [a, b] = [new Input({ shape: [6], name: 'a' }), new Input({ shape: [6], name: 'b' })];
      const shared = dense('shared');
      const sum = new Add({ name: 'sum' }).apply([shared.apply(a), shared.apply(b)]);
      const outputs = [last('p').apply(sum), last('q').apply(sum)];
      const model = new Model({ inputs: [a, b], outputs });
      return [model as unknown as Model, [x, x], [y, y], ['shared', 'sum', 'p', 'q']];
    },
    'a model that computes nothing': () => {
      return [new Sequential([new Input({ shape: [6] }), new Flatten()]), x, y, []];
    },
    'indices and masks': () => {
      const model = new Sequential([
        new Input({ shape: [6] }),
        new Embedding({ inputDim: 5, outputDim: 3, maskZero: true, name: 'words' }),
        dense('steps'),
        new Flatten({ name: 'flat' }),
        last('last'),
      ]);
      return [
        model,
        { data: Int32Array.from({ length: 300 }, (_, i) => i % 5), shape: [50, 6] },
        y,
        ['words', 'steps', 'last'],
      ];
    },
    'a mask of its own': () => {
      const steps = { data: x.data, shape: [50, 3, 2] };
      const model = new Sequential([
        new Input({ shape: [3, 2] }),
        new Masking({ name: 'mask' }),
        dense('steps'),
        new Flatten(),
        last('last'),
      ]);
      return [model, steps, y, ['mask', 'steps', 'last']];
    },
    'a layer computed in JavaScript': () => {
      const twice = new Lambda({
        forward: ({ data, shape }) =>
          new Tensor(
            data.map((v) => 2 * v),
            shape,
          ),
        backward: (_, { data, shape }) => ({
          input: new Tensor(
            data.map((v) => 2 * v),
            shape,
          ),
        }),
        name: 'twice',
      });
      return [
        new Sequential([new Input({ shape: [6] }), dense('first'), twice, last('last')]),
        x,
        y,
        ['first', 'twice', 'last'],
      ];
    },
    'a frozen layer': () => {
      const still = dense('still');
      still.trainable = false;
      return [new Sequential([new Input({ shape: [6] }), still, last('last')]), x, y, ['still', 'last']];
    },
  };

/** A loss that is computed in JavaScript. */
export class Own extends Loss {
  constructor() {
    super({ name: 'own' });
  }

  override valueAndGradientOf(_: unknown, { data, shape }: Tensor) {
    return {
      value: new Tensor(new Float32Array(shape[0] ?? 0), [shape[0] ?? 0]),
      gradient: new Tensor(new Float32Array(data.length), shape),
    };
  }
}
