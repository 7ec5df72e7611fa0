import { inspect } from 'node:util';
import * as gemsbok from 'gemsbok';
import {
  Adam,
  CosineDecay,
  Dense,
  dataset,
  EarlyStopping,
  GlorotUniform,
  Huber,
  Input,
  Loss,
  Model,
  metrics,
  Sequential,
  SGD,
} from 'gemsbok';
import t from 'tap';
import { classifier, QUIET, x, y } from './models.cases';

const dense = (): Dense => new Dense({ name: 'one', units: 3, kernelInitializer: new GlorotUniform({ seed: 1 }) });

class Nameless extends Loss {
  override getConfig(): never {
    throw new Error('none');
  }
}

t.test('the console shows what an object is', async (t) => {
  const net = new Sequential([new Input({ shape: [1000] }), dense(), new Dense({ name: 'two', units: 1 })], {
    name: 'net',
  });
  const input = new Input({ shape: [2], name: 'in' });
  const graph = new Model({ inputs: input, outputs: new Dense({ name: 'out', units: 1 }).apply(input), name: 'graph' });
  const rows: readonly (readonly [unknown, string | RegExp])[] = [
    [
      net,
      "Sequential 'net' (2 layers, 3,007 parameters)\n  one (Dense)  (None, 3)  3,003\n  two (Dense)  (None, 1)      4",
    ],
    [graph, "Model 'graph' (2 layers, 3 parameters)\n  in (InputLayer)  (None, 2)  0\n  out (Dense)      (None, 1)  3"],
    [new Sequential([], { name: 'none' }), "Sequential 'none' (0 layers, 0 parameters)"],
    [
      new Sequential([new Dense({ name: 'later', units: 1 })], { name: 'net' }),
      "Sequential 'net' (1 layer, 0 parameters)\n  later (Dense)  ?  0 (unbuilt)",
    ],
    [new Huber({ delta: 2 }), "Huber { name: 'huber_loss', reduction: 'sum_over_batch_size', delta: 2 }"],
    [new Nameless(), 'Nameless'],
    [
      new SGD({ learningRate: new CosineDecay({ initialLearningRate: 0.1, decaySteps: 9 }) }),
      /^SGD \{\s+name: 'sgd',\s+learningRate: CosineDecay \{\s+initialLearningRate: 0\.1,\s+decaySteps: 9,/,
    ],
    [new Adam({ learningRate: () => 0.1 }), /^Adam/],
    [new metrics.Mean({ name: 'm' }), "Mean { name: 'm', dtype: 'float32' }"],
    [new GlorotUniform(), 'GlorotUniform'],
    [new gemsbok.L2(), 'L2 { l2: 0.01 }'],
    [dataset({ x: [[1, 2]], y: [1] }), 'ArrayDataset { rows: 1, x: [ 1, 2 ] }'],
    [dataset([[[1, 2], 1]]).batch(2), 'Dataset { isBatched: true }'],
    [input.output, 'SymbolicTensor [ null, 2 ]'],
    [
      dense(),
      /^Dense \{\s+name: 'one',.* units: 3,.* useBias: true,\s+kernelInitializer: GlorotUniform \{ seed: 1 \},/s,
    ],
    [net.layers[0], /outputShape: \[ null, 3 \]\s+\}$/],
  ];
  for (const [object, text] of rows) {
    const shown = inspect(object, { breakLength: 120 });
    if (typeof text === 'string') t.equal(shown, text);
    else t.match(shown, text);
  }
  t.equal(inspect({ net }).split('\n').length, 5, 'within an object');
});

t.test('a long model is short in the console', async (t) => {
  const deep = new Sequential(Array.from({ length: 500 }, () => new Dense({ units: 1 })));
  deep.build([null, 1]);
  const lines = inspect(deep).split('\n');
  t.match(lines[0], /\(500 layers, 1,000 parameters\)$/);
  t.equal(lines.at(-1), '  ... 476 more layers');
  t.equal(lines.length, 26);
});

t.test('a history shows its values, whatever ran', async (t) => {
  const history = await classifier().fit(x, y, { ...QUIET, callbacks: new EarlyStopping({ monitor: 'loss' }) });
  const { epoch, history: values } = history;
  t.equal(inspect(history), `History ${inspect({ epoch, history: values })}`);
});

t.test('no class of the library shows what is private', async (t) => {
  let shown = 0;
  for (const [name, Class] of Object.entries(gemsbok)) {
    if (typeof Class !== 'function' || !/^[A-Z]/.test(name) || name.endsWith('Error')) continue;
    let made: object;
    try {
      made = new (Class as new () => object)();
    } catch {
      continue;
    }
    const text = inspect(made);
    t.notMatch(text, /Symbol\(|_[a-z]+:|class_name/, name);
    t.ok(text.length < 1200, `${name}: ${text.length} letters`);
    shown++;
  }
  t.ok(shown > 100, `${shown} classes`);
});
