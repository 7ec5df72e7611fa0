import { epsilon } from '../epsilon';
import { invalidArgument } from '../errors';
import { atomically } from '../layers/variable';
import { allLayers } from '../nesting';
import { functionSource } from '../saving/function/function_source';
import { layerStates } from './files/save_model';
import { Model } from './model';
import { Sequential } from './sequential';

/**
 * A small model as the source text of a JavaScript module without imports, for places without native code: its default
 * export takes one sample, flat or nested, and returns a flat array of numbers; of several inputs a list of samples, of
 * several outputs a list of arrays. It predicts what the model does within float32, one sample at a time and slowly.
 *
 * Errors: `ERR_INVALID_ARG` for what is not a model; `ERR_UNSUPPORTED`, which names the layer, for masks, preprocessing of
 * categories and layers of your own, and for models of more than a million weights.
 *
 * @example
 * ```ts
 * toFunction(new Sequential([new Input({ shape: [2] }), new Dense({ units: 1 })])).includes('export default'); // true
 * ```
 */
export function toFunction(model: Sequential | Model): string {
  if (!(model instanceof Sequential || model instanceof Model)) throw invalidArgument('model', 'a model', model);
  const { name, layers } = model;
  const variables = allLayers(layers).flatMap(({ ownVariables }) => ownVariables);
  const states = atomically(variables, () => layerStates(layers));
  return functionSource({
    name,
    config: JSON.stringify(model.toJSON()),
    layers: states,
    epsilon: epsilon(),
    optimizer: null,
  });
}
