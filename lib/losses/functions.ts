import { invalidArgument } from '../errors';
import type { Tensor, TensorLike } from '../tensor';
import type { AnyLoss, LossOptions } from './loss';
import {
  BinaryCrossentropy,
  CategoricalCrossentropy,
  type CrossentropyOptions,
  SparseCategoricalCrossentropy,
  type SparseCrossentropyOptions,
} from './probabilistic';
import { MeanAbsoluteError, MeanSquaredError } from './regression';

/** A loss without reduction: the value of each sample. */
export type LossFunction<Options = object> = (yTrue: TensorLike, yPred: TensorLike, options?: Options) => Tensor;

/** The options of a class that concern the value of a sample. */
type SampleOptions<Options> = Omit<Options, 'reduction' | 'name'>;

/** Mean of squared differences per sample: see {@link MeanSquaredError}. */
export const meanSquaredError = perSample<LossOptions>('meanSquaredError', MeanSquaredError);

/** Mean of absolute differences per sample: see {@link MeanAbsoluteError}. */
export const meanAbsoluteError = perSample<LossOptions>('meanAbsoluteError', MeanAbsoluteError);

/** Crossentropy of yes/no decisions per sample: see {@link BinaryCrossentropy}. */
export const binaryCrossentropy = perSample<CrossentropyOptions>('binaryCrossentropy', BinaryCrossentropy);

/** Crossentropy with one-hot targets per sample: see {@link CategoricalCrossentropy}. */
export const categoricalCrossentropy = perSample<CrossentropyOptions>(
  'categoricalCrossentropy',
  CategoricalCrossentropy,
);

/** Crossentropy with class indices per sample: see {@link SparseCategoricalCrossentropy}. */
export const sparseCategoricalCrossentropy = perSample<SparseCrossentropyOptions>(
  'sparseCategoricalCrossentropy',
  SparseCategoricalCrossentropy,
);

function perSample<Options extends LossOptions>(
  name: string,
  LossClass: new (options: Options) => AnyLoss,
): LossFunction<SampleOptions<Options>> {
  const compute: LossFunction<SampleOptions<Options>> = (yTrue, yPred, options) => {
    for (const other of ['reduction', 'name']) {
      if (options !== undefined && Object.hasOwn(options, other)) {
        throw invalidArgument(
          other,
          `no such option of the function ${name}`,
          other,
          `Use the class ${LossClass.name}.`,
        );
      }
    }
    return new LossClass({ ...options, reduction: 'none' } as Options).compute(yTrue, yPred) as Tensor;
  };
  return Object.defineProperty(compute, 'name', { value: name });
}
