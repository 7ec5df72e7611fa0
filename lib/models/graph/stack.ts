import { defined, instanceFix } from '../../check';
import { GemsbokError, invalidArgument, invalidUse } from '../../errors';
import { type BatchShape, Input, Layer, type Variable } from '../../layers';
import { checkBatchShape } from '../../layers/batch_shape';
import type { SymbolicTensor } from '../../layers/layer';
import { checkLimit } from '../../limits';
import type { NativeModel } from '../../native';
import { allLayers } from '../../nesting';
import type { Shape } from '../../tensor';
import { enterNative, type Lowered, lower, type Topology } from './topology';

/** Layers one after the other. */
export class Stack implements Topology {
  trainable = true;
  #input: Input | null = null;
  #layers: Layer[] = [];
  readonly #names = new Set<string>();
  /** That of the input, and the output of each layer; none before it is built. */
  #tensors: readonly SymbolicTensor[] = [];
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

  get inputs(): readonly SymbolicTensor[] {
    return this.#tensors.slice(0, 1);
  }

  get outputs(): readonly SymbolicTensor[] {
    return this.#tensors.slice(-1);
  }

  get inputShapes(): readonly Shape[] | null {
    return shapesOf(this.inputs);
  }

  get outputShapes(): readonly Shape[] | null {
    return shapesOf(this.outputs);
  }

  get variables(): readonly Variable[] {
    return [...new Set(allLayers(this.#layers).flatMap((layer) => layer.ownVariables))];
  }

  add(layer: Layer): void {
    if (!(layer instanceof Layer)) throw invalidArgument('layer', 'an instance of a layer', layer, instanceFix(layer));
    if (layer instanceof Input) {
      this.#addInput(layer);
      return;
    }
    if (this.#names.has(layer.name)) {
      const isTwice = this.#layers.includes(layer);
      const fix = isTwice ? 'Make a new layer for each place.' : 'Give it another `name`.';
      throw invalidArgument('layer', 'a name that no other layer of the model has', layer.name, fix);
    }
    checkLimit('layers', this.#layers.length + 1, 'layers');
    const last = this.#tensors.at(-1);
    if (last !== undefined) this.#tensors = [...this.#tensors, applied(layer, last)];
    this.#layers.push(layer);
    this.#names.add(layer.name);
    this.#leaveNative();
    if (last === undefined) this.#buildAsFirst();
  }

  pop(): Layer {
    const layer = this.#layers.at(-1);
    if (layer === undefined) {
      throw invalidUse('Expected a model with a layer to take away, received an empty one.');
    }
    this.#leaveNative();
    this.#layers.pop();
    this.#names.delete(layer.name);
    this.#tensors = this.#tensors.slice(0, this.#layers.length + 1);
    return layer;
  }

  build(inputShape: BatchShape): void {
    this.buildFor(checkBatchShape(inputShape, 'inputShape'));
  }

  buildFor(inputShape: Shape): void {
    const [first] = this.#tensors;
    if (first === undefined) {
      allLayers(this.#layers); // refuses what is too deep
      const tensors = [(this.#input ?? new Input({ shape: inputShape, name: 'input' })).output];
      for (const layer of this.#layers) tensors.push(applied(layer, tensors.at(-1) as SymbolicTensor));
      this.#tensors = tensors;
    } else if (first.sampleShape.join() !== inputShape.join()) {
      throw new GemsbokError(
        'ERR_SHAPE_MISMATCH',
        `Expected the shape [${first.sampleShape.join(', ')}] of samples, for which the model is built, received ` +
          `[${inputShape.join(', ')}]. Make a new model.`,
      );
    }
  }

  get lowered(): Lowered {
    if (this.#tensors.length === 0) throw notBuilt();
    this.#lowered ??= lower(this.inputs, this.outputs, { tensors: this.#tensors, layers: this.#layers });
    return this.#lowered;
  }

  get native(): NativeModel {
    const { lowered } = this;
    this.#native ??= enterNative(defined(this.inputShapes ?? undefined), this.inputNames, lowered);
    return this.#native;
  }

  get isNative(): boolean {
    return this.#native !== null;
  }

  #addInput(input: Input): void {
    if (this.#input !== null || this.#layers.length > 0) {
      throw invalidArgument('layer', 'one Input, before all layers,', input, 'Put it first.');
    }
    this.#input = input;
    this.buildFor(input.shape);
  }

  /** A model that comes first says what it takes. */
  #buildAsFirst(): void {
    const [first, ...more] = this.#layers[0]?.innerGraph?.inputs ?? [];
    if (first !== undefined && more.length === 0) this.buildFor(first.sampleShape);
  }

  /** The layers changed. */
  #leaveNative(): void {
    this.#lowered = null;
    this.#native = null;
  }
}

/** An error for what needs the shape of samples. */
export function notBuilt(): Error {
  const fix = 'Begin with an Input, call `build([null, ...])`, or pass data.';
  return invalidUse(`Expected a model that is built, received one without a shape. ${fix}`);
}

function shapesOf(tensors: readonly SymbolicTensor[]): readonly Shape[] | null {
  return tensors.length === 0 ? null : tensors.map(({ sampleShape }) => sampleShape);
}

/** Errors: `ERR_INVALID_ARG` for a layer with several outputs. */
function applied(layer: Layer, tensor: SymbolicTensor): SymbolicTensor {
  const [output, ...more] = [layer.apply(tensor) as SymbolicTensor | readonly SymbolicTensor[]].flat();
  if (output !== undefined && more.length === 0) return output;
  throw invalidArgument('layer', 'a layer with one output', layer, 'Use `Model` for several.');
}
