import { runInNewContext } from 'node:vm';
import { Adam, type Dataset, dataset, distributed, MeanSquaredError, readCsv, type Sequential, tensor } from 'gemsbok';
import t, { type Test } from 'tap';
import { bits, classifier, INPUTS, QUIET, x, y } from './models.cases';

const TYPES = [
  ...['Float32Array', 'Float64Array', 'Int8Array', 'Uint8Array', 'Uint8ClampedArray', 'Int16Array', 'Uint16Array'],
  ...['Int32Array', 'Uint32Array', 'BigInt64Array', 'BigUint64Array'],
];
const WHOLE = [...x.data].map((value) => Math.abs(Math.round(3 * value)));

type Data = Float32Array;

/** Numbers in an array of this realm, and in one of another, whose classes are not ours. */
function twins(type: string, values: readonly number[]): readonly [own: Data, foreign: Data] {
  const program = `${type}.from(values, (value) => (${type}.name.startsWith('Big') ? BigInt(value) : value))`;
  const own = new Function('values', `return ${program}`)(values);
  return [own, runInNewContext(program, { values })];
}

async function trained(fit: (model: Sequential) => Promise<unknown>): Promise<number[]> {
  const model = classifier();
  await fit(model);
  return bits(model);
}

const alike = async <T>(test: Test, what: string, [own, foreign]: readonly Data[], use: (data: Data) => T) =>
  test.strictSame(await use(foreign as Data), await use(own as Data), what);

t.test('arrays of another realm are arrays', async (t) => {
  for (const type of TYPES) {
    const inputs = twins(type, WHOLE);
    const targets = twins(type, [...y]);
    t.notOk(inputs[1] instanceof Object, `${type} is of another realm`);
    await alike(t, `${type}: tensor`, inputs, (data) => tensor(data).toArray());
    await alike(t, `${type}: a loss`, inputs, (data) => new MeanSquaredError().compute(data, x.data));
    await alike(t, `${type}: fit`, inputs, (data) => trained((model) => model.fit(data, y, QUIET)));
    await alike(t, `${type}: targets`, targets, (data) => trained((model) => model.fit(x, data, QUIET)));
    await alike(t, `${type}: predict`, inputs, async (data) => [...(await classifier().predict(data)).data]);
    await alike(t, `${type}: rows of a data set`, inputs, (data) => {
      const rows = [0, 1, 2].map((row) => ({ x: data.slice(row * INPUTS, (row + 1) * INPUTS), y: row }));
      return trained((model) => model.fit(dataset(rows).batch(3) as Dataset, { ...QUIET, batchSize: undefined }));
    });
  }
  const variables = twins('Float32Array', [1, 2]);
  for (const variable of variables) new Adam().apply([[1, 2]], [variable]);
  t.strictSame([...variables[1]], [...variables[0]], 'an optimizer writes into it');
  const dist = await distributed.mpi();
  for (const sums of twins('Float32Array', [1, 2])) t.strictSame([...(await dist.allreduce(sums))], [1, 2]);
  await dist.close();
  const text = twins('Uint8Array', [...Buffer.from('a,b\n1,2\n')]);
  await alike(t, 'CSV', text, async (bytes) => {
    const rows: unknown[] = [];
    for await (const row of await readCsv(() => [bytes as never], { target: 'b' })) rows.push(row);
    return rows;
  });
});
