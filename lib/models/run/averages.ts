import { defined } from '../../check';
import type { Variable } from '../../layers';
import { atomically } from '../../layers/variable';
import { type NativeVersion, native } from '../../native';
import type { OptimizerState } from '../../optimizers/state';
import type { Compilation } from '../compile/compilation';
import { nativeVariables, type Topology } from '../graph/topology';

/** Exchanges each variable and the running mean that the optimizer keeps of it. */
export function swapAverages(topology: Topology, compilation: Compilation): void {
  atomically(topology.variables, () => {
    for (const { state, index, variable } of averagesOf(topology, compilation)) {
      const weights = variable.value.data;
      variable.write(state.readSlot(index) as Float32Array);
      state.writeSlot(index, weights);
    }
  });
}

/** Writes each variable over its running mean. */
export function setAveragesToWeights(topology: Topology, compilation: Compilation): void {
  atomically(topology.variables, () => {
    for (const { state, index, variable } of averagesOf(topology, compilation)) {
      state.writeSlot(index, variable.value.data);
    }
  });
}

/** The model as it is now, or with the running means in the place of what is trained, whatever changes it afterwards. */
export function pinned(topology: Topology, compilation: Compilation | null, averages: boolean): NativeVersion {
  const model = topology.native;
  if (!averages || compilation === null) return new native.Version(model, []);
  return model.atomically(() => {
    const places = new Map([...nativeVariables(model, topology.lowered).keys()].map((variable, i) => [variable, i]));
    const replaced = averagesOf(topology, compilation).map(({ state, index, variable }) => ({
      variable: defined(places.get(variable)),
      values: state.readSlot(index) as Float32Array,
    }));
    return new native.Version(model, replaced);
  });
}

interface Average {
  readonly state: OptimizerState;
  /** In the state. */
  readonly index: number;
  readonly variable: Variable;
}

/** None before the first step. */
function averagesOf(topology: Topology, compilation: Compilation): Average[] {
  const state = compilation.optimizerState(topology);
  if (state === null || state.iterations === 0) return [];
  const variables =
    compilation.objective === null
      ? compilation.trainable.variables(topology)
      : [...nativeVariables(topology.native, topology.lowered).keys()];
  return state.slots.flatMap(({ name, variable: of }, index) => {
    const variable = variables[of];
    return name === 'average' && variable !== undefined ? [{ state, index, variable }] : [];
  });
}
