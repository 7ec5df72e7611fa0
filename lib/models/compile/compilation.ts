import { checkBoolean, checkNumber, defined, elementAt, type OptionsObject, warnOfIgnored } from '../../check';
import { GemsbokError } from '../../errors';
import type { FileArray } from '../../files/tree';
import type { AnyLoss, LossIdentifier } from '../../losses';
import { NativeLoss } from '../../losses/native_loss';
import type { MetricIdentifier } from '../../metrics';
import type { Optimizer, OptimizerIdentifier } from '../../optimizers';
import * as optimizers from '../../optimizers';
import type { OptimizerState } from '../../optimizers/state';
import type { Shape } from '../../tensor';
import { Advice } from '../advice/advice';
import { COMPILE_CHECKS, type CompiledFacts } from '../advice/outputs';
import { CustomLayers } from '../graph/custom_layers';
import { lastLayer, nativeVariables, type Topology } from '../graph/topology';
import { TrainableFlags } from '../graph/trainable';
import { checkVerbOptions } from '../verb_options';
import { checkCompiledFor, compileFor } from './compiled_for';
import { CustomUpdate } from './custom_update';
import { checkDistinct, checkMetrics, customNames } from './metrics';
import { Objective } from './objective';
import { fuseLogits, lossBeforeData, resolveOutput } from './output';
import { isByName, perName } from './per_output';
import { customNotes, describeVariables, variableSpecs } from './variables';

/** By the names of the outputs, which are those of their layers. */
export type ByName<T> = Readonly<Record<string, T | null>>;

type OutputMetrics = MetricIdentifier | readonly MetricIdentifier[] | null;

/** Those of the only output, or for each output one or several. */
export type GivenMetrics = readonly OutputMetrics[] | ByName<MetricIdentifier | readonly MetricIdentifier[]>;

/** With several outputs, an array or an object says what holds for which; a loss or its weight alone holds for each. */
export interface CompileOptions {
  /** Default: 'rmsprop' */
  readonly optimizer?: OptimizerIdentifier | undefined;
  /** Default: null; then the model can be neither trained nor evaluated. */
  readonly loss?: LossIdentifier | readonly (LossIdentifier | null)[] | ByName<LossIdentifier> | null | undefined;
  /** A factor of each loss. Default: 1 */
  readonly lossWeights?: number | readonly number[] | ByName<number> | null | undefined;
  /** Values to report besides the loss. Default: none */
  readonly metrics?: GivenMetrics | null | undefined;
  /** As `metrics`, with the sample weights. Default: none */
  readonly weightedMetrics?: GivenMetrics | null | undefined;
  /** Whether to warn of likely mistakes, here and where `fit` that is not silent has data (see docs/warnings.md). Default: true */
  readonly advice?: boolean | undefined;
  /** An option of other backends, which has no effect but a warning. Default: none */
  readonly jitCompile?: boolean | 'auto' | null | undefined;
  /** An option of other backends, which has no effect but a warning. Default: none */
  readonly runEagerly?: boolean | null | undefined;
  /** An option of other backends, which has no effect but a warning. Default: none */
  readonly stepsPerExecution?: number | null | undefined;
  /** An option of other backends, which has no effect but a warning. Default: none */
  readonly autoScaleLoss?: boolean | null | undefined;
}

const OPTIONS = ['optimizer', 'loss', 'lossWeights', 'metrics', 'weightedMetrics', 'advice'] as const;

/** What the options of Keras' other backends would change, were it there to be changed. */
const OTHER_BACKENDS = {
  jitCompile: 'everything is compiled',
  runEagerly: 'nothing is interpreted',
  stepsPerExecution: 'all steps between two calls of a callback run at once',
  autoScaleLoss: 'arithmetic is float32; pass `lossScaleFactor` to the optimizer',
};

let calls = 0;

/** What `compile` was given, and what became of it with the first data, whose shapes decide some of it. */
export class Compilation {
  readonly options: CompileOptions;
  readonly optimizer: Optimizer;
  /** As it was at `compile`. */
  readonly trainable: TrainableFlags;
  readonly advice: Advice;
  readonly #call = ++calls;
  #toldOfTrainable = false;
  #objective: Objective | null = null;

  constructor(options: CompileOptions, topology: Topology) {
    checkVerbOptions(options, [...OPTIONS, ...Object.keys(OTHER_BACKENDS)], 'compile');
    this.options = options;
    this.advice = new Advice(checkBoolean(options.advice ?? true, 'advice'));
    this.optimizer = optimizers.get(options.optimizer) ?? new optimizers.RMSprop();
    this.trainable = new TrainableFlags(topology);
    this.#perOutput(topology.outputNames);
    warnOfIgnored(options as OptionsObject, OTHER_BACKENDS, 'compile');
  }

  /** What native code computes; null before the first data. */
  get objective(): Objective | null {
    return this.#objective;
  }

  /** What a user should know of losses and metrics, as far as it is certain without data. */
  notes(topology: Topology): string[] {
    const { outputNames, outputs } = topology;
    const { losses, metrics, weightedMetrics } = this.#perOutput(outputNames);
    const notesOfOutputs = outputNames.flatMap((name, o) => {
      const of = outputNames.length === 1 ? '' : ` of \`${name}\``;
      const own = customNames([...(metrics[o] ?? []), ...(weightedMetrics[o] ?? [])]);
      const notes = own.map((metric) => `Metric${of}: ${metric} on the JavaScript thread, batch by batch`);
      const loss = this.#objective?.outputs[o]?.loss ?? lossBeforeData(losses[o]);
      if (loss === null) return notes;
      if (!(loss instanceof NativeLoss)) {
        return [`Loss${of}: ${loss.name} on the JavaScript thread, batch by batch`, ...notes];
      }
      const fusion = fuseLogits(lastLayer(outputs[o]), loss);
      if (fusion === null) return notes;
      return [`Loss${of}: ${loss.entry} on logits (${fusion.activation} fused)`, ...notes];
    });
    return [...notesOfOutputs, ...customNotes(topology, this.optimizer)];
  }

  /** Warns of likely mistakes that can be seen without data. */
  warn(topology: Topology): void {
    if (topology.inputShapes !== null) this.advice.give(COMPILE_CHECKS, () => this.#facts(topology));
  }

  /** `losses`: those that the data decided on. */
  #facts({ layers, outputs, outputNames }: Topology, losses: readonly (AnyLoss | null)[] = []): CompiledFacts {
    const given = this.#perOutput(outputNames);
    const compiled = outputs.map((output, o) => ({
      last: lastLayer(output),
      loss: losses[o] ?? lossBeforeData(given.losses[o]),
      metrics: [...(given.metrics[o] ?? []), ...(given.weightedMetrics[o] ?? [])],
    }));
    return { layers, outputs: compiled };
  }

  /** The objective for targets of these shapes, the batch included; null where an output has none. */
  resolve(topology: Topology, targets: readonly (Shape | null)[]): Objective {
    const objective = this.#objective ?? this.#objectiveFor(topology, targets);
    this.advice.giveOnce(COMPILE_CHECKS, () =>
      this.#facts(
        topology,
        objective.outputs.map(({ loss }) => loss),
      ),
    );
    return objective;
  }

  #objectiveFor(topology: Topology, targets: readonly (Shape | null)[]): Objective {
    const { outputNames, outputShapes } = topology;
    const given = this.#perOutput(outputNames);
    const rows = targets.find((shape) => shape !== null)?.[0] ?? 0;
    const outputs = outputNames.map((name, o) =>
      resolveOutput({
        name,
        loss: elementAt(given.losses, o),
        lossWeight: elementAt(given.weights, o),
        metrics: { metrics: given.metrics[o], weightedMetrics: given.weightedMetrics[o] },
        targets: elementAt(targets, o),
        outputs: [rows, ...defined(outputShapes?.[o])],
        last: lastLayer(topology.outputs[o]),
        mask: elementAt(topology.lowered.masks, o),
      }),
    );
    if (outputs.every(({ loss }) => loss === null)) throw notCompiled();
    checkDistinct(outputs);
    const specs = variableSpecs(topology, this.optimizer, this.trainable);
    const updates = specs.variables.map(({ update }) => update);
    const infos = nativeVariables(topology.native, topology.lowered);
    const update = new CustomUpdate(topology.native, this.optimizer, infos, updates);
    const spec = { outputs: outputs.map((output) => output.spec), optimizer: this.optimizer.spec(), ...specs };
    const layers = CustomLayers.of(topology.lowered, this.trainable.variables(topology));
    return new Objective(outputs, spec, update.isNeeded ? update : null, layers);
  }

  /**
   * Compiles the native model for an objective, once; from then on the optimizer state lies there. Errors:
   * `ERR_MODEL_BUSY` for a call that began before another `compile`.
   */
  compileNative(topology: Topology, objective: Objective): void {
    if (this.#objective === objective) return;
    compileFor(topology.native, { objective, call: this.#call });
    this.#objective = objective;
    this.optimizer.attach(topology.native);
  }

  /** The optimizer state, before the first data too; null before there is any. */
  optimizerState(topology: Topology): OptimizerState | null {
    if (this.#objective !== null) {
      checkCompiledFor(topology.native, this.#objective);
      return this.optimizer.over(topology.native);
    }
    if (topology.inputShapes === null) return null;
    return this.optimizer.beginning(describeVariables(topology, this.trainable.variables(topology)));
  }

  /**
   * Restores the state of such an optimizer from a file; returns false, and sets nothing, where it is another
   * optimizer's.
   */
  restore(topology: Topology, stored: readonly FileArray[]): boolean {
    const isCompiled = this.#objective !== null;
    const variables = describeVariables(topology, this.trainable.variables(topology));
    return this.optimizer.restore(isCompiled ? topology.native : this.optimizer.stateFor(variables), stored);
  }

  /** Tells, once, of what was set to be trained or not and is not yet. */
  warnOfTrainable(topology: Topology): void {
    const changed = this.trainable.changed(topology).join(', ');
    if (changed === '' || this.#toldOfTrainable) return;
    this.#toldOfTrainable = true;
    const message = `\`trainable\` of ${changed} was changed after \`compile\`: call \`compile\` again for that to take effect.`;
    process.emitWarning(message, { code: 'GEMSBOK_TRAINABLE' });
  }

  /** After a change of the layers: resolves again with the next data, and the optimizer starts over. */
  reset(): void {
    this.#objective = null;
    this.optimizer.reset();
  }

  #perOutput(names: readonly string[]): PerOutput {
    const { loss, lossWeights, metrics, weightedMetrics } = this.options;
    const losses = perOutput(onlyOne(loss, names), names, 'loss') as readonly (LossIdentifier | null | undefined)[];
    for (const one of losses) lossBeforeData(one);
    return {
      losses: losses.map((one) => one ?? null),
      weights: perOutput(onlyOne(lossWeights, names), names, 'lossWeights').map((weight) =>
        checkNumber(weight ?? 1, 'lossWeights'),
      ),
      metrics: metricsPerOutput(metrics, names, 'metrics'),
      weightedMetrics: metricsPerOutput(weightedMetrics, names, 'weightedMetrics'),
    };
  }
}

interface PerOutput {
  readonly losses: readonly (LossIdentifier | null)[];
  readonly weights: readonly number[];
  readonly metrics: readonly (readonly MetricIdentifier[])[];
  readonly weightedMetrics: readonly (readonly MetricIdentifier[])[];
}

/** As in Keras, what is neither a list nor by name holds for each output. */
function perOutput(value: unknown, names: readonly string[], argument: string): readonly unknown[] {
  return Array.isArray(value) || isByName(value) ? perName(value, names, argument) : names.map(() => value);
}

/** The value for the only output may stand in an array. */
function onlyOne(value: unknown, names: readonly string[]): unknown {
  return names.length === 1 && Array.isArray(value) && value.length === 1 ? value[0] : value;
}

function metricsPerOutput(
  given: unknown,
  names: readonly string[],
  argument: string,
): readonly (readonly MetricIdentifier[])[] {
  if (given === null || given === undefined) return names.map(() => []);
  const nested = Array.isArray(given) && names.length === 1 && given.length === 1 && Array.isArray(given[0]);
  return perName(nested ? given[0] : given, names, argument).map((own) => {
    if (own === null || own === undefined) return [];
    const isList = Array.isArray(own) || (names.length === 1 && !isByName(given));
    const list = isList ? own : [own];
    checkMetrics(list, argument);
    return list as readonly MetricIdentifier[];
  });
}

function notCompiled(): GemsbokError {
  return new GemsbokError('ERR_NOT_COMPILED', 'Expected a model compiled with a loss. Pass `loss` to `compile`.');
}

/** A model that was compiled. */
export interface Compiled {
  readonly topology: Topology;
  readonly compilation: Compilation;
}
