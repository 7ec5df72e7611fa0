import { invalidArgument } from '../errors';
import { withClasses } from '../serializable';
import type { CustomObjects } from './files/config';
import { Model } from './model';
import { Sequential } from './sequential';

/**
 * A model of the same architecture and names, not compiled, with weights of its own, which are initialized again: layers that
 * the model shares with others, or has several times, become layers of the clone. `setWeights(model.getWeights())` copies the
 * weights too.
 *
 * Errors: `ERR_INVALID_ARG` for what is not a model. Source: `keras.models.clone_model`.
 *
 * @example
 * ```ts
 * const target = cloneModel(model);
 * target.setWeights(model.getWeights());
 * target.countParams() === model.countParams(); // true
 * ```
 */
export function cloneModel<M extends Sequential | Model>(model: M): M {
  if (!(model instanceof Sequential || model instanceof Model)) {
    throw invalidArgument('model', 'a Sequential or a Model', model);
  }
  const { result: config, classes } = withClasses(() => model.getConfig());
  const type = model instanceof Sequential ? Sequential : Model;
  return type.fromConfig(config, classes as CustomObjects) as M;
}
