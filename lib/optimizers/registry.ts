import { invalidArgument } from '../errors';
import { type Config, type CustomClasses, Family, type Serialized, type SerializedLike } from '../identifiers';
import type { AnyName, NameOf, RegisteredName } from '../names';
import * as schedules from '../schedules';
import * as classes from './classes';
import { Optimizer } from './optimizer';

const family = new Family<Optimizer>({
  what: 'optimizer',
  module: 'keras.optimizers',
  base: Optimizer,
  classes,
  ignoreCase: true,
  elsewhere: {
    momentum: 'new SGD({ momentum: 0.9 })',
    nesterov: 'new SGD({ momentum: 0.9, nesterov: true })',
    rms: "'rmsprop'",
  },
});

/** Everything that names an optimizer, in Keras' case or in lower case. */
export type OptimizerName =
  | NameOf<typeof classes, 'Lamb'>
  | Lowercase<Exclude<keyof typeof classes, 'Lamb'>>
  | RegisteredName;

/** Everything that stands for an optimizer. */
export type OptimizerIdentifier = OptimizerName | Optimizer | (new () => Optimizer) | SerializedLike;

/**
 * The optimizer of a name in any case (`'adam'`), a class or a config; null for null.
 *
 * Errors: `ERR_INVALID_ARG` for unknown names, and as in Keras for 'lamb'. Source: `keras.optimizers.get`.
 *
 * @example
 * ```ts
 * optimizers.get('rmsprop');
 * ```
 */
export function get(identifier: OptimizerIdentifier | AnyName): Optimizer;
export function get(identifier: OptimizerIdentifier | AnyName | null | undefined): Optimizer | null;
export function get(identifier: OptimizerIdentifier | AnyName | null | undefined): Optimizer | null {
  // As in Keras, which knows this one in configs only.
  if (typeof identifier === 'string' && identifier.toLowerCase() === 'lamb') {
    throw invalidArgument('optimizer', 'the name of an optimizer that has one', identifier, 'Pass `new Lamb()`.');
  }
  return family.get(identifier);
}

/** The config of an optimizer. Source: `keras.optimizers.serialize`. */
export function serialize(optimizer: Optimizer): Serialized {
  const serialized = family.serialize(optimizer);
  // Keras passes this over; arrays alone would not tell which slots they are.
  const slots = optimizer.slots === null ? {} : { slots: optimizer.slots.names };
  return { ...serialized, ...slots };
}

/**
 * The optimizer that `serialize` described; classes of your own, schedules too, by their names in `customObjects`.
 *
 * Errors: `ERR_INVALID_ARG` for unknown classes. Source: `keras.optimizers.deserialize`.
 */
export function deserialize(
  config: SerializedLike,
  customObjects: CustomClasses<Optimizer | schedules.LearningRateSchedule> = {},
): Optimizer {
  const optimizer = withSchedule(config, customObjects);
  const { slots } = config as { readonly slots?: unknown };
  if (optimizer.slots !== null && slots !== undefined) optimizer.slots.names = slots;
  return optimizer;
}

function withSchedule(
  config: SerializedLike,
  customObjects: CustomClasses<Optimizer | schedules.LearningRateSchedule>,
): Optimizer {
  const classes = customObjects as CustomClasses<Optimizer>;
  const own = (config?.config ?? {}) as Config;
  const rate = own.learning_rate;
  if (!isCustomSchedule(rate, customObjects)) return family.deserialize(config, classes);
  const schedule = schedules.deserialize(rate, customObjects as CustomClasses<schedules.LearningRateSchedule>);
  return family.deserialize({ ...config, config: { ...own, learning_rate: schedule } }, classes);
}

function isCustomSchedule(rate: unknown, customObjects: object): rate is { readonly class_name: string } {
  if (typeof rate !== 'object' || rate === null || !('class_name' in rate)) return false;
  return Object.hasOwn(customObjects, String(rate.class_name));
}
