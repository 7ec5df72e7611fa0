import type { Variable } from '../../layers';
import { atomically } from '../../layers/variable';
import { type NativeVersion, native } from '../../native';
import type { Memory } from '../../optimizers/memory';
import type { Compilation } from '../compile/compilation';
import { placesOf, type Topology } from '../graph/topology';

/** Exchanges each variable and the running mean that the optimizer keeps of it. */
export function swapAverages(topology: Topology, compilation: Compilation): void {
  atomically(topology.variables, () => {
    for (const { memory, index, variable } of averagesOf(topology, compilation)) {
      const weights = variable.value.data;
      variable.write(memory.readState(index) as Float32Array);
      memory.writeState(index, weights);
    }
  });
}

/** Writes each variable over its running mean. */
export function setAveragesToWeights(topology: Topology, compilation: Compilation): void {
  atomically(topology.variables, () => {
    for (const { memory, index, variable } of averagesOf(topology, compilation)) {
      memory.writeState(index, variable.value.data);
    }
  });
}

/** The model as it is now, or with the running means in the place of what is trained, whatever changes it afterwards. */
export function pinned(topology: Topology, compilation: Compilation | null, averages: boolean): NativeVersion {
  const model = topology.native;
  if (!averages || compilation === null) return new native.Version(model, []);
  return model.atomically(() => {
    const places = placesOf(model, topology.lowered);
    const replaced = averagesOf(topology, compilation).map(({ memory, index, variable }) => ({
      offset: places.get(variable)?.offset ?? 0,
      values: memory.readState(index) as Float32Array,
    }));
    return new native.Version(model, replaced);
  });
}

interface Average {
  readonly memory: Memory;
  /** In the state. */
  readonly index: number;
  readonly variable: Variable;
}

/** None before the first step. */
function averagesOf(topology: Topology, compilation: Compilation): Average[] {
  const memory = compilation.memory(topology);
  if (memory === null || memory.iterations === 0) return [];
  const variables =
    compilation.objective === null
      ? compilation.trainable.variables(topology)
      : [...placesOf(topology.native, topology.lowered).keys()];
  return memory.state.flatMap(({ name, variable: of }, index) => {
    const variable = variables[of];
    return name === 'average' && variable !== undefined ? [{ memory, index, variable }] : [];
  });
}
