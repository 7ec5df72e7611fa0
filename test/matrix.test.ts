import { join } from 'node:path';
import { Dense, Input, loadModel, type Model, Sequential, type Tensor } from 'gemsbok';
import t, { type Test } from 'tap';
import { classesOf } from './helpers/families';
import { distance, filled, isCode, modelOf, predicted, refusal, samples } from './helpers/matrix_models';
import { readOnnx, runOnnx } from './helpers/onnx';
import { FORMATS, type MatrixRow, ROWS } from './matrix.cases';
import { bits, oneHot, QUIET, x } from './models.cases';

type Format = Parameters<Model['toBytes']>[0];
const WITHIN = 1e-6;
const FORMAT_NAMES = Object.keys(FORMATS) as Format[];

/** All formats, as an error names them. */
async function formatNames(): Promise<Format[]> {
  const { message } = await new Sequential()
    .toBytes('none' as Format)
    .then(() => new Error('It was saved.'))
    .catch((error: Error) => error);
  const [expected = ''] = message.split('received');
  return [...expected.matchAll(/'([\w.]+)'/g)].map(([, name]) => name as Format);
}

/** What the operators of a file give. */
function ofOperators(bytes: Uint8Array, x: readonly Tensor[]): readonly (readonly number[])[] {
  const graph = readOnnx(bytes);
  const given = [...graph.inputs.keys()].map((name, i) => {
    return [name, { data: [...(x[i]?.data ?? [])] as number[], shape: x[i]?.shape ?? [] }];
  });
  return runOnnx(graph, Object.fromEntries(given)).map(({ data }) => data);
}

const OPTIMIZERS = ['sgd', 'adam', 'ftrl'] as const;

const stateOf = (model: Sequential): Tensor['data'][] => (model.optimizer?.getWeights() ?? []).map(({ data }) => data);

t.test('every format is in the matrix, and every layer', async (t) => {
  t.strictSame(await formatNames(), Object.keys(FORMATS));
  const met = new Set(ROWS.map(({ make }) => make().className));
  const missing = [...classesOf('layers').keys()].filter(
    (name) => !met.has(name) && !/^(Layer|Input|InputLayer)$/.test(name),
  );
  t.strictSame(missing, []);
});

/** What was read again; an error where a foreign reader alone reads it. */
async function reread(bytes: Awaited<ReturnType<Model['toBytes']>>, format: Format, fresh: () => Model) {
  if (!format.startsWith('weights')) return (await loadModel(bytes).catch((error: Error) => error)) as Model | Error;
  const model = fresh();
  await model.loadWeights(bytes as Uint8Array);
  return model;
}

/** A round trip keeps the bits of predictions; operators are as near as float32 is, and what no layer computes is refused. */
async function roundTrip(t: Test, rows: readonly MatrixRow[], format: Format): Promise<void> {
  const fresh = (): Model => modelOf(rows);
  const model = filled(fresh());
  const given = samples(rows[0] as MatrixRow);
  const bytes = await model.toBytes(format);
  const [wanted, read] = [predicted(model, given), await reread(bytes, format, fresh)];
  const compare = (how: string, found: readonly (readonly number[])[], within: number): void => {
    t.equal(found.length, wanted.length, format);
    for (const [i, one] of wanted.entries()) {
      const name = rows[Math.floor(i / 2)]?.name;
      t.ok(distance(found[i] ?? [], one) <= within, `${name} in ${format}: ${how}`);
    }
  };
  const isExact = FORMATS[format]?.exact === true;
  if (!isExact) compare('its operators', ofOperators(bytes as Uint8Array, given), WITHIN);
  if (!(read instanceof Error)) compare('read again', predicted(read, given), isExact ? 0 : WITHIN);
  else t.match(isExact ? null : read, { code: 'ERR_UNSUPPORTED' }, `${format}: ${read}`);
}

t.test('what was written is read again', async (t) => {
  const groups = new Map<string, MatrixRow[]>();
  for (const row of ROWS) {
    const key = JSON.stringify([row.inputs, isCode(row.name)]);
    groups.set(key, [...(groups.get(key) ?? []), row]);
  }
  for (const rows of groups.values()) {
    await Promise.all(
      FORMAT_NAMES.map((format) => {
        const written = rows.filter((row) => refusal(row, format) === null);
        return written.length === 0 ? null : roundTrip(t, written, format);
      }),
    );
  }
});

t.test('what a format lacks is refused by name', async (t) => {
  for (const format of FORMAT_NAMES) {
    for (const row of ROWS) {
      const message = refusal(row, format);
      if (message === null) continue;
      await t.rejects(modelOf([row]).toBytes(format), { code: 'ERR_UNSUPPORTED', message }, row.name);
    }
  }
});

t.test('a format has the state of the optimizer, or begins anew', async (t) => {
  for (const name of OPTIMIZERS) {
    const make = (): Sequential => {
      const model = filled(
        new Sequential([
          new Input({ shape: [6] }),
          new Sequential([new Input({ shape: [6] }), new Dense({ units: 3 })]),
        ]),
      );
      model.compile({ optimizer: name, loss: 'mse' });
      return model;
    };
    const trained = make();
    await trained.fit(x, oneHot, QUIET);
    for (const format of FORMAT_NAMES) {
      const what = `${name} ${format}`;
      const bytes = await trained.toBytes(format);
      const isWhole = !format.startsWith('weights');
      const read = isWhole ? ((await loadModel(bytes)) as Sequential) : make();
      if (!isWhole) await read.loadWeights(bytes as Uint8Array);
      t.strictSame(bits(read), bits(trained), what);
      if (FORMATS[format]?.optimizer) t.strictSame(stateOf(read), stateOf(trained), what);
      else t.equal(read.optimizer?.iterations ?? 0, 0, what);
    }
  }
});

t.test('every format becomes every other, as `gemsbok convert` does it', async (t) => {
  const inner = new Sequential([new Input({ shape: [2] }), new Dense({ units: 3, activation: 'tanh' })]);
  const model = new Sequential([new Input({ shape: [2] }), inner, new Dense({ units: 2, activation: 'softmax' })]);
  model.compile({ optimizer: 'adam', loss: 'mse' });
  const rows = [
    [1, 2],
    [-3, 0.5],
  ];
  const wanted = model.predictSync(rows).data;
  const endings = ['.keras', '.h5', '.hdf5', '.safetensors', '/model.json', '.onnx'];
  const folder = t.testdir();
  for (const from of endings) {
    const source = join(folder, `from${from}`);
    await model.save(source);
    for (const to of endings) {
      const target = join(folder, `${from.replace(/\W/g, '')}-to${to}`);
      await (await loadModel(source)).save(target);
      const { data } = (await loadModel(target)).predictSync(rows) as Tensor;
      // Operators compute a softmax by another formula.
      const far = Math.max(...wanted.map((value, i) => Math.abs(value - Number(data[i]))));
      t.ok(far <= (`${from}${to}`.includes('onnx') ? 1e-6 : 0), `${from} to ${to}: ${far}`);
    }
  }
});
