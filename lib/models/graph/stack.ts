import { GemsbokError, invalidArgument, invalidUse } from '../../errors';
import { type BatchShape, Input, Layer, type Variable } from '../../layers';
import { checkBatchShape } from '../../layers/batch_shape';
import type { SymbolicTensor } from '../../layers/layer';
import { checkLimit } from '../../limits';
import type { NativeModel } from '../../native';
import type { Shape } from '../../tensor';
import { enterNative, type Lowered, lower, type Topology } from './topology';

/** Layers one after the other. */
export class Stack implements Topology {
  trainable = true;
  #input: Input | null = null;
  #layers: Layer[] = [];
  readonly #names = new Set<string>();
  #inputShape: Shape | null = null;
  #outputShape: Shape | null = null;
  #lowered: Lowered | null = null;
  #native: NativeModel | null = null;

  /** Without `Input`. */
  get layers(): readonly Layer[] {
    return this.#layers;
  }

  get input(): Input | null {
    return this.#input;
  }

  get inputNames(): readonly string[] {
    return [this.#input?.name ?? 'input'];
  }

  get outputNames(): readonly string[] {
    return [this.#layers.at(-1)?.name ?? 'output'];
  }

  get inputShapes(): readonly Shape[] | null {
    return this.#inputShape && [this.#inputShape];
  }

  get outputShapes(): readonly Shape[] | null {
    return this.#outputShape && [this.#outputShape];
  }

  get lastLayers(): readonly (Layer | undefined)[] {
    return [this.#layers.at(-1)];
  }

  get variables(): readonly Variable[] {
    return this.#layers.flatMap((layer) => layer.variables);
  }

  add(layer: Layer): void {
    if (!(layer instanceof Layer)) throw invalidArgument('layer', 'an instance of a layer', layer);
    if (layer instanceof Input) {
      this.#addInput(layer);
      return;
    }
    if (this.#names.has(layer.name)) {
      throw invalidArgument('layer', `a name that no other layer of the model has`, layer.name);
    }
    checkLimit('layers', this.#layers.length + 1, 'layers');
    if (this.#outputShape !== null) this.#outputShape = layer.buildFor(this.#outputShape);
    this.#layers.push(layer);
    this.#names.add(layer.name);
    this.#leaveNative();
  }

  pop(): Layer {
    const layer = this.#layers.at(-1);
    if (layer === undefined) {
      throw invalidUse('Expected a model with a layer to take away, received an empty one.');
    }
    this.#leaveNative();
    this.#layers.pop();
    this.#names.delete(layer.name);
    if (this.#inputShape !== null) this.#outputShape = this.#buildLayers(this.#inputShape);
    return layer;
  }

  build(inputShape: BatchShape): void {
    this.buildFor(checkBatchShape(inputShape, 'inputShape'));
  }

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

  get lowered(): Lowered {
    this.#lowered ??= this.#lower();
    return this.#lowered;
  }

  get native(): NativeModel {
    this.#native ??= enterNative([this.#builtFor], this.inputNames, this.lowered);
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

  get #builtFor(): Shape {
    if (this.#inputShape !== null) return this.#inputShape;
    const fix = 'Begin with an Input, call `build([null, ...])`, or pass data.';
    throw invalidUse(`Expected a model that is built, received one without a shape. ${fix}`);
  }

  #lower(): Lowered {
    const { output: input } = this.#input ?? new Input({ shape: this.#builtFor, name: 'input' });
    const tensors: SymbolicTensor[] = [];
    const output = this.#layers.reduce((tensor, layer) => {
      tensors.push(layer.apply(tensor));
      return tensors.at(-1) as SymbolicTensor;
    }, input);
    return lower([input], [output], { tensors, layers: this.#layers });
  }

  /** The layers changed. */
  #leaveNative(): void {
    this.#lowered = null;
    this.#native = null;
  }
}
