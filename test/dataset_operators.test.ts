import { type Dataset, dataset, type Element } from 'gemsbok';
import t from 'tap';

const numbers = (count: number): Dataset => dataset(Array.from({ length: count }, (_, i) => ({ x: i })));

const numbersOf = (value: unknown): number[] => Array.from((value as { data: Float32Array }).data);

async function xs(data: AsyncIterable<Element>): Promise<unknown[]> {
  const found: unknown[] = [];
  for await (const element of data) found.push(typeof element.x === 'number' ? element.x : numbersOf(element.x));
  return found;
}

t.test('operators', async (t) => {
  t.strictSame(await xs(numbers(5).map(({ x }) => 10 * Number(x))), [0, 10, 20, 30, 40]);
  t.strictSame(await xs(numbers(3).map(async ({ x }) => ({ x: Number(x) + 1 }))), [1, 2, 3]);
  t.strictSame(await xs(numbers(5).batch(2)), [[0, 1], [2, 3], [4]]);
  t.strictSame(await xs(numbers(5).batch(2, { dropRemainder: true })), [
    [0, 1],
    [2, 3],
  ]);
  t.strictSame(await xs(numbers(5).skip(1).take(3)), [1, 2, 3]);
  t.strictSame(await xs(numbers(2).repeat(2)), [0, 1, 0, 1]);
  t.strictSame(await xs(numbers(2).repeat().take(5)), [0, 1, 0, 1, 0]);
  t.strictSame(await xs(dataset([]).repeat()), [], 'nothing, repeated without end, is nothing');
  t.strictSame(await xs(numbers(0)), []);
  t.strictSame(await xs(numbers(3).take(0)), []);
  t.strictSame(await xs(numbers(5).filter(({ x }) => Number(x) % 2 === 0)), [0, 2, 4]);
  t.strictSame(await xs(numbers(5).filter(async ({ x }) => Number(x) > 2)), [3, 4]);
  t.strictSame(await xs(numbers(5).prefetch(2)), [0, 1, 2, 3, 4]);
  t.strictSame(await xs(numbers(5).prefetch(3).batch(2).prefetch(1)), [[0, 1], [2, 3], [4]]);

  t.test('prefetch reads ahead, as far as told', async (t) => {
    const seen: number[] = [];
    const source = dataset(function* () {
      for (let i = 0; i < 9; i++) {
        seen.push(i);
        yield { x: i };
      }
    });
    for await (const _ of source.prefetch(3)) {
      await new Promise((resolve) => setImmediate(resolve));
      t.strictSame(seen, [0, 1, 2, 3], 'one in use, three that wait');
      break;
    }
    const failing = dataset(async function* () {
      yield { x: 1 };
      throw new Error('mine');
    }).prefetch(4);
    const found: unknown[] = [];
    const read = async (): Promise<void> => {
      for await (const { x } of failing) found.push(x);
    };
    await t.rejects(read(), { message: 'mine' });
    t.strictSame(found, [1], 'what came before the error is given');
  });

  t.test('shuffle', async (t) => {
    const shuffled = numbers(100).shuffle({ bufferSize: 20, seed: 1 });
    const [first, second] = [(await xs(shuffled)) as number[], (await xs(shuffled)) as number[]];
    const sorted = (list: number[]): number[] => [...list].sort((a, b) => a - b);
    t.strictSame(sorted(first), await xs(numbers(100)), 'keeps all');
    t.notSame(first, second, 'orders each pass anew');
    t.strictSame(await xs(numbers(100).shuffle({ bufferSize: 20, seed: 1 })), first, 'is repeatable');
    t.notSame(await xs(numbers(100).shuffle({ bufferSize: 20, seed: 2 })), first);
    t.ok(
      first.every((value, i) => value <= i + 20),
      'draws from its buffer only',
    );
    t.strictSame(await xs(numbers(9).shuffle({ bufferSize: 1 })), await xs(numbers(9)));
    const means = Array.from({ length: 10 }, () => 0);
    const tens = numbers(10).shuffle({ bufferSize: 10, seed: 3 });
    for (let pass = 0; pass < 300; pass++) {
      for (const [i, value] of (await xs(tens)).entries()) means[i] = (means[i] ?? 0) + Number(value) / 300;
    }
    t.ok(
      means.every((mean) => Math.abs(mean - 4.5) < 0.7),
      'puts each element everywhere',
    );
  });

  t.test('cache reads once', async (t) => {
    let opened = 0;
    const source = dataset(() => {
      opened++;
      return [{ x: 1 }, { x: 2 }];
    }).cache();
    await xs(source.take(1));
    t.strictSame(
      [await xs(source), await xs(source), opened],
      [[1, 2], [1, 2], 2],
      'a pass that was left does not count',
    );
  });

  t.test('zip ends with the shortest', async (t) => {
    const found: Element[] = [];
    for await (const element of numbers(3).zip(numbers(2), numbers(5))) found.push(element);
    t.strictSame(found, [
      { x: 0, y: 0, sampleWeight: 0 },
      { x: 1, y: 1, sampleWeight: 1 },
    ]);
  });
});
