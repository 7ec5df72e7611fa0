import { type CustomClasses, Family, type Serialized, type SerializedLike } from '../identifiers';
import { nameClasses } from '../subclasses';
import * as classes from './classes';
import { LearningRateSchedule } from './schedule';

nameClasses(Object.values(classes));

const family = new Family<LearningRateSchedule>({
  what: 'learningRate',
  module: 'keras.optimizers.schedules',
  base: LearningRateSchedule,
  classes,
});

/** The config of a schedule. Source: `keras.optimizers.schedules.serialize`. */
export function serialize(schedule: LearningRateSchedule): Serialized {
  return family.serialize(schedule);
}

/**
 * The schedule that `serialize` described; classes of your own by their names in `customObjects`.
 *
 * Errors: `ERR_INVALID_ARG` for unknown classes. Source: `keras.optimizers.schedules.deserialize`.
 */
export function deserialize(
  config: SerializedLike,
  customObjects: CustomClasses<LearningRateSchedule> = {},
): LearningRateSchedule {
  return family.deserialize(config, customObjects);
}
