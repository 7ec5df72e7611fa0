import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join, resolve } from 'node:path';
import { checkOptions, checkPath } from '../check';
import { corruptFile, invalidUse } from '../errors';
import { Tensor } from '../tensor';
import { readIdx } from './idx';

export interface ImageOptions {
  /** The folder of the four IDX files. Default: where the package with the images has them */
  readonly path?: string | undefined;
}

type ImageShape = [rows: number, height: number, width: number, channels: number];

/** Images of 28 by 28 bytes with their classes. */
export interface Images {
  /** Grey values from 0 to 255, `[60000, 28, 28, 1]`. */
  readonly trainX: Tensor<Uint8Array, ImageShape>;
  /** Classes from 0 to 9, `[60000]`. */
  readonly trainY: Tensor<Uint8Array, [number]>;
  /** `[10000, 28, 28, 1]` */
  readonly testX: Tensor<Uint8Array, ImageShape>;
  /** `[10000]` */
  readonly testY: Tensor<Uint8Array, [number]>;
}

/** Where images in the form of MNIST come from. */
export interface ImageSource {
  readonly title: string;
  /** The environment variable that names a folder. */
  readonly variable: string;
  /** The npm package whose folder `data` holds them; null where there is none. */
  readonly npmPackage: string | null;
  /** How to get them, as an imperative. */
  readonly help: string;
}

const SIDE = 28;
const CLASSES = 10;

export async function loadImages(source: ImageSource, options: ImageOptions, owner: string): Promise<Images> {
  checkOptions(options, ['path'], owner);
  const folder = findFolder(source, options.path === undefined ? undefined : checkPath(options.path, 'path'));
  const part = (name: string, count: number) => readPart(source, folder, name, count);
  const [train, test] = await Promise.all([part('train', 60_000), part('t10k', 10_000)]);
  return { trainX: train.images, trainY: train.labels, testX: test.images, testY: test.labels };
}

async function readPart(source: ImageSource, folder: string, part: string, count: number) {
  const imagePath = findFile(source, folder, `${part}-images`, 'idx3-ubyte');
  const labelPath = findFile(source, folder, `${part}-labels`, 'idx1-ubyte');
  const [images, labels] = await Promise.all([readIdx(imagePath, [count, SIDE, SIDE]), readIdx(labelPath, [count])]);
  const wrong = labels.data.findIndex((label) => label >= CLASSES);
  if (wrong !== -1) throw corruptFile(labelPath, `labels below ${CLASSES}`, `${labels.data[wrong]} at row ${wrong}`);
  return { images: new Tensor(images.data, [count, SIDE, SIDE, 1]), labels: new Tensor(labels.data, [count]) };
}

function findFolder(source: ImageSource, path: string | undefined): string {
  const named = path ?? process.env[source.variable];
  if (named !== undefined && named !== '') return resolve(named);
  const { npmPackage } = source;
  if (npmPackage === null) throw missing(source, `${source.variable} is not set`);
  // The program's own installation first: in a workspace it may not be ours.
  for (const base of [join(process.cwd(), 'package.json'), __filename]) {
    try {
      return join(dirname(createRequire(base).resolve(`${npmPackage}/package.json`)), 'data');
    } catch {
      // Not installed there.
    }
  }
  throw missing(source, `the npm package ${npmPackage} is not installed`);
}

/** Both spellings are about: `train-images-idx3-ubyte` and `train-images.idx3-ubyte`, each with `.gz` or without. */
function findFile(source: ImageSource, folder: string, stem: string, kind: string): string {
  const names = [`${stem}-${kind}`, `${stem}.${kind}`].flatMap((name) => [name, `${name}.gz`]);
  const found = names.map((name) => join(folder, name)).find((path) => existsSync(path));
  if (found === undefined) throw missing(source, `there is no ${join(folder, `${stem}-${kind}`)}`);
  return found;
}

function missing({ title, help, variable }: ImageSource, fault: string): Error {
  return invalidUse(
    `Expected the four IDX files of ${title}, received none: ${fault}. ${help}, or name a folder that holds them by the ` +
      `option \`path\` or the environment variable ${variable}.`,
  );
}
