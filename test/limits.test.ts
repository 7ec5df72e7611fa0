import {
  Activation,
  Add,
  Dense,
  Input,
  jsonText,
  Model,
  readNpy,
  Sequential,
  type SymbolicTensor,
  tensor,
} from 'gemsbok';
import t from 'tap';
import { npyFile } from './readers.cases';

const LAYERS = 10_000;

function nested(levels: number): unknown {
  let value: unknown = [];
  for (let i = 1; i < levels; i++) value = [value];
  return value;
}

function endless(): unknown {
  const list: unknown[] = [];
  list.push({ list });
  return list;
}

const activation = (i: number) => ({ class_name: 'Activation', config: { name: `a${i}`, activation: 'relu' } });
const activations = (count: number) => Array.from({ length: count }, (_, i) => activation(i));
const ones = (axes: number): number[] => Array.from({ length: axes }, () => 1);
const numbers = (axes: number) => npyFile("'|u1'", false, `(${'1,'.repeat(axes)})`, Uint8Array.of(7), 2);

/** What is one above a limit, and the limit as the refusal names it; what is just at it passes. */
const LIMITS: readonly (readonly [what: string, limit: string, make: (above: 0 | 1) => unknown])[] = [
  ['a shape of a tensor', '64 axes', (above) => tensor(new Uint8Array(1), { shape: ones(64 + above) })],
  ['a shape of an Input', '64 axes', (above) => new Input({ shape: ones(64 + above) })],
  ['a name of a layer', '1024 characters', (above) => new Dense({ units: 1, name: 'n'.repeat(1024 + above) })],
  ['a name of a model', '1024 characters', (above) => new Sequential([], { name: 'n'.repeat(1024 + above) })],
  ['layers of a Sequential', '10000 layers', (above) => Sequential.fromConfig({ layers: activations(LAYERS + above) })],
  ['layers of a Model', '10000 layers', (above) => chain(LAYERS - 1 + above)],
  [
    'inputs of a layer',
    '1024 inputs',
    (above) =>
      sum(1024 + above)
        .predictSync([[1]])
        .item(),
  ],
  ['levels of a text', '100 levels', (above) => jsonText(nested(100 + above))],
];

function chain(count: number): Model {
  const input = new Input({ shape: [1] });
  let last: SymbolicTensor = input.output;
  for (let i = 0; i < count; i++) last = new Activation({ activation: 'relu' }).apply(last);
  return new Model({ inputs: input, outputs: last });
}

function sum(count: number) {
  const input = new Input({ shape: [1] });
  return new Model({ inputs: input, outputs: new Add().apply(Array.from({ length: count }, () => input)) });
}

t.test('limits', async (t) => {
  for (const [what, limit, make] of LIMITS) {
    t.doesNotThrow(() => make(0), `${what}: just at it`);
    t.throws(() => make(1), { code: 'ERR_UNSUPPORTED', message: new RegExp(`at most ${limit}`) }, what);
  }
  t.equal((await readNpy(numbers(64))).shape.length, 64);
  await t.rejects(readNpy(numbers(65)), { code: 'ERR_CORRUPT_FILE', message: /at most 64 axes/ });
  await t.rejects(readNpy(numbers(40_000)), { code: 'ERR_UNSUPPORTED', message: /at most 65536 bytes/ });
});

t.test('configs that are deep, or have no end', async (t) => {
  for (const wrong of [nested(100_000), endless()]) {
    t.throws(() => jsonText(wrong), { code: 'ERR_UNSUPPORTED', message: /100 levels/ });
    const layers = [{ class_name: 'Dense', config: { units: 1, extra: wrong } }];
    t.throws(() => Sequential.fromConfig({ layers }), { code: 'ERR_UNSUPPORTED' });
    t.throws(() => Model.fromConfig({ layers, input_layers: wrong }), { code: 'ERR_UNSUPPORTED' });
  }
  const wide: unknown[] = [];
  for (let i = 0; i < 3000; i++) wide.push(wide);
  t.throws(() => jsonText(wide), { code: 'ERR_UNSUPPORTED', message: /4000000 values/ });
  for (const wrong of [undefined, 1n, () => 1]) t.throws(() => jsonText(wrong), { code: 'ERR_INVALID_ARG' });
});

/** Elements that are looked at in lists and maps meanwhile. */
function workOf(run: () => void): number {
  let work = 0;
  const lists = ['includes', 'indexOf', 'find', 'findIndex', 'some', 'every', 'map', 'filter', 'flatMap'] as const;
  const list = Array.prototype as unknown as Record<PropertyKey, (...args: unknown[]) => unknown>;
  const before = [...lists, Symbol.iterator].map((name) => [name, list[name]] as const);
  for (const [name, own] of before) {
    list[name] = function (this: unknown[], ...args: unknown[]) {
      work += this.length;
      return own?.apply(this, args);
    };
  }
  const { get } = Map.prototype;
  Map.prototype.get = function (key) {
    work++;
    return get.call(this, key);
  };
  try {
    run();
  } finally {
    for (const [name, own] of before) if (own !== undefined) list[name] = own;
    Map.prototype.get = get;
  }
  return work;
}

/** Graphs of many layers, one of each kind. */
const GRAPHS: Readonly<Record<string, (input: SymbolicTensor, count: number) => SymbolicTensor>> = {
  chain: (input, count) => {
    let last = input;
    for (let i = 0; i < count; i++) last = new Activation({ activation: 'relu' }).apply(last);
    return last;
  },
  'a layer that is used again': (input, count) => {
    const layer = new Dense({ units: 1 });
    let last = input;
    for (let i = 0; i < count; i++) last = layer.apply(last);
    return last;
  },
  'a merge of many': (input, count) =>
    new Add().apply(Array.from({ length: count }, () => new Activation({ activation: 'relu' }).apply(input))),
  'merges of one with itself': (input, count) => {
    let last = input;
    for (let i = 0; i < count; i++) last = new Add().apply([last, last]);
    return last;
  },
};

t.test('the work of making a model grows as its layers do', async (t) => {
  const modelOf = (what: string, count: number): Model => {
    const input = new Input({ shape: [1] });
    return new Model({ inputs: input, outputs: GRAPHS[what]?.(input.output, count) ?? input.output });
  };
  const steps: Readonly<Record<string, (what: string, count: number) => () => unknown>> = {
    make: (what, count) => () => modelOf(what, count),
    write: (what, count) => {
      const model = modelOf(what, count);
      return () => model.getConfig();
    },
    read: (what, count) => {
      const config = modelOf(what, count).getConfig();
      return () => Model.fromConfig(config);
    },
    'read in reverse': (what, count) => {
      const config = modelOf(what, count).getConfig();
      return () => Model.fromConfig({ ...config, layers: (config.layers as unknown[]).toReversed() });
    },
    summary: (what, count) => {
      const model = modelOf(what, count);
      return () => model.summary({ print: () => {} });
    },
  };
  for (const what of Object.keys(GRAPHS)) {
    for (const [step, prepare] of Object.entries(steps)) {
      const [small, large] = [500, 1000].map((count) => workOf(prepare(what, count)));
      t.ok((large ?? 0) < 2.2 * (small ?? 0), `${what}, ${step}: ${small} for 500, ${large} for 1000`);
    }
  }
  const sequential = (count: number) => workOf(() => Sequential.fromConfig({ layers: activations(count) }));
  t.ok(sequential(1000) < 2.2 * sequential(500), 'a Sequential');
});

t.test('layers in any order are the same graph', async (t) => {
  const config = chain(50).getConfig();
  const reversed = Model.fromConfig({ ...config, layers: (config.layers as unknown[]).toReversed() });
  t.strictSame(reversed.getConfig(), config);
});
