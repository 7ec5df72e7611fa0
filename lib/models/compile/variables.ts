import { elementAt } from '../../check';
import { unsupported } from '../../errors';
import type { Variable } from '../../layers';
import type { CompileSpec, RuleSpec } from '../../native';
import type { Optimizer } from '../../optimizers';
import type { VariableDescription } from '../../optimizers/optimizer';
import { ownRate } from '../../optimizers/options';
import { sizeOf } from '../../tensor';
import { nativeVariables, type Topology } from '../graph/topology';
import type { TrainableFlags } from '../graph/trainable';

/** What training does to each variable, in the native order. */
export function variableSpecs(
  topology: Topology,
  optimizer: Optimizer,
  flags: TrainableFlags,
): Pick<CompileSpec, 'variables' | 'frozen'> {
  const { native, lowered } = topology;
  const variables = [...nativeVariables(native, lowered).keys()];
  const trainable = new Set(flags.variables(topology));
  const trained = variables.filter((variable) => trainable.has(variable));
  const updates = optimizer.build(describeVariables(topology, trained));
  const indices = new Map(trained.map((variable, index) => [variable, index]));
  const frozen = lowered.owners.map((layer, i) => {
    const source = elementAt(lowered.sources, i);
    // What JavaScript computes is no other in inference: it is told by `training`.
    return !source.runsHere && !(flags.of(layer) && flags.of(source));
  });
  return {
    variables: variables.map((variable) => ({
      update: updates[indices.get(variable) ?? -1] ?? null,
      regularizer: regularizerSpec(variable),
      constraint: trainable.has(variable) ? constraintSpec(variable) : null,
    })),
    frozen: frozen.includes(true) ? frozen : [],
  };
}

/** Variables as an optimizer is told of them. */
export function describeVariables({ layers }: Topology, variables: readonly Variable[]): VariableDescription[] {
  const owners = new Map(layers.flatMap((layer) => layer.variables.map((variable) => [variable, layer] as const)));
  return variables.map((variable) => {
    const { name, shape } = variable;
    return { name, shape, path: `${owners.get(variable)?.name}/${name}`, keys: [variable] };
  });
}

/** What a summary says of custom optimizers, regularizers and constraints. */
export function customNotes({ variables, layers }: Topology, optimizer: Optimizer): string[] {
  const rules = variables.flatMap(({ regularizer, constraint }) => [regularizer, constraint]);
  const names = new Set(rules.flatMap((rule) => (rule?.isCustom ? [rule.constructor.name] : [])));
  const here = layers.flatMap((layer) => layer.namesHere.map((name) => `Layer: ${name}`));
  const own = [...here, ...[...names].map((name) => `Weights: ${name}`)];
  const rate = ownRate(optimizer.givenRate);
  if (rate !== null) own.unshift(`Learning rate: ${rate}`);
  const notes = optimizer.slots === null ? own : [`Optimizer: ${optimizer.name}`, ...own];
  return notes.map((note) => `${note} on the JavaScript thread, batch by batch`);
}

function regularizerSpec({ regularizer, shape }: Variable): RuleSpec | null {
  if (regularizer === null || regularizer.isCustom) return null;
  const columns = shape.at(-1) ?? 1;
  return { rule: regularizer.spec(shape), rows: sizeOf(shape) / columns, columns };
}

function constraintSpec({ constraint, shape, name }: Variable): RuleSpec | null {
  if (constraint === null || constraint.isCustom) return null;
  const view = constraint.view(shape);
  if (view === null) throw unsupported('axis', `a constraint along the first axes of \`${name}\``, constraint);
  return { rule: view.constraint, rows: view.rows, columns: view.columns };
}
