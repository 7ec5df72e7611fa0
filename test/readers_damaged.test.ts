import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import zlib, { gzipSync } from 'node:zlib';
import { datasets } from 'gemsbok';
import t from 'tap';

/** Not declared, as only its `createGunzip` is meant to be used. */
const { Gunzip } = zlib as unknown as { readonly Gunzip: { readonly prototype: Readable } };

const folder = mkdtempSync(join(tmpdir(), 'damaged-'));
t.teardown(() => rmSync(folder, { recursive: true }));

function idx(shape: readonly number[], size = shape.reduce((product, length) => product * length, 1)): Buffer {
  const bytes = Buffer.alloc(4 + 4 * shape.length + size);
  bytes.writeUInt32BE(0x0800 + shape.length);
  for (const [axis, length] of shape.entries()) bytes.writeUInt32BE(length, 4 + 4 * axis);
  return bytes;
}

t.test('IDX is inflated as far as its header says, and the header says what is wanted', async (t) => {
  for (const [part, rows] of [['train', 60_000] as const, ['t10k', 10_000] as const]) {
    writeFileSync(join(folder, `${part}-images-idx3-ubyte`), idx([rows, 28, 28]));
    writeFileSync(join(folder, `${part}-labels-idx1-ubyte`), idx([rows]));
  }
  let inflated = 0;
  const { push } = Gunzip.prototype;
  Gunzip.prototype.push = function (chunk, ...rest) {
    inflated += chunk?.length ?? 0;
    return push.call(this, chunk, ...rest);
  };
  t.teardown(() => {
    Gunzip.prototype.push = push;
  });
  const size = 32 * 2 ** 20;
  const whole = gzipSync(idx([10_000]));
  const wrong: Readonly<Record<string, Buffer>> = {
    'more than the header says': gzipSync(idx([10_000], size)),
    'a header that says too much': gzipSync(idx([size], size)),
    'no IDX': gzipSync(Buffer.alloc(size)),
    'an end that is cut off': whole.subarray(0, -9),
    'a checksum that is wrong': Buffer.from(whole).fill(1, whole.length - 8, whole.length - 4),
    'less than the header says': gzipSync(idx([10_000], 9_999)),
    'a header that is cut off': gzipSync(idx([10_000]).subarray(0, 6)),
    'one byte': Buffer.of(0x1f),
  };
  for (const [what, bytes] of Object.entries(wrong)) {
    inflated = 0;
    writeFileSync(join(folder, 't10k-labels-idx1-ubyte'), bytes);
    const message = /t10k-labels/;
    await t.rejects(datasets.mnist.loadData({ path: folder }), { code: 'ERR_CORRUPT_FILE', message }, what);
    t.ok(inflated < 2 ** 20, `${what}: ${inflated} bytes`);
  }
});
