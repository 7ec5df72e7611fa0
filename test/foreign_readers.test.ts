import { Activation, Input, loadModel, Sequential } from 'gemsbok';
import t from 'tap';
import { onnxRuntime, tensorFlowJs } from './helpers/foreign_readers';
import { distance, filled, modelOf, predicted, refusal, samples } from './helpers/matrix_models';
import { MADE, STORED, writtenThere } from './helpers/tfjs_models';
import { type MatrixRow, ROWS } from './matrix.cases';

const WITHIN = 1e-6;

/** How TensorFlow.js 4.22 refuses what it has not. */
const NOT_THERE = /^Unknown (layer|activation)|not (yet )?supported|^Error when checking/;

/** Its plain backend takes statistics along another axis for those along the last. */
const isWrongThere = ({ make, inputs }: MatrixRow): boolean =>
  make().className === 'BatchNormalization' && String(inputs) === '3,2';

t.test('TensorFlow.js predicts what the model does, or refuses a layer that it has not', async (t) => {
  let agreed = 0;
  for (const row of ROWS.filter((one) => !isWrongThere(one) && refusal(one, 'tfjs') === null)) {
    const model = filled(modelOf([row]));
    const x = samples(row);
    const found = await tensorFlowJs(await model.toBytes('tfjs'), x).catch((error: Error) => error);
    if (found instanceof Error) {
      t.match(found.message, NOT_THERE, row.name);
      continue;
    }
    agreed++;
    for (const [i, one] of predicted(model, x).entries()) t.ok(distance(found[i] ?? [], one) < 2 * WITHIN, row.name);
  }
  t.ok(agreed >= 50, `${agreed} of ${ROWS.length}`);
});

t.test('what TensorFlow.js writes predicts the same here, in shards and quantized too', async (t) => {
  for (const [name, make] of Object.entries(MADE)) {
    for (const [i, stored] of (Object.keys(STORED) as (keyof typeof STORED)[]).entries()) {
      const { files, x, expected } = await writtenThere(make, stored, [1e6, 7, 40, 1e6][i] as number);
      const found = predicted((await loadModel(files)) as Sequential, x);
      for (const [o, one] of expected.entries()) t.ok(distance(one, found[o] ?? []) < WITHIN, `${name}, ${stored}`);
    }
  }
});

t.test('what TensorFlow.js computes otherwise is refused in its files, too', async (t) => {
  const model = new Sequential([new Input({ shape: [2] }), new Activation({ activation: 'relu', name: 'cut' })]);
  const files = await model.toBytes('tfjs');
  const json = String(Buffer.from(files['model.json'] as Uint8Array));
  const changed = (to: string) => ({ ...files, 'model.json': Buffer.from(json.replace('"relu"', `"${to}"`)) });
  await t.rejects(loadModel(changed('hard_sigmoid')), { code: 'ERR_UNSUPPORTED', message: /hard_sigmoid/ });
  const approximate = (await loadModel(changed('gelu_new'))) as Sequential;
  t.match(approximate.layers[0]?.getConfig(), { activation: { class_name: 'gelu', config: { approximate: true } } });
});

t.test('onnxruntime, where it is installed, computes what the model does', async (t) => {
  const run = onnxRuntime();
  if (run === null) t.comment('It is not: node bench/install.mjs onnx');
  for (const row of run === null ? [] : ROWS) {
    if (refusal(row, 'onnx') !== null) continue;
    const model = filled(modelOf([row]));
    const x = samples(row);
    const found = await run?.(await model.toBytes('onnx'), x);
    for (const [i, one] of predicted(model, x).entries()) t.ok(distance(found?.[i] ?? [], one) < WITHIN, row.name);
  }
});
