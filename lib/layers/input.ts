import { checkOptions, checkUnsupported } from '../check';
import { invalidArgument } from '../errors';
import { type Config, optionsFromConfig } from '../identifiers';
import type { Shape } from '../tensor';
import { LAYER_OPTIONS } from './config';
import { type BatchShape, checkBatchShape, checkSampleShape, Layer, type LayerOptions } from './layer';

export interface InputOptions extends LayerOptions {
  /** Of one sample, without the batch. */
  readonly shape?: Shape | undefined;
  /** In place of `shape`: with the batch, which must be null. */
  readonly batchShape?: BatchShape | undefined;
}

/**
 * States the shape of the samples, so that a model is built at once. It is no part of `model.layers`.
 *
 * Shapes: `shape` is that of one sample, `[28, 28, 1]`; all sizes must be known. Errors: `ERR_INVALID_ARG`,
 * `ERR_OUT_OF_RANGE` for what is no such shape. Source: `keras.Input`.
 *
 * @example
 * ```ts
 * new Sequential([new Input({ shape: [4] }), new Dense({ units: 3 })]).countParams(); // 15
 * ```
 */
export class Input extends Layer {
  /** Of one sample. */
  readonly shape: Shape;

  constructor(options: InputOptions) {
    const known = checkOptions(
      options,
      [...LAYER_OPTIONS, 'shape', 'batchShape', 'batchSize', 'sparse', 'ragged', 'optional'],
      'Input',
    );
    const off = { batchSize: null, dtype: 'float32', sparse: false, ragged: false, optional: false };
    checkUnsupported(known, off, 'Input');
    if ((known.shape === undefined) === (known.batchShape === undefined)) {
      throw invalidArgument('shape', 'the shape of one sample, or `batchShape`, and not both,', known.shape);
    }
    super('InputLayer', options.name);
    this.shape =
      known.shape === undefined
        ? checkBatchShape(known.batchShape, 'batchShape')
        : checkSampleShape(known.shape, 'shape');
    this.buildFor(this.shape);
  }

  static fromConfig(config: Config): Input {
    return new Input(optionsFromConfig(config));
  }

  protected shapeAfter(inputShape: Shape): Shape {
    return inputShape;
  }

  toNative(): null {
    return null;
  }

  getConfig(): Config {
    return {
      batch_shape: [null, ...this.shape],
      dtype: 'float32',
      sparse: false,
      ragged: false,
      name: this.name,
      optional: false,
    };
  }
}
