import { checkOptions, checkUnsupported } from '../../check';
import { invalidArgument } from '../../errors';
import type { Config } from '../../identifiers';
import type { LayerSpec } from '../../native';
import type { Shape } from '../../tensor';
import { type BatchShape, checkBatchShape, checkSampleShape } from '../batch_shape';
import { LAYER_OPTIONS, Layer, type LayerOptions } from '../layer';

const DTYPES = ['float32', 'int8', 'int16', 'int32', 'int64', 'uint8', 'uint16', 'uint32', 'bool'] as const;

export interface InputOptions extends LayerOptions {
  /** The shape of one sample, without the batch. Default: `batchShape` tells it */
  readonly shape?: Shape | undefined;
  /** Instead of `shape`: with the batch, which must be null. Default: `shape` tells it */
  readonly batchShape?: BatchShape | undefined;
  /** What the samples are in Keras, for configs; here all numbers are float32. Default: 'float32' */
  readonly dtype?: (typeof DTYPES)[number] | undefined;
}

/**
 * States the shape of the samples. It begins a `Sequential`, which is then built at once and of whose `layers` it is no
 * part, or is an input of a `Model`.
 *
 * Shapes: `shape` is that of one sample, `[28, 28, 1]`; all sizes must be known. Errors: `ERR_INVALID_ARG`,
 * `ERR_OUT_OF_RANGE` for what is not such a shape. Source: `keras.Input`.
 *
 * @example
 * ```ts
 * new Sequential([new Input({ shape: [4] }), new Dense({ units: 3 })]).countParams(); // 15
 * ```
 */
export class Input extends Layer {
  /** The shape of one sample. */
  readonly shape: Shape;
  readonly dtype: (typeof DTYPES)[number];

  constructor(options: InputOptions) {
    const known = checkOptions(
      options,
      [...LAYER_OPTIONS, 'shape', 'batchShape', 'batchSize', 'sparse', 'ragged', 'optional'],
      'Input',
    );
    const dtype = DTYPES.find((one) => one === known.dtype) ?? 'float32';
    checkUnsupported(known, { batchSize: null, dtype, sparse: false, ragged: false, optional: false }, 'Input');
    if ((known.shape === undefined) === (known.batchShape === undefined)) {
      throw invalidArgument('shape', 'the shape of one sample, or `batchShape`, and not both,', known.shape);
    }
    super('InputLayer', options);
    this.shape =
      known.shape === undefined
        ? checkBatchShape(known.batchShape, 'batchShape')
        : checkSampleShape(known.shape, 'shape');
    this.dtype = dtype;
    this.buildFor(this.shape);
    this.use([], [this.shape]);
  }

  protected shapeAfter(inputShape: Shape): Shape {
    return inputShape;
  }

  toNative(): readonly LayerSpec[] {
    return [];
  }

  override getConfig(): Config {
    return {
      batch_shape: [null, ...this.shape],
      dtype: this.dtype,
      sparse: false,
      ragged: false,
      name: this.name,
      optional: false,
    };
  }
}
