import { checkBoolean, checkName, checkOptions } from '../check';
import { type ConstraintIdentifier, get as getConstraint } from '../constraints';
import { GlorotUniform, get as getInitializer, type InitializerIdentifier } from '../initializers';
import { get as getRegularizer, type RegularizerIdentifier } from '../regularizers';
import { checkShape, type Shape } from '../tensor';
import { Variable } from './variable';

/** What `addWeight` is told. */
export interface WeightOptions {
  /** Default: 'weight', numbered */
  readonly name?: string | undefined;
  /** Default: `[]`, one number */
  readonly shape?: Shape | undefined;
  /** Default: 'glorot_uniform' */
  readonly initializer?: InitializerIdentifier | null | undefined;
  /** Default: true */
  readonly trainable?: boolean | undefined;
  /** Adds to the loss. Default: none */
  readonly regularizer?: RegularizerIdentifier | null | undefined;
  /** Applied after each step. Default: none */
  readonly constraint?: ConstraintIdentifier | null | undefined;
}

const OPTIONS = ['name', 'shape', 'initializer', 'trainable', 'regularizer', 'constraint'];

/** A weight of a custom layer, of which there are `count` before. */
export function makeWeight(options: WeightOptions, count: number): Variable {
  checkOptions(options, OPTIONS, 'addWeight');
  const shape = checkShape(options.shape ?? [], 'shape');
  const initializer = getInitializer(options.initializer, 'initializer') ?? new GlorotUniform();
  return new Variable(checkName(options.name ?? `weight_${count}`), initializer.initialize([...shape]), {
    trainable: checkBoolean(options.trainable ?? true, 'trainable'),
    regularizer: getRegularizer(options.regularizer, 'regularizer'),
    constraint: getConstraint(options.constraint, 'constraint'),
  });
}
