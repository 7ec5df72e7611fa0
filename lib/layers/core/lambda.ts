import { checkFunction } from '../../check';
import { InWords, unsupported } from '../../errors';
import { type Config, functionByConfig, functionConfig, optionsFromConfig } from '../../identifiers';
import type { LayerSpec } from '../../native';
import { atOnce, methodOf } from '../../returned';
import type { Shape, Tensor, TensorLike } from '../../tensor';
import { type BatchShape, checkSampleShape } from '../batch_shape';
import type { ForwardInfo, LayerGradients } from '../custom_layer';
import { checkLayerOptions, Layer, type LayerOptions } from '../layer';

/** What functions of {@link Lambda} are given: one tensor, or a list of several. */
type LambdaInput = Tensor<Float32Array> | readonly Tensor<Float32Array>[];

/** Gradients by the inputs; a list for several inputs. */
type LambdaGradient = TensorLike | readonly TensorLike[];

export interface LambdaOptions<X extends LambdaInput = Tensor<Float32Array>> extends LayerOptions {
  /** The output for a batch; with several inputs `x` is a list. */
  readonly forward: (x: X, info: ForwardInfo) => TensorLike;
  /**
   * The gradient by the input (with several inputs a list), from `gradient`, that by the output. Without it the layer
   * predicts, and training is an error. Default: none
   */
  readonly backward?: ((x: X, gradient: Tensor<Float32Array>) => LambdaGradient | LayerGradients) | null | undefined;
  /**
   * The shape of a sample that `forward` returns, or a function from the shape of the input, with the batch as null, to that
   * of the output. Default: as the (first) input
   */
  readonly outputShape?: Shape | ((inputShape: BatchShape) => BatchShape) | null | undefined;
}

const OPTIONS = ['forward', 'backward', 'outputShape'];

/**
 * A layer of functions of your own, which run on the JavaScript thread. One with weights is a subclass of `Layer`.
 *
 * `checkGradient` compares both functions. What is saved are the names of functions that `registerSerializable` knows;
 * Keras' `Lambda` holds Python's code, which is never run. Shapes: as `outputShape` says. Defaults: no backward,
 * outputShape that of the (first) input. Errors: `ERR_INVALID_ARG` for what is not a function, `ERR_SHAPE_MISMATCH` for
 * another shape than outputShape, `ERR_UNSUPPORTED` where it is trained without backward, or saved without registered
 * functions. Source: `keras.layers.Lambda`.
 *
 * @example
 * ```ts
 * const square = new Lambda({
 *   forward: (x) => tensor(x.data.map((v) => v * v), { shape: x.shape }),
 *   backward: (x, gradient) => gradient.data.map((g, i) => 2 * x.data[i] * g),
 * });
 * new Sequential([new Input({ shape: [2] }), square]).predictSync([[2, 3]]).toArray(); // [[4, 9]]
 * ```
 */
export class Lambda<X extends LambdaInput = Tensor<Float32Array>> extends Layer {
  readonly #options: LambdaOptions<X>;
  /** @internal */
  declare backward?: (x: never, gradient: Tensor<Float32Array>) => LayerGradients;

  constructor(options: LambdaOptions<X>) {
    const { outputShape } = checkLayerOptions(options, OPTIONS, 'Lambda') as Partial<LambdaOptions<X>>;
    checkFunction(options?.forward, 'forward', 'It gets the input, a tensor, and returns the output.');
    if (Array.isArray(outputShape)) checkSampleShape(outputShape, 'outputShape');
    else if (outputShape != null) checkFunction(outputShape, 'outputShape');
    super(options);
    this.#options = options;
    const { backward } = options;
    if (backward == null) return;
    checkFunction(backward, 'backward');
    this.backward = (x, gradient) => {
      const given = atOnce(backward(x, gradient), methodOf(this, 'backward')) as unknown;
      const hasNames = typeof given === 'object' && given !== null && 'input' in given;
      return (hasNames ? given : { input: given }) as LayerGradients;
    };
  }

  /** @internal */
  override forward(x: never, _weights: readonly unknown[], info: ForwardInfo): TensorLike {
    return this.#options.forward(x, info);
  }

  /** @internal */
  override computeOutputShape(inputShape: BatchShape | readonly BatchShape[]): BatchShape {
    const { outputShape } = this.#options;
    if (typeof outputShape === 'function') return outputShape(inputShape as BatchShape);
    const first = (Array.isArray(inputShape[0]) ? inputShape[0] : inputShape) as BatchShape;
    return outputShape == null ? first : [null, ...outputShape];
  }

  /** Never called: see {@link customSpec}. */
  protected shapeAfter(inputShape: Shape): Shape {
    return inputShape;
  }

  toNative(): readonly LayerSpec[] {
    return [];
  }

  /** Its functions by their registered names, or as they are: those no file can hold. */
  override getConfig(): Config {
    const { forward, backward = null, outputShape = null } = this.#options;
    return {
      ...super.getConfig(),
      forward: functionConfig(forward),
      backward: functionConfig(backward),
      output_shape: functionConfig(outputShape),
    };
  }

  /** One of the functions that are registered by the names of the config. */
  static override fromConfig<T extends Layer>(this: new (options: never) => T, config: Config): T {
    const options = optionsFromConfig<Record<string, unknown>>(config);
    if ('function' in options) {
      const fix = 'A class of yours in its place goes into `customObjects`: { Lambda: Mine }.';
      throw unsupported(
        'function',
        "functions of JavaScript, as Python's code is never run,",
        new InWords('one of Python'),
        fix,
      );
    }
    for (const name of OPTIONS) options[name] = functionByConfig(options[name], name);
    return new this(options as never);
  }
}
