import { GemsbokError, invalidArgument } from '../errors';
import { type BatchShape, Input, Layer, type Variable } from '../layers';
import { checkBatchShape } from '../layers/layer';
import { type NativeModel, native } from '../native';
import { type Shape, sizeOf } from '../tensor';

/** The layers of a model, one after the other, and their native counterpart. */
export class Stack {
  readonly #owner: object;
  #input: Input | null = null;
  #layers: Layer[] = [];
  #inputShape: Shape | null = null;
  #outputShape: Shape | null = null;
  #native: NativeModel | null = null;

  constructor(owner: object) {
    this.#owner = owner;
  }

  /** Without `Input`. */
  get layers(): readonly Layer[] {
    return this.#layers;
  }

  get input(): Input | null {
    return this.#input;
  }

  /** Of one sample; null before the stack is built. */
  get inputShape(): Shape | null {
    return this.#inputShape;
  }

  get outputShape(): Shape | null {
    return this.#outputShape;
  }

  get variables(): readonly Variable[] {
    return this.#layers.flatMap((layer) => layer.variables);
  }

  /** The layers that native code knows, in its order. */
  get nativeLayers(): readonly Layer[] {
    return this.#layers.filter((layer) => layer.toNative() !== null);
  }

  add(layer: Layer): void {
    if (!(layer instanceof Layer)) throw invalidArgument('layer', 'an instance of a layer', layer);
    if (layer instanceof Input) {
      this.#addInput(layer);
      return;
    }
    if (this.#layers.some(({ name }) => name === layer.name)) {
      throw invalidArgument('layer', `a name that no other layer of the model has`, layer.name);
    }
    layer.claim(this.#owner);
    try {
      if (this.#outputShape !== null) this.#outputShape = layer.buildFor(this.#outputShape);
    } catch (error) {
      layer.release();
      throw error;
    }
    this.#layers.push(layer);
    this.#leaveNative();
  }

  pop(): Layer {
    const layer = this.#layers.at(-1);
    if (layer === undefined) {
      throw new GemsbokError('ERR_INVALID_ARG', 'Expected a model with a layer to take away, received an empty one.');
    }
    this.#leaveNative();
    this.#layers.pop();
    layer.release();
    if (this.#inputShape !== null) this.#outputShape = this.#buildLayers(this.#inputShape);
    return layer;
  }

  build(inputShape: BatchShape): void {
    this.buildFor(checkBatchShape(inputShape, 'inputShape'));
  }

  /** As {@link build}, for the shape of one sample. */
  buildFor(inputShape: Shape): void {
    if (this.#inputShape !== null && this.#inputShape.join() !== inputShape.join()) {
      throw new GemsbokError(
        'ERR_SHAPE_MISMATCH',
        `Expected the shape [${this.#inputShape.join(', ')}] of samples, for which the model is built, received ` +
          `[${inputShape.join(', ')}]. Make a new model.`,
      );
    }
    this.#outputShape = this.#buildLayers(inputShape);
    this.#inputShape = inputShape;
  }

  /** The native model, which holds the values of all variables from here on. */
  get native(): NativeModel {
    this.#native ??= this.#enterNative();
    return this.#native;
  }

  get isNative(): boolean {
    return this.#native !== null;
  }

  #addInput(input: Input): void {
    if (this.#input !== null || this.#layers.length > 0) {
      throw invalidArgument('layer', 'one Input, before all layers', input, 'Put it first.');
    }
    this.#input = input;
    this.buildFor(input.shape);
  }

  #buildLayers(inputShape: Shape): Shape {
    return this.#layers.reduce((shape, layer) => layer.buildFor(shape), inputShape);
  }

  #enterNative(): NativeModel {
    if (this.#inputShape === null) {
      const fix = 'Begin with an Input, call `build([null, ...])`, or pass data.';
      throw new GemsbokError('ERR_INVALID_ARG', `Expected a model that is built, received one without a shape. ${fix}`);
    }
    const layers = this.#layers.flatMap((layer) => layer.toNative() ?? []);
    const model = new native.Model({ inputSize: sizeOf(this.#inputShape), layers });
    const variables = this.variables;
    for (const [i, { offset }] of model.variables.entries()) variables[i]?.moveInto(model, offset);
    return model;
  }

  /** The layers changed: the values go back to them until there is a new native model. */
  #leaveNative(): void {
    if (this.#native === null) return;
    for (const variable of this.variables) variable.moveOut();
    this.#native = null;
  }
}
