import { once } from 'node:events';
import { Dense, dataset, Input, type Layer, Model, Sequential, SGD, Tensor } from 'gemsbok';
import t from 'tap';
import { loadAddon } from './helpers/registries';
import { warningsOf } from './helpers/warnings';
import { QUIET } from './models.cases';

/** Data in native memory. */
type DataClass = new (
  ...args: never[]
) => {
  slice(from: number, to: number): object;
  read(column: number, from: number, to: number): ArrayLike<number>;
};

const stack = (shape: readonly number[], ...layers: Layer[]): Sequential =>
  new Sequential([new Input({ shape }), ...layers]);

t.test('a loss that is not finite is explained by the surest cause', async (t) => {
  const said = async (x: number[][], y: number[], learningRate = 0.01): Promise<string> => {
    const model = stack([2], new Dense({ units: 1 }));
    model.compile({ optimizer: new SGD({ learningRate }), loss: 'mse' });
    const [message = ''] = await warningsOf('GEMSBOK_NON_FINITE', () =>
      model.fit(x, y, { ...QUIET, epochs: 100, allowNonFinite: true }),
    );
    return message;
  };
  const x = Array.from({ length: 40 }, (_, i) => [i / 40, 1]);
  const y = x.map((_, i) => i % 2);
  const withAt = <T>(list: readonly T[], at: number, value: T): T[] => list.map((one, i) => (i === at ? value : one));
  t.match(await said(withAt(x, 33, [0, Number.NaN]), y), /cause is NaN in `x`, row 33, column 1,/);
  t.notMatch(await said(withAt(x, 33, [0, Number.NaN]), y), /learning rate/);
  t.match(await said(withAt(x, 0, [Number.NEGATIVE_INFINITY, 0]), y), /cause is -Infinity in `x`, row 0, column 0,/);
  t.match(await said(x, withAt(y, 21, Number.NaN)), /cause is NaN in `y`, row 21,/);
  t.match(
    await said(
      x,
      y.map((one) => 1e25 * one),
    ),
    /Likely causes: targets of a large scale \(up to 1\.00e\+25.*learning rate/,
  );
  const fast = await said(x, y, 1e20);
  t.match(fast, /learning rate that is too large \(1\.00e\+20\)/);
  t.notMatch(fast, /targets of a large scale/);
});

t.test(
  'a number of the data that is not finite is named with its place, whatever the data are and whoever reads them',
  async (t) => {
    const ROWS = 40;
    const x = Array.from({ length: ROWS }, (_, row) => [row / ROWS, 1]);
    const y = x.map((_, row) => [row % 2, 0, 1]);
    const fine = { x, y, sampleWeight: x.map(() => 1) };
    // Where it stands, and what the message says of it.
    const PLACES = {
      x: { row: 33, column: 1, place: 'row 33, column 1,' },
      y: { row: 21, column: 2, place: 'row 21, column 2,' },
      sampleWeight: { row: 38, column: 0, place: 'row 38,' },
    } as const;
    type Part = keyof typeof PLACES;
    const PARTS = Object.keys(PLACES) as Part[];
    const BATCH = 8;
    const spoilt = (part: Part, value: number): typeof fine => {
      const { row, column } = PLACES[part];
      const data = structuredClone(fine);
      if (part === 'sampleWeight') data.sampleWeight[row] = value;
      else (data[part][row] as number[])[column] = value;
      return data;
    };
    const streamOf = (data: typeof fine) =>
      dataset(
        () => x.map((_, row) => ({ x: data.x[row], y: data.y[row], sampleWeight: data.sampleWeight[row] })) as never,
      );
    const options = { ...QUIET, batchSize: BATCH };
    type Allow = { readonly allowNonFinite?: true };
    // Each takes what is spoilt; `name` is what the message calls its part, of a stream with the batch.
    const TRAINING: Record<string, { name: string; run: (m: Sequential, data: typeof fine, allow: Allow) => unknown }> =
      {
        fit: {
          name: '',
          run: (m, { x, y, sampleWeight }, allow) => m.fit(x, y, { ...options, ...allow, sampleWeight }),
        },
        'fit of kept data': { name: '', run: (m, data, allow) => m.fit(dataset(data), { ...options, ...allow }) },
        'fit of a stream': {
          name: 'data[].',
          run: (m, data, allow) => m.fit(streamOf(data), { ...options, ...allow }),
        },
        validation: {
          name: 'validationData.',
          run: (m, { x, y, sampleWeight }, allow) =>
            m.fit(fine.x, fine.y, { ...options, ...allow, validationData: [x, y, sampleWeight] }),
        },
        'validation with kept data': {
          name: 'validationData.',
          run: (m, data, allow) => m.fit(fine.x, fine.y, { ...options, ...allow, validationData: dataset(data) }),
        },
        'validation with a stream': {
          name: 'validationData[].',
          run: (m, data, allow) => m.fit(fine.x, fine.y, { ...options, ...allow, validationData: streamOf(data) }),
        },
        'validation with the last rows': {
          name: '',
          run: (m, { x, y, sampleWeight }, allow) =>
            m.fit(x, y, { ...options, ...allow, sampleWeight, validationSplit: 0.5 }),
        },
        trainOnBatch: {
          name: '',
          run: (m, { x, y, sampleWeight }, allow) => m.trainOnBatch(x, y, { sampleWeight, ...allow }),
        },
      };
    const TESTING: typeof TRAINING = {
      evaluate: { name: '', run: (m, { x, y, sampleWeight }) => m.evaluate(x, y, { batchSize: BATCH, sampleWeight }) },
      'evaluate by batch': {
        name: '',
        run: (m, { x, y, sampleWeight }) =>
          m.evaluate(x, y, { batchSize: BATCH, sampleWeight, callbacks: { onTestBatchEnd() {} } }),
      },
      'evaluate of kept data': { name: '', run: (m, data) => m.evaluate(dataset(data), { batchSize: BATCH }) },
      'evaluate of a stream': { name: 'data[].', run: (m, data) => m.evaluate(streamOf(data), { batchSize: BATCH }) },
      testOnBatch: { name: '', run: (m, { x, y, sampleWeight }) => m.testOnBatch(x, y, { sampleWeight }) },
    };
    const cases = PARTS.flatMap((part) => [Number.NaN, Number.POSITIVE_INFINITY].map((value) => ({ part, value })));
    const compiled = (): Sequential => {
      const model = stack([2], new Dense({ units: 3 }));
      model.compile({ optimizer: new SGD({ learningRate: 0.01 }), loss: 'mse' });
      return model;
    };
    const calledAs = (name: string, part: Part): string =>
      `${name.replace('[]', `[${Math.floor(PLACES[part].row / BATCH)}]`)}${part}`;
    for (const [verb, { name, run }] of Object.entries({ ...TRAINING, ...TESTING })) {
      for (const { part, value } of cases) {
        const work = () => run(compiled(), spoilt(part, value), { allowNonFinite: true });
        const messages = await warningsOf('GEMSBOK_NON_FINITE', work);
        t.equal(messages.length, 1, `${verb}: ${part}`);
        const wanted = `is ${value} in \`${calledAs(name, part)}\`, ${PLACES[part].place} counted from 0 over all`;
        t.match(messages[0], wanted, `${verb}: ${part}`);
        t.notMatch(messages[0], /Likely/);
      }
    }
    for (const [verb, { name, run }] of Object.entries(TRAINING)) {
      for (const { part, value } of cases) {
        const model = compiled();
        const message = `Expected finite numbers for \`${calledAs(name, part)}\`, received ${value} in ${PLACES[part].place}`;
        const refusal = run(model, spoilt(part, value), {}) as Promise<unknown>;
        await t.rejects(refusal, { code: 'ERR_NOT_FINITE', message }, `${verb}: ${part}`);
        const isRead = verb.startsWith('fit of a stream') || verb === 'validation with a stream';
        if (!isRead) t.equal(model.iterations, 0, `${verb}: before any step`);
      }
    }
  },
);

t.test('a place in one of several inputs and outputs, and in the weights of steps', async (t) => {
  const a = new Input({ shape: [2], name: 'a' });
  const b = new Input({ shape: [2], name: 'b' });
  const outputs = [new Dense({ units: 1, name: 'p' }).apply(a), new Dense({ units: 1, name: 'q' }).apply(b)];
  const model = new Model({ inputs: [a, b], outputs });
  model.compile({ optimizer: new SGD({ learningRate: 0 }), loss: 'mse' });
  const x = {
    a: [
      [1, 2],
      [3, 4],
      [5, 6],
    ],
    b: [
      [1, 2],
      [3, 4],
      [5, 6],
    ],
  };
  const y = { p: [1, 2, 3], q: [1, 2, 3] };
  const nan = [1, 1, Number.NaN];
  const placed = async (run: () => unknown): Promise<string[]> => warningsOf('GEMSBOK_NON_FINITE', run);
  t.match(
    await placed(() =>
      model.evaluate(
        {
          ...x,
          b: [
            [1, 2],
            [3, Number.NaN],
            [5, 6],
          ],
        },
        y,
      ),
    ),
    [/`x\.b`, row 1, column 1,/],
  );
  t.match(await placed(() => model.evaluate(x, { ...y, q: nan })), [/`y\.q`, row 2,/]);
  t.match(await placed(() => model.evaluate(x, y, { sampleWeight: { q: nan } })), [/`sampleWeight\.q`, row 2,/]);
  const steps = stack([3, 2], new Dense({ units: 1 }));
  steps.compile({ loss: 'mse' });
  const samples = [0, 1].map(() => [
    [1, 2],
    [3, 4],
    [5, 6],
  ]);
  const targets = [0, 1].map(() => [[1], [2], [3]]);
  const sampleWeight = [
    [1, 1, 1],
    [1, Number.NaN, 1],
  ];
  const messages = await placed(() => steps.testOnBatch(samples, targets, { sampleWeight }));
  t.match(messages, [/`sampleWeight`, row 1, column 1,/]);
});

t.test('what is said of a loss that is not finite where the data are', async (t) => {
  const x = Array.from({ length: 40 }, (_, i) => [i / 40, 1]);
  const small = x.map((_, i) => i % 2);
  const large = small.map((one) => 1e25 * one);
  const rows = (y: readonly number[]) => dataset(() => x.map((own, i) => ({ x: own, y: y[i] as number })));
  const compiled = (learningRate: number): Sequential => {
    const model = stack([2], new Dense({ units: 1 }));
    model.compile({ optimizer: new SGD({ learningRate }), loss: 'mse' });
    return model;
  };
  const said = (run: () => unknown): Promise<string[]> => warningsOf('GEMSBOK_NON_FINITE', run);
  const many = { ...QUIET, epochs: 100 };
  t.match(await said(() => compiled(0.01).fit(rows(large), many)), [
    /targets of a large scale \(up to 1\.00e\+25.*rate/,
  ]);
  const [fast = ''] = await said(() => compiled(1e20).fit(rows(small), many));
  t.match(fast, /learning rate that is too large \(1\.00e\+20\)/);
  t.notMatch(fast, /a large scale \(|NaN/);
  t.match(await said(() => compiled(0.01).evaluate(x, large)), [/`evaluate`.*targets of a large scale.*weights/]);
  // Once a run, whatever comes of it: the validation does not repeat what training said.
  t.equal((await said(() => compiled(1e20).fit(x, small, { ...many, validationData: [x, small] }))).length, 1);
  t.equal((await said(() => compiled(0).fit(x, small, { ...many, validationData: [x, large] }))).length, 1);
  // Once a model, for each of both.
  const model = compiled(1e20);
  const steps = await said(async () => {
    for (let step = 0; step < 10; step++) await model.trainOnBatch(x, small);
    for (let step = 0; step < 10; step++) await model.testOnBatch(x, small);
  });
  t.match(steps, [/`trainOnBatch`.*learning rate/, /`testOnBatch`.*weights/]);
  t.equal(steps.length, 2);
});

t.test('an infinite number of a stream that spoils the step after it', async (t) => {
  // tanh makes 1 of it, hence the loss is finite, and the gradient is not.
  const x = Array.from({ length: 40 }, (_, i) => [i === 12 ? Number.POSITIVE_INFINITY : i / 40]);
  const model = stack(
    [1],
    new Dense({ units: 1, activation: 'tanh', kernelInitializer: 'ones' }),
    new Dense({ units: 1 }),
  );
  model.compile({ optimizer: new SGD({ learningRate: 0.01 }), loss: 'mse' });
  const rows = dataset(() => x.map((own) => ({ x: own, y: 0 })));
  const messages = await warningsOf('GEMSBOK_NON_FINITE', () =>
    model.fit(rows, { ...QUIET, batchSize: 8, allowNonFinite: true }),
  );
  t.match(messages, [/batch 3: .*is Infinity in `data\[1\]\.x`, row 12,/]);
});

t.test('an abort ends the search for the cause at once', async (t) => {
  const addon = loadAddon() as unknown as { Data: DataClass };
  const { Data } = addon;
  // Several blocks of targets, whose squares float32 does not hold.
  const x = new Tensor(new Float32Array(4 * 65_536).fill(1), [4 * 65_536, 1]);
  const y = new Float32Array(4 * 65_536).fill(1e30);
  const VERBS: Record<string, (model: Sequential, signal: AbortSignal) => Promise<unknown>> = {
    fit: (m, signal) => m.fit(x, y, { ...QUIET, batchSize: y.length, signal }),
    validation: (m, signal) => m.fit([[1]], [0], { ...QUIET, validationData: [x, y], signal }),
    evaluate: (m, signal) => m.evaluate(x, y, { signal }),
  };
  for (const [verb, run] of Object.entries(VERBS)) {
    const reason = new Error('enough');
    const controller = new AbortController();
    let reads = 0;
    class Watched extends Data {
      override slice(from: number, to: number): object {
        return Object.setPrototypeOf(super.slice(from, to), Watched.prototype);
      }

      override read(column: number, from: number, to: number): ArrayLike<number> {
        // The first read learns how many columns there are.
        if (++reads === 2) controller.abort(reason);
        return super.read(column, from, to);
      }
    }
    addon.Data = Watched;
    try {
      const model = stack([1], new Dense({ units: 1 }));
      model.compile({ optimizer: new SGD({ learningRate: 0.01 }), loss: 'mse' });
      const messages = await warningsOf('GEMSBOK_NON_FINITE', () => t.rejects(run(model, controller.signal), reason));
      t.equal(reads, 2, `${verb} reads no block more`);
      t.strictSame(messages, [], `${verb} has nothing to say`);
    } finally {
      addon.Data = Data;
    }
  }
});

t.test('a loss that is not finite of which gradients are asked for', async (t) => {
  const model = stack([1], new Dense({ units: 1 }));
  model.compile({ loss: 'mse' });
  const messages = await warningsOf('GEMSBOK_NON_FINITE', async () => {
    const warning = once(process, 'warning');
    for (let step = 0; step < 3; step++)
      t.notOk(Number.isFinite(model.lossAndGradients([[1], [2]], [0, Number.NaN]).loss));
    await warning;
  });
  t.match(messages, [/`lossAndGradients`.*NaN in `y`, row 1,/]);
  t.equal(messages.length, 1, 'once a model');
  t.strictSame(await warningsOf('GEMSBOK_NON_FINITE', () => model.lossAndGradients([[1]], [0])), []);
});
