import { type ImageOptions, type ImageSource, type Images, loadImages } from './idx_images';

/** What the classes show. */
export const CLASS_NAMES = [
  'T-shirt/top',
  'Trouser',
  'Pullover',
  'Dress',
  'Coat',
  'Sandal',
  'Shirt',
  'Sneaker',
  'Bag',
  'Ankle boot',
] as const;

const SOURCE: ImageSource = {
  title: 'Fashion-MNIST',
  variable: 'GEMSBOK_FASHION_MNIST',
  npmPackage: null,
  help: 'Download them from https://github.com/zalandoresearch/fashion-mnist (data/fashion)',
};

/**
 * Loads Fashion-MNIST, pictures of clothes in the form of MNIST, from four IDX files, plain or gzipped.
 *
 * They are looked for in the folder `path`, then in the folder that the environment variable GEMSBOK_FASHION_MNIST names;
 * no npm package carries them in this form. They are in the folder data/fashion of
 * https://github.com/zalandoresearch/fashion-mnist. Shapes: as those of `datasets.mnist`. Errors: `ERR_INVALID_ARG` where
 * there are none, `ERR_CORRUPT_FILE` for files of other contents. Source: Xiao, Rasul, Vollgraf, Fashion-MNIST.
 *
 * @example
 * ```ts
 * const load = () => datasets.fashionMnist.loadData({ path: 'data/fashion' });
 * datasets.fashionMnist.CLASS_NAMES[9]; // "Ankle boot"
 * ```
 */
export async function loadData(options: ImageOptions = {}): Promise<Images> {
  return loadImages(SOURCE, options, 'datasets.fashionMnist.loadData');
}
