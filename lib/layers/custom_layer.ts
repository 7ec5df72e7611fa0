// What a custom layer is in native terms, and how its methods are called.
import { defined, elementAt } from '../check';
import { InWords, invalidArgument, shapeMismatch, unsupported } from '../errors';
import type { CustomNode, FloatArray, LayerSpec } from '../native';
import { atOnce, checkFinite, methodOf, returnedValues } from '../returned';
import { type FloatDtype, floatDtypeOf, floatsOfSize, type Shape, sizeOf, Tensor, type TensorLike } from '../tensor';
import { type BatchShape, checkBatchShape } from './batch_shape';
import type { Variable } from './variable';

/** One tensor, or one for each input. */
type OneOrList<T> = T | readonly T[];

/** What `forward` is told besides its inputs. */
export interface ForwardInfo {
  /** Whether the model trains. */
  readonly training: boolean;
}

/** What `backward` returns: gradients by the inputs and, in the order of `addWeight`, by the weights. */
export interface LayerGradients {
  /** One for each input, shaped as it. */
  readonly input: OneOrList<TensorLike>;
  /** Null for those that do not train; none at all where nothing does. */
  readonly weights?: readonly (TensorLike | null)[];
}

/** The methods of a custom layer. */
export interface CustomMethods {
  readonly name: string;
  computeOutputShape?(inputShape: OneOrList<BatchShape>): BatchShape;
  forward?(x: OneOrList<Tensor<Float32Array>>, weights: readonly Tensor<Float32Array>[], info: ForwardInfo): unknown;
  backward?(
    x: OneOrList<Tensor<Float32Array>>,
    gradient: Tensor<Float32Array>,
    weights: readonly Tensor<Float32Array>[],
  ): unknown;
}

/** The shape of a sample that comes out of `forward`; by default that of the input. */
export function customShape(layer: CustomMethods, shapes: readonly Shape[]): Shape {
  const [first = []] = shapes;
  if (layer.computeOutputShape === undefined) {
    if (shapes.length === 1) return first;
    throw unsupported('layer', 'a layer of several inputs with `computeOutputShape`', layer);
  }
  const batches = shapes.map((shape) => [null, ...shape]);
  const method = methodOf(layer, 'computeOutputShape');
  const given = layer.computeOutputShape(batches.length === 1 ? (batches[0] as BatchShape) : batches);
  atOnce(given, method);
  return checkBatchShape(given, method);
}

/** The native counterpart; shapes are there for {@link CustomCall}. */
export function customSpec(layer: CustomMethods, shapes: readonly Shape[], variables: readonly Variable[]): LayerSpec {
  const output = customShape(layer, shapes);
  return {
    type: 'custom',
    parameters: {
      input_sizes: shapes.map(sizeOf),
      size: sizeOf(output),
      variables: variables.flatMap(({ trainable, shape }) => [Number(trainable), shape.length, ...shape]),
      input_shapes: shapes.flatMap((shape) => [shape.length, ...shape]),
      output_shape: output,
    },
  };
}

/** By the inputs, and by the variables in their order: none of what is not trainable. */
export interface CustomGradients<A extends FloatArray = Float32Array> {
  readonly inputs: readonly A[];
  readonly variables: readonly A[];
}

/** What a call gets. */
type CallNode<A> = Pick<CustomNode, 'samples'> & {
  readonly x: readonly A[];
  readonly weights: readonly A[];
  readonly gradient: A | null;
};

/** One call of a layer for a whole batch: of floats, as models compute, or of doubles. */
export class CustomCall<A extends FloatArray = Float32Array> {
  readonly #layer: CustomMethods;
  readonly #variables: readonly Variable[];
  /** Indices of the variables in the order of `addWeight`. */
  readonly #order: readonly number[];
  readonly #x: readonly Tensor<A>[];
  readonly #outputShape: Shape;
  readonly #weights: readonly Tensor<A>[];
  readonly #gradient: A | null;
  readonly #dtype: FloatDtype;

  constructor(
    layer: CustomMethods,
    { parameters }: LayerSpec,
    variables: readonly Variable[],
    declared: readonly Variable[],
    { samples, x, weights, gradient }: CallNode<A>,
  ) {
    this.#layer = layer;
    this.#variables = variables;
    this.#order = declared.map((variable) => variables.indexOf(variable));
    const flat = [...(parameters.input_shapes as readonly number[])];
    this.#x = x.map((data) => new Tensor(data, [samples, ...flat.splice(0, defined(flat.shift()))]));
    this.#outputShape = [samples, ...(parameters.output_shape as Shape)];
    this.#weights = this.#order.map((v) => new Tensor(weights[v] as A, elementAt(variables, v).shape));
    this.#gradient = gradient;
    this.#dtype = floatDtypeOf(x[0] as A);
  }

  forward(training: boolean): A {
    const method = methodOf(this.#layer, 'forward');
    const y = this.#layer.forward?.(this.#inputs as Inputs, this.#weights as Weights, { training });
    const fix =
      'That is the shape of its input, unless `computeOutputShape`, or `outputShape` of Lambda, says another one.';
    return this.#checked(y, method, this.#outputShape, this.#given, fix);
  }

  /** As {@link backward}, where the gradients are not needed. */
  nothing(): CustomGradients<A> {
    return {
      inputs: this.#x.map(({ data }) => this.#zeros(data.length)),
      variables: this.#variables.map(({ trainable, size }) => this.#zeros(trainable ? size : 0)),
    };
  }

  backward(): CustomGradients<A> {
    const layer = this.#layer;
    const method = methodOf(layer, 'backward');
    if (layer.backward === undefined) {
      const fix = `Give \`${layer.name}\` a \`${method}\`.`;
      throw unsupported('layer', 'a layer with `backward` to train with', layer, fix);
    }
    const gradient = new Tensor(this.#gradient ?? this.#zeros(0), this.#outputShape);
    const returned = layer.backward(this.#inputs as Inputs, gradient as Weights[0], this.#weights as Weights);
    const result = atOnce(returned, method) as unknown;
    if (typeof result !== 'object' || result === null || !('input' in result)) {
      throw invalidArgument(method, '{ input, weights }', result);
    }
    const { input, weights = [] } = result as LayerGradients;
    const list = (this.#x.length === 1 ? [input] : input) as readonly TensorLike[];
    if (!Array.isArray(list) || list.length !== this.#x.length) {
      throw invalidArgument(`${method}.input`, `a list of ${this.#x.length}, one for each input,`, input);
    }
    const given = [...this.#given, gradient.data];
    const inputs = this.#x.map(({ shape }, i) => this.#checked(list[i], `${method}.input`, shape, given));
    return { inputs, variables: this.#variableGradients(weights, `${method}.weights`, given) };
  }

  #variableGradients(weights: unknown, method: string, given: readonly A[]): readonly A[] {
    if (!Array.isArray(weights)) throw invalidArgument(method, 'a list', weights);
    const needed = this.#variables.some(({ trainable }) => trainable);
    if (needed && weights.length !== this.#order.length) {
      throw shapeMismatch(
        method,
        `a gradient for each of the ${this.#order.length} weights`,
        new InWords(String(weights.length)),
      );
    }
    return this.#variables.map(({ trainable, shape }, v) => {
      return trainable ? this.#checked(weights[this.#order.indexOf(v)], method, shape, given) : this.#zeros(0);
    });
  }

  get #inputs(): OneOrList<Tensor<A>> {
    return this.#x.length === 1 ? (this.#x[0] as Tensor<A>) : this.#x;
  }

  get #given(): A[] {
    return [...this.#x, ...this.#weights].map(({ data }) => data);
  }

  #zeros(size: number): A {
    return floatsOfSize(size, this.#dtype) as A;
  }

  /** A copy: users may return what they were given. */
  #checked(value: unknown, method: string, shape: Shape, given: readonly A[], fix?: string): A {
    const values = returnedValues(value, method, shape, { fix, dtype: this.#dtype });
    checkFinite(values, method, given);
    return values.slice() as A;
  }
}

/** As methods are told; they compute with doubles as well. */
type Inputs = OneOrList<Tensor<Float32Array>>;
type Weights = readonly Tensor<Float32Array>[];
