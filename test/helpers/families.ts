import * as gemsbok from 'gemsbok';

const BASES = {
  losses: gemsbok.Loss,
  metrics: gemsbok.Metric,
  initializers: gemsbok.Initializer,
  regularizers: gemsbok.Regularizer,
  constraints: gemsbok.Constraint,
  optimizers: gemsbok.Optimizer,
  schedules: gemsbok.LearningRateSchedule,
  callbacks: gemsbok.Callback,
  layers: gemsbok.Layer,
};

export type Family = keyof typeof BASES;
const namespaces: Readonly<Record<Family, object>> = gemsbok;
export type Class = new (options: unknown) => object;

export const FAMILIES = Object.keys(BASES) as readonly Family[];

/** The classes of a namespace by the names that it has for them. */
export function classesOf(family: Family): ReadonlyMap<string, Class> {
  const isMember = (value: unknown): value is Class =>
    typeof value === 'function' && value.prototype instanceof BASES[family];
  return new Map(
    Object.entries(namespaces[family]).flatMap(([name, value]) => (isMember(value) ? [[name, value]] : [])),
  );
}
