import { checkOptions, elementAt, isPlainObject } from '../check';
import { invalidArgument } from '../errors';
import { withoutValues } from '../initializers/initializer';
import type { Layer } from '../layers';
import { type NativeModel, native } from '../native';
import { jsonText } from '../saving/json_text';
import type { CustomObjects } from './files/config';
import { notBuilt } from './graph/stack';
import type { Topology } from './graph/topology';
import { modelClass } from './model_classes';

/** What `share` returns: a plain object, which says something to threads of this process alone. */
export interface ModelHandle {
  /** What the process knows it by. */
  readonly id: string;
  /** The class of the model. */
  readonly className: string;
  /** The config of the model, as JSON. */
  readonly config: string;
}

export interface FromSharedOptions {
  /** Layers of your own, by the names that the model's config has. Default: those that are registered */
  readonly customObjects?: CustomObjects | undefined;
}

/** A handle keeps what it stands for. */
const models = new WeakMap<ModelHandle, NativeModel>();

/** Milliseconds until a thread that was sent a handle, which may have to start, has surely received it. */
const ON_THE_WAY = 60_000;
const kept = new Map<NativeModel, NodeJS.Timeout>();

function keepForAWhile(model: NativeModel): void {
  const timer = kept.get(model) ?? setTimeout(() => kept.delete(model), ON_THE_WAY).unref();
  kept.set(model, timer.refresh());
}

export function shareModel(model: Pick<Layer, 'className' | 'getConfig'>, topology: Topology): ModelHandle {
  if (topology.inputShapes === null) throw notBuilt();
  const config = jsonText(model.getConfig());
  const handle = Object.freeze({ id: topology.native.share(), className: model.className, config });
  models.set(handle, topology.native);
  keepForAWhile(topology.native);
  return handle;
}

/** The model of a handle, whose variables are where the owner has them. */
export function fromShared<M>(handle: ModelHandle, options: FromSharedOptions, topologyOf: (model: M) => Topology): M {
  const { customObjects = {} } = checkOptions(options, ['customObjects'], 'fromShared');
  const { id, type, config } = checkHandle(handle);
  const places = native.sharedPlaces(id);
  // Memory that is not written to costs nothing.
  const model = withoutValues(Number.POSITIVE_INFINITY, () => type.fromConfig(config, customObjects as never)) as M;
  const topology = topologyOf(model);
  const variables = topology.inputShapes === null ? [] : topology.lowered.variables.flat();
  if (variables.map(({ size }) => size).join() !== places.map(({ size }) => size).join()) throw noHandle(handle);
  for (const [i, variable] of variables.entries()) variable.readFrom(elementAt(places, i));
  return model;
}

function checkHandle(handle: ModelHandle) {
  const { id, className, config } = isPlainObject(handle) ? handle : ({} as Partial<ModelHandle>);
  const type = modelClass(className);
  if (typeof id !== 'string' || type === undefined) throw noHandle(handle);
  try {
    return { id, type, config: JSON.parse(String(config)) };
  } catch {
    throw noHandle(handle);
  }
}

function noHandle(handle: unknown): Error {
  return invalidArgument('handle', 'what `model.share()` returned', handle);
}
