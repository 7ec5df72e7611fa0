import * as gemsbok from 'gemsbok';
import { BatchNormalization, Dense, Embedding, Input, Masking, Model, Sequential } from 'gemsbok';
import t from 'tap';
import { DROPPING, FEATURES, FLAT_DROPPING, KEEPING, ROWS, STEPS, samples } from './masks.cases';
import { type Nd, nd, sizeOf } from './oracle/ndarray';

type Logs = Readonly<Record<string, number>>;

const dataOf = ({ shape, data }: Nd) => ({ shape, data: Float32Array.from(data) });

t.test('which layers hand masks on, and a warning where one does not', async (t) => {
  const warned: string[] = [];
  const listen = ({ message }: Error): number => warned.push(message);
  process.on('warning', listen);
  const trained = async (shape: number[], make: () => gemsbok.Layer): Promise<number> => {
    const model = new Sequential([new Input({ shape }), new Masking(), make(), new Dense({ units: 1 })]);
    model.compile({ loss: 'mse', optimizer: 'sgd' });
    // Where all is masked, a mask makes the loss 0.
    const [, ...rest] = model.outputShape as number[];
    const y = { data: new Float32Array(sizeOf([2, ...rest])).fill(5), shape: [2, ...rest] };
    const x = { data: new Float32Array(2 * sizeOf(shape)), shape: [2, ...shape] };
    return ((await model.testOnBatch(x, y)) as Logs).loss as number;
  };
  for (const make of KEEPING) {
    t.equal(make().supportsMasking, true, make().name);
    t.equal(await trained([STEPS, FEATURES], make), 0, make().name);
  }
  t.strictSame(warned, []);
  const dropping = [
    ...DROPPING.map((make) => [[STEPS, FEATURES], make] as const),
    ...FLAT_DROPPING.map((make) => [[FEATURES], make] as const),
  ];
  for (const [shape, make] of dropping) {
    t.equal(make().supportsMasking, false, make().name);
    t.not(await trained([...shape], make), 0, make().name);
  }
  await new Promise(setImmediate);
  process.off('warning', listen);
  t.equal(warned.filter((message) => /does not pass on masks/.test(message)).length, dropping.length);
});

t.test('a layer is not used both with a mask and without', async (t) => {
  const shared = new BatchNormalization();
  const [a, b] = [new Input({ shape: [STEPS, FEATURES] }), new Input({ shape: [STEPS, FEATURES] })];
  const model = new Model({ inputs: [a, b], outputs: [shared.apply(new Masking().apply(a)), shared.apply(b)] });
  const x = dataOf(samples(1));
  t.throws(() => model.predictSync([x, x]), { code: 'ERR_UNSUPPORTED', message: /batch_normalization/ });
  const [c, d] = [new Input({ shape: [1, FEATURES] }), new Input({ shape: [STEPS, FEATURES] })];
  const inputs = [c, d].map((source) => new Masking().apply(source));
  const broadcasting = new Model({ inputs: [c, d], outputs: new gemsbok.Maximum().apply(inputs) });
  const first = dataOf(nd([ROWS, 1, FEATURES], samples(1).data.slice(0, ROWS * FEATURES)));
  t.throws(() => broadcasting.predictSync([first, x]), { code: 'ERR_UNSUPPORTED', message: /first input/ });
});

t.test("configs come back, and Keras' of a functional model with operations that make masks", async (t) => {
  const source = new Input({ shape: [STEPS], name: 'words' });
  const words = new Embedding({ inputDim: 4, outputDim: 3, maskZero: true, name: 'embedding' });
  t.equal(words.getConfig().mask_zero, true);
  const normalized = new BatchNormalization({ name: 'normal' }).apply(words.apply(source));
  const model = new Model({ inputs: source, outputs: normalized });
  const config = JSON.parse(JSON.stringify(model.getConfig())) as { layers: Record<string, unknown>[] };
  const history = (name: string) => ({ class_name: '__keras_tensor__', config: { keras_history: [name, 0, 0] } });
  const operation = {
    module: 'keras.src.ops.numpy',
    class_name: 'NotEqual',
    registered_name: 'NotEqual',
    name: 'not_equal',
    config: { name: 'not_equal' },
    inbound_nodes: [{ args: [history('words'), 0], kwargs: {} }],
  };
  const normal = config.layers.find(({ name }) => name === 'normal') as { inbound_nodes: { kwargs: object }[] };
  (normal.inbound_nodes[0] as { kwargs: object }).kwargs = { mask: history('not_equal') };
  config.layers.splice(2, 0, operation);
  const copy = Model.fromConfig(config as never);
  t.strictSame(copy.getConfig(), model.getConfig());
});
