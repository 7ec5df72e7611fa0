import { Adam, AdamW, CosineDecay, type LearningRateSchedule, Muon, optimizers, SGD } from 'gemsbok';
import t from 'tap';
import { goldenCases } from './helpers/golden';
import { draw, flat, variableOf } from './helpers/optimizers';
import { nativeRegistry, specIn } from './helpers/registries';
import { type Args, KERAS_NAMES, LEFT_OUT, OPTIMIZERS, type OptimizerRow, SHARED_CONFIG } from './optimizers.cases';
import { REFUSED } from './optimizers_options.cases';

t.test('every optimizer of Keras is there or left out for a reason', async (t) => {
  t.strictSame([...Object.keys(OPTIMIZERS), ...Object.keys(LEFT_OUT)].sort(), [...KERAS_NAMES].sort());
  const classes = Object.keys(optimizers).filter((name) => /^[A-Z]/.test(name) && name !== 'Optimizer');
  t.strictSame(classes.sort(), Object.keys(OPTIMIZERS).sort());
  const entries = new Set(Object.values(OPTIMIZERS).map(({ entry }) => entry));
  t.strictSame([...entries].sort(), Object.keys(nativeRegistry('optimizers')).sort());
  for (const [name, { type, entry }] of Object.entries(OPTIMIZERS)) {
    const spec = specIn('optimizerApply', 'optimizer', () => new type().apply([[1, 1]], [new Float32Array(2)]));
    t.equal(spec.name, entry, name);
    t.strictSame(Object.keys(spec.parameters).sort(), [...(nativeRegistry('optimizers')[entry] ?? [])].sort(), name);
  }
});

t.test('configs', async (t) => {
  for (const [name, { type, config }] of Object.entries(OPTIMIZERS)) {
    const made = new type();
    t.strictSame(made.getConfig(), { ...SHARED_CONFIG, ...config }, name);
    const stored = JSON.parse(JSON.stringify(optimizers.serialize(made)));
    const { module, class_name, registered_name } = stored;
    t.strictSame([module, class_name, registered_name], ['keras.optimizers', name, null]);
    t.strictSame(optimizers.deserialize(stored).getConfig(), made.getConfig(), `${name} from its config`);
    t.ok(optimizers.get(type) instanceof type, `${name} by its class`);
    if (name === 'Lamb') continue;
    t.ok(optimizers.get(name.toLowerCase()) instanceof type, `${name} by its name in lower case`);
    t.ok(optimizers.get(name.toUpperCase()) instanceof type, `${name} by its name in upper case`);
  }
});

interface GoldenIdentifier {
  readonly name: string;
  readonly registry: string;
  readonly identifier?: string;
  readonly resolves_to?: string;
  readonly class?: string;
  readonly config?: Args;
  readonly expect_error?: boolean;
}

t.test("Keras' own identifiers and configs", async (t) => {
  for (const golden of goldenCases<GoldenIdentifier>('identifiers')) {
    const { name, registry, identifier, resolves_to: wanted = '', class: configured = '', config } = golden;
    const get = (): unknown => optimizers.get(identifier as string);
    if (registry === 'optimizers' && golden.expect_error) t.throws(get, { code: /^ERR_/ }, name);
    else if (registry === 'optimizers') t.equal(get()?.constructor, OPTIMIZERS[wanted]?.type, name);
    else if (registry === 'optimizer_config')
      t.strictSame(new (OPTIMIZERS[configured] as OptimizerRow).type().getConfig(), config, name);
  }
});

t.test('options come back from the config', async (t) => {
  const options = { ...SHARED_CONFIG, name: 'mine', learning_rate: 0.5, weight_decay: 0.1, global_clipnorm: 2 };
  const all = { ...options, use_ema: true, ema_overwrite_frequency: 3, loss_scale_factor: 4, momentum: 0.5 };
  const config = { ...all, gradient_accumulation_steps: 2, nesterov: true };
  t.strictSame(SGD.fromConfig(config).getConfig(), config);
  const muon = { exclude_layers: ['out'], adam_weight_decay: null, rms_rate: null };
  t.match(Muon.fromConfig(muon).getConfig(), muon);
});

t.test('schedules in configs', async (t) => {
  const schedule = new CosineDecay({ initialLearningRate: 0.1, decaySteps: 10 });
  const stored = JSON.parse(JSON.stringify(optimizers.serialize(new Adam({ learningRate: schedule }))));
  t.equal(stored.config.learning_rate.module, 'keras.optimizers.schedules');
  t.equal(stored.config.learning_rate.class_name, 'CosineDecay');
  t.equal(optimizers.deserialize(stored).learningRateAt(5), schedule.at(5));
  class Mine extends CosineDecay {}
  const custom = {
    class_name: 'SGD',
    config: { learning_rate: { ...stored.config.learning_rate, class_name: 'Mine' } },
  };
  const classes = { Mine: Mine as typeof Mine & { fromConfig(config: Args): LearningRateSchedule } };
  t.equal(optimizers.deserialize(custom, classes).learningRateAt(5), schedule.at(5));
  t.throws(() => optimizers.deserialize(custom), { code: 'ERR_INVALID_ARG' });
});

t.test('misuse', async (t) => {
  for (const [name, options, code, message = /./] of REFUSED) {
    const type = OPTIMIZERS[name]?.type as unknown as new (options: unknown) => object;
    t.throws(() => new type(options), { code, message }, `${name} ${JSON.stringify(options)}`);
  }
  t.throws(() => optimizers.get('adem'), { code: 'ERR_INVALID_ARG', message: /Did you mean 'adam'\?/ });
  t.throws(() => optimizers.get('lamb'), { code: 'ERR_INVALID_ARG', message: /`new Lamb\(\)`/ });
  t.throws(() => optimizers.get('typo'), { code: 'ERR_INVALID_ARG' });
  t.equal(optimizers.get(null), null);
});

t.test('variables that `apply` refuses', async (t) => {
  const invalid = { code: 'ERR_INVALID_ARG' };
  const mismatch = { code: 'ERR_SHAPE_MISMATCH' };
  const one = [[1]];
  t.throws(() => new SGD().apply(one, [[1] as unknown as Float32Array]), invalid, 'no typed array');
  t.throws(() => new SGD().apply(one, [new Int32Array(1) as unknown as Float32Array]), invalid, 'integers');
  const types = { ...invalid, message: /float32 like the variables before it/ };
  t.throws(() => new SGD().apply([[1], [1]], [new Float32Array(1), new Float64Array(1)]), types, 'two types');
  t.throws(() => new SGD().apply([[1], [1]], [new Float32Array(1)]), invalid, 'more gradients than variables');
  t.throws(() => new SGD().apply([[1, 2]], [new Float32Array(1)]), mismatch, 'another shape');
  t.throws(() => new SGD().apply([null], [new Float32Array(1)]), invalid, 'no gradient');
  const optimizer = new Adam();
  optimizer.apply(one, [new Float32Array(1)]);
  t.throws(() => optimizer.apply([[1, 2]], [new Float32Array(2)]), mismatch, 'other variables than before');
  t.throws(() => optimizer.apply(one, [new Float64Array(1)]), mismatch, 'another type than before');
  t.equal(optimizer.iterations, 1);
  new SGD().apply([], []);
});

t.test('gradients are left as they were given', async (t) => {
  const gradient = Float32Array.of(3, 4);
  new SGD({ clipnorm: 1, lossScaleFactor: 2 }).apply([gradient], [new Float32Array(2)]);
  t.strictSame(gradient, Float32Array.of(3, 4));
});

t.test('norms that are not finite', async (t) => {
  const step = (options: object, ...gradients: number[][]): number[] => {
    const variables = gradients.map(({ length }) => new Float64Array(length));
    new SGD({ learningRate: -1, ...options }).apply(gradients, variables);
    return variables.flatMap((values) => [...values]);
  };
  const nan = Number.NaN;
  const infinity = Number.POSITIVE_INFINITY;
  t.strictSame(step({ globalClipnorm: 1 }, [infinity, 1], [1]), [nan, nan, nan]);
  t.strictSame(step({ globalClipnorm: 1 }, [nan, 1], [1]), [nan, nan, nan]);
  t.strictSame(step({ clipnorm: 1 }, [infinity, 1], [1]), [nan, 0, 1]);
  t.strictSame(step({ clipnorm: 1 }, [nan, 1], [1]), [nan, nan, 1]);
  t.strictSame(step({ clipvalue: 0.5 }, [nan, infinity], [-infinity]), [nan, 0.5, -0.5]);
  t.strictSame(step({ clipnorm: 1 }, [0, 0]), [0, 0]);
});

t.test('weights that do not decay', async (t) => {
  const decayed = (exclude: object): number[] => {
    const data = [Float32Array.of(1), Float32Array.of(1)] as const;
    const [kernel, bias] = [
      { data: data[0], shape: [1], name: 'kernel' },
      { data: data[1], shape: [1], name: 'bias' },
    ];
    const optimizer = new AdamW({ learningRate: 1, weightDecay: 0.5 });
    const lists: Record<string, object[]> = { object: [bias], array: [data[1]] };
    const { list } = exclude as { list?: string };
    optimizer.excludeFromWeightDecay(list === undefined ? exclude : { varList: lists[list] });
    optimizer.apply([[0], [0]], [kernel, bias]);
    return flat(data.map((values) => ({ data: values })));
  };
  t.strictSame(decayed({}), [0.5, 0.5]);
  t.strictSame(decayed({ list: 'object' }), [0.5, 1]);
  t.strictSame(decayed({ list: 'array' }), [0.5, 1]);
  t.strictSame(decayed({ varNames: ['ias$', 'other'] }), [0.5, 1]);
  t.strictSame(decayed({ varNames: [/KERNEL/i, /bias/g] }), [1, 1]);
  const invalid = { code: 'ERR_INVALID_ARG' };
  t.throws(() => new AdamW().excludeFromWeightDecay({ varList: ['bias'] as unknown as object[] }), invalid);
  t.throws(() => new AdamW().excludeFromWeightDecay({ varNames: ['('] }), invalid);
  t.throws(() => new AdamW().excludeFromWeightDecay({ names: ['bias'] } as object), invalid);
  const begun = new AdamW();
  begun.apply([[0]], [new Float32Array(1)]);
  t.throws(() => begun.excludeFromWeightDecay({ varNames: ['bias'] }), { code: 'ERR_UNSUPPORTED' });
});

t.test('Muon leaves to Adam what it is told to', async (t) => {
  const start = draw([3, 2], 1);
  const stepped = (optimizer: Muon | Adam, name: string): number[] => {
    const variable = { ...variableOf(Float64Array, start), name };
    optimizer.apply([draw([3, 2], 2)], [variable]);
    return flat([variable]);
  };
  const none = { weightDecay: null, adamWeightDecay: null };
  const byAdam = stepped(new Adam(), '');
  t.strictSame(stepped(new Muon({ ...none, excludeLayers: ['^out'] }), 'output/kernel'), byAdam);
  t.strictSame(stepped(new Muon(none), 'my_Embedding/embeddings'), byAdam);
  t.notSame(stepped(new Muon({ ...none, excludeLayers: ['^out'] }), 'dense/kernel'), byAdam);
  t.notSame(stepped(new Muon({ ...none, excludeEmbeddings: false }), 'embedding/kernel'), byAdam);
});

t.test('learning rates', async (t) => {
  const optimizer = new SGD({ learningRate: 0.5 });
  const weights = new Float32Array(1);
  optimizer.apply([[1]], [weights]);
  optimizer.learningRate = 0.25;
  t.equal(optimizer.learningRate, 0.25);
  optimizer.apply([[1]], [weights]);
  t.equal(weights[0], -0.75);
  t.throws(
    () => {
      optimizer.learningRate = Number.NaN;
    },
    { code: 'ERR_INVALID_ARG' },
  );
  optimizer.learningRate = new CosineDecay({ initialLearningRate: 0.5, decaySteps: 4 });
  t.equal(optimizer.learningRate, 0.25, 'two steps are done');
  t.throws(
    () => {
      optimizer.learningRate = 0.1;
    },
    { code: 'ERR_UNSUPPORTED' },
  );
  let rate = 1;
  const called = new SGD({ learningRate: () => rate });
  called.apply([[1]], [weights]);
  rate = 0.125;
  called.apply([[1]], [weights]);
  t.equal(weights[0], -0.75 - 1.125);
  t.throws(() => called.getConfig(), { code: 'ERR_UNSUPPORTED' });
  t.throws(() => new SGD({ learningRate: () => '1' as unknown as number }).learningRate, { code: 'ERR_INVALID_ARG' });
});

t.test('`decay` of Keras 2 is ignored with a warning', async (t) => {
  const warned = new Promise<Error>((resolve) => process.once('warning', resolve));
  t.strictSame(SGD.fromConfig({ decay: 0.1 }).getConfig(), new SGD().getConfig());
  t.match((await warned).message, /`decay` is ignored/);
});

t.test('the loss is scaled by the factor', async (t) => {
  t.equal(new SGD({ lossScaleFactor: 1024 }).scaleLoss(0.5), 512);
  t.equal(new SGD().scaleLoss(0.5), 0.5);
});

t.test('averages become the variables at the end', async (t) => {
  const optimizer = new SGD({ learningRate: 1, useEma: true, emaMomentum: 0.5 });
  const weights = Float32Array.of(0);
  optimizer.finalizeVariableValues([weights]);
  for (let step = 0; step < 2; step++) optimizer.apply([[1]], [weights]);
  t.equal(weights[0], -2);
  optimizer.finalizeVariableValues([weights]);
  t.equal(weights[0], -1.5);
});
