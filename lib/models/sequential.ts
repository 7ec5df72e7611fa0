import { checkOptions } from '../check';
import { invalidArgument, invalidUse } from '../errors';
import type { Config, Serialized } from '../identifiers';
import { type BatchShape, type Ends, Layer, type SingleEnds } from '../layers';
import { allLayers } from '../nesting';
import type { Tensor } from '../tensor';
import { BaseModel } from './base_model';
import {
  type CustomObjects,
  compileConfig,
  inLayer,
  layersFromConfig,
  type ModelConfig,
  readModelConfig,
  stackConfig,
} from './files/config';
import { Stack } from './graph/stack';
import type { SummaryParts } from './graph/summary';
import { registerModel } from './model_classes';
import type { FromSharedOptions, ModelHandle } from './shared_model';

export interface SequentialOptions {
  /** Default: 'sequential', numbered */
  readonly name?: string | null | undefined;
}

/**
 * A model of layers, one after the other.
 *
 * It is built at once where an `Input` comes first, otherwise with the first data. Training, evaluating and predicting
 * run on the library's own threads; all data is copied when they begin. Errors: sync methods throw, async ones reject;
 * `ERR_INVALID_ARG`, `ERR_SHAPE_MISMATCH` and `ERR_OUT_OF_RANGE` for arguments, `ERR_NOT_COMPILED` before `compile`,
 * `ERR_MODEL_BUSY` for what cannot be done while it trains. Source: `keras.Sequential`.
 *
 * @example
 * ```ts
 * const model = new Sequential([new Input({ shape: [2] }), new Dense({ units: 1 })]);
 * model.compile({ optimizer: 'sgd', loss: 'mse' });
 * await model.fit([[0, 1], [1, 0]], [1, 2], { epochs: 3, verbose: 0 });
 * model.predictSync([[1, 1]]).shape; // [1, 1]
 * ```
 */
export class Sequential extends BaseModel<Tensor<Float32Array>, SingleEnds> {
  readonly #stack = new Stack();

  /** `layers`: models too, whose type may not tell that they have one input and one output. */
  constructor(layers: readonly Layer<Ends>[] = [], options: SequentialOptions = {}) {
    if (!Array.isArray(layers) || (options as unknown) instanceof Layer) {
      throw invalidArgument('layers', 'an array of layers', layers, 'Write new Sequential([first, second, ...]).');
    }
    checkOptions(options, ['name'], 'Sequential');
    super('Sequential', { name: options.name });
    for (const layer of layers) this.#stack.add(layer as Layer);
  }

  /**
   * A model, not compiled and with new weights, from what `getConfig` returned or from Keras' config of one, of any
   * age.
   */
  static fromConfig(config: ModelConfig, customObjects: CustomObjects = {}): Sequential {
    const own = readModelConfig(config, ['Sequential']);
    const name = typeof own.name === 'string' ? own.name : undefined;
    const model = new Sequential([], { name });
    for (const layer of layersFromConfig(own, customObjects)) inLayer(layer.name, () => model.add(layer));
    const { build_input_shape: inputShape } = own;
    if (!model.built && inputShape !== undefined) model.build(inputShape as BatchShape);
    model.#stack.trainable = own.trainable !== false;
    return model;
  }

  /** As `Model.fromShared`. */
  static fromShared<M extends BaseModel<unknown> = Sequential>(
    handle: ModelHandle,
    options: FromSharedOptions = {},
  ): M {
    return Sequential.twin<M>(handle, options);
  }

  override get built(): boolean {
    return this.#stack.inputShapes !== null;
  }

  /** `[null, 28, 28, 1]`; null before the model is built. */
  override get inputShape(): BatchShape | null {
    const [shape] = this.#stack.inputShapes ?? [];
    return shape === undefined ? null : [null, ...shape];
  }

  /** `[null, 10]`; null before the model is built. */
  override get outputShape(): BatchShape | null {
    const [shape] = this.#stack.outputShapes ?? [];
    return shape === undefined ? null : [null, ...shape];
  }

  /**
   * Puts a layer at the end. A compiled model must not be busy; its optimizer starts over. A part of other models stays as it
   * is (`ERR_INVALID_ARG`).
   */
  add(layer: Layer<Ends>, ...others: readonly never[]): void {
    this.#checkChange('add');
    if (others.length > 0 || Array.isArray(layer)) {
      const received = others.length > 0 ? [layer, ...others] : layer;
      throw invalidArgument('layer', 'one layer', received, 'Add one after the other, or write new Sequential([...]).');
    }
    if (layer instanceof Layer && allLayers([layer as Layer]).includes(this)) {
      throw invalidUse(`Expected a layer that does not hold the model itself for \`add\`, received \`${layer.name}\`.`);
    }
    this.#stack.add(layer as Layer);
    this.compilation?.reset();
  }

  /** Takes the last layer away. */
  pop(): Layer {
    this.#checkChange('pop');
    const layer = this.#stack.pop();
    this.compilation?.reset();
    return layer;
  }

  /** Builds all layers for samples of this shape, `[null, ...]`. */
  override build(inputShape: BatchShape): void {
    this.#stack.build(inputShape);
  }

  /** Name and layers, with Keras' names. */
  override getConfig(): Config {
    return stackConfig(this.name, this.#stack);
  }

  #checkChange(method: string): void {
    this.checkIdle(method);
    if (!this.isApplied) return;
    const fix = 'Make a new one of its `layers`.';
    throw invalidUse(
      `Expected a model that is not part of another one for \`${method}\`, received one that is. ${fix}`,
    );
  }

  override toJSON(): Serialized & Config {
    return {
      module: 'keras',
      class_name: 'Sequential',
      config: this.getConfig(),
      registered_name: null,
      build_config: { input_shape: this.inputShape },
      compile_config: this.compilation && compileConfig(this.compilation),
    };
  }

  protected override get topology(): Stack {
    return this.#stack;
  }

  override predicted([output]: readonly Tensor<Float32Array>[]): Tensor<Float32Array> {
    return output as Tensor<Float32Array>;
  }

  protected override summarized(): Pick<SummaryParts, 'layers' | 'connections'> {
    return { layers: this.layers, connections: null };
  }
}

registerModel(['Sequential'], Sequential);
