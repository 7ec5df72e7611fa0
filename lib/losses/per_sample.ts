import { checkObject, toCamelCase, toSnakeCase } from '../check';
import { invalidArgument } from '../errors';
import type { Tensor, TensorLike } from '../tensor';
import type { AnyLoss, LossOptions } from './loss';

/** A loss without reduction: the value of each sample. */
export type LossFunction<Options = object> = (yTrue: TensorLike, yPred: TensorLike, options?: Options) => Tensor;

type LossClass = new (options?: never) => AnyLoss;

/** The options of a class that concern the value of a sample. */
type SampleOptions<C extends LossClass> = Omit<NonNullable<ConstructorParameters<C>[0]>, 'reduction' | 'name'>;

const CLASSES = new Map<unknown, new () => AnyLoss>();

/** The class that a function made by {@link perSample} belongs to. */
export function classOf(call: unknown): (new () => AnyLoss) | undefined {
  return CLASSES.get(call);
}

/** The function of a class, which has the class' name. */
export function perSample<C extends LossClass>(type: C): LossFunction<SampleOptions<C>> {
  const name = toCamelCase(toSnakeCase(type.name));
  const compute: LossFunction<SampleOptions<C>> = (yTrue, yPred, options = {} as SampleOptions<C>) => {
    checkObject(options, [], name);
    for (const other of ['reduction', 'name']) {
      if (!Object.hasOwn(options, other)) continue;
      throw invalidArgument(other, `no such option of the function ${name}`, other, `Use the class ${type.name}.`);
    }
    const all: LossOptions = { ...options, reduction: 'none' };
    return new type(all as never).compute(yTrue, yPred) as Tensor;
  };
  CLASSES.set(compute, type);
  return Object.defineProperty(compute, 'name', { value: name });
}
