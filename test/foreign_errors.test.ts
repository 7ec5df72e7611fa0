import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  BackupAndRestore,
  type CallbackHooks,
  CSVLogger,
  datasets,
  ERROR_CODES,
  GemsbokError,
  loadModel,
  ModelCheckpoint,
  readArrow,
  readCsv,
  readNpy,
  readParquet,
  TensorBoard,
  writeNpy,
} from 'gemsbok';
import t, { type Test } from 'tap';
import { wrong } from './helpers/misuse';
import { scratch } from './helpers/scratch';
import { classifier, QUIET, x, y } from './models.cases';

const folder = scratch();
mkdirSync(join(folder, 'folder.keras'));
mkdirSync(join(folder, 'folder.weights.h5'));

async function consumed(source: Promise<AsyncIterable<unknown>>): Promise<void> {
  for await (const _ of await source);
}

const fit = (callback: CallbackHooks) => classifier().fit(x, y, { ...QUIET, callbacks: [callback] });

/** All that takes a path. */
const READERS: Readonly<Record<string, (path: string) => Promise<unknown>>> = {
  loadModel,
  loadWeights: (path) => classifier().loadWeights(path),
  readNpy,
  readCsv: (path) => consumed(readCsv(path)),
  readArrow: (path) => consumed(readArrow(path)),
  readParquet: (path) => consumed(readParquet(path)),
  mnist: (path) => datasets.mnist.loadData({ path }),
};
const WRITERS: Readonly<Record<string, (path: string) => Promise<unknown>>> = {
  save: (path) => classifier().save(path.startsWith('\0') || typeof path !== 'string' ? path : `${path}.keras`),
  saveWeights: (path) => classifier().saveWeights(path.startsWith('\0') ? path : `${path}.weights.h5`),
  writeNpy: (path) => writeNpy(path, [1]),
  CSVLogger: async (filename) => fit(new CSVLogger({ filename })),
  ModelCheckpoint: async (path) => fit(new ModelCheckpoint({ filepath: `${path}.keras` })),
  BackupAndRestore: async (backupDir) => fit(new BackupAndRestore({ backupDir })),
  TensorBoard: async (logDir) => fit(new TensorBoard({ logDir })),
};

/** Ours, with a code of the list; or the system's, whose message has the path. */
async function check(t: Test, what: string, path: string, call: () => Promise<unknown>): Promise<void> {
  try {
    await call();
  } catch (error) {
    const { code, syscall, message } = error as NodeJS.ErrnoException;
    if (syscall !== undefined) return void t.ok(message.includes(path), `${what}: ${message}`);
    const isOurs = error instanceof GemsbokError || /^Expected /.test(message);
    t.ok(isOurs && ERROR_CODES.includes(code as never), `${what}: ${code} ${message}`);
    return;
  }
  t.fail(`${what}: nothing was refused`);
}

t.test('paths that are none', async (t) => {
  const none = join(folder, 'none', 'of', 'them');
  const long = join(folder, 'n'.repeat(300));
  for (const [name, call] of Object.entries(READERS)) {
    for (const path of ['\0', `${folder}/a\0b`, none, long, folder]) await check(t, name, path, () => call(path));
  }
  writeFileSync(join(folder, 'file'), '');
  for (const [name, call] of Object.entries(WRITERS)) {
    for (const path of ['\0', join(folder, 'file', 'below')]) await check(t, name, path, () => call(path));
  }
  for (const name of ['save', 'saveWeights', 'writeNpy']) {
    await check(t, name, folder, async () => WRITERS[name]?.(join(folder, name === 'writeNpy' ? '' : 'folder')));
  }
  for (const value of [undefined, null, 7, {}, [], Symbol('a'), () => {}, new Map(), 1n]) {
    for (const [name, call] of Object.entries(READERS).filter(([name]) => name !== 'mnist')) {
      await check(t, name, '', async () => call(wrong(value)));
    }
    await check(t, 'writeNpy', '', () => writeNpy(wrong(value), [1]));
    await check(t, 'save', '', () => classifier().save(wrong(value)));
  }
});

t.test('tables that are none', async (t) => {
  const texts = ['a,b\n1,2\n3', 'a,b\n1,"2', 'a,b\n1,2"2\n', 'a,b\n"1"2,3\n', 'a\n"', '', 'a,a\n1', '"a\n'];
  for (const text of texts) {
    await check(t, JSON.stringify(text), '', () => consumed(readCsv(() => [text])));
    const path = join(folder, 'table.csv');
    writeFileSync(path, text);
    await check(t, `a file of ${JSON.stringify(text)}`, '', () => consumed(readCsv(path)));
  }
  for (const delimiter of ['"', '\n', '']) {
    await check(t, `delimiter ${JSON.stringify(delimiter)}`, '', () =>
      consumed(readCsv(() => ['a\n1'], { delimiter })),
    );
  }
  const bytes = ['', 'PAR1', 'PAR1\0\0\0\0PAR1', 'ARROW1\0\0', '\xff\xff\xff\xff\x08\0\0\0', '\x93NUMPY', 'hello'];
  for (const text of bytes) {
    const source = new Uint8Array(Buffer.from(text, 'latin1'));
    await check(t, `Arrow: ${text}`, '', () => consumed(readArrow(source)));
    await check(t, `Parquet: ${text}`, '', () => consumed(readParquet(source)));
    await check(t, `npy: ${text}`, '', () => readNpy(source));
    const path = join(folder, 'bytes');
    writeFileSync(path, source);
    await check(t, `a model: ${text}`, '', () => loadModel(path));
  }
});
