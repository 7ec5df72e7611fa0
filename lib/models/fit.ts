import { type CallbackModel, History, ProgbarLogger } from '../callbacks';
import { CallbackList } from '../callbacks/callback_list';
import { outOfRange } from '../errors';
import type { NativeData, NonFinite } from '../native';
import type { Compiled } from './batch';
import type { FitSettings } from './fit_options';
import { type Given, type Problem, pose } from './problem';
import { startRun } from './scripted';
import { Training } from './training';

export interface Fit extends Compiled {
  readonly model: CallbackModel;
  readonly settings: FitSettings;
}

/** Copies the data and makes everything ready to train; nothing of it waits. */
export function prepareFit(fit: Fit, given: Given): { readonly training: Training; readonly history: History } {
  const { stack, compilation, model, settings } = fit;
  const { data, validation, objective } = fitData(fit, given);
  const { batchSize, shuffle, seed, initialEpoch } = settings;
  compilation.optimizer.attach(stack.native);
  const run = startRun(stack.native, data, objective, { batchSize, shuffle, seed, initialEpoch, trains: true });
  const params = { verbose: settings.verbose, epochs: settings.epochs, steps: run.stepsPerEpoch };
  const bar = progressBar(settings);
  const hooks = bar === null || settings.callbacks.includes(bar) ? settings.callbacks : [...settings.callbacks, bar];
  const callbacks = new CallbackList(hooks, model, params);
  const history = new History();
  history.setModel(model);
  history.setParams(params);
  const warn = (found: NonFinite): void => warnNonFinite(fit, found);
  const parts = {
    native: stack.native,
    run,
    objective,
    compilation,
    validation,
    settings,
    callbacks,
    history,
    bar,
    warn,
  };
  return { training: new Training(parts), history };
}

function progressBar({ verbose, callbacks }: FitSettings): ProgbarLogger | null {
  const given = callbacks.find((callback) => callback instanceof ProgbarLogger);
  return given ?? (verbose === 0 ? null : new ProgbarLogger());
}

function fitData(fit: Fit, given: Given): Problem & { readonly validation: NativeData | null } {
  const { stack, compilation, settings } = fit;
  const { validation: separate, validationSplit: share } = settings;
  const problem = pose(stack, compilation, given, '');
  if (separate !== null) {
    const { x, y, weights } = separate;
    const { data } = pose(stack, compilation, { x, y, sampleWeight: weights }, 'validationData.');
    return { ...problem, validation: data };
  }
  if (share === 0) return { ...problem, validation: null };
  const { rows } = problem.data;
  const split = Math.floor(rows * (1 - share));
  if (split === 0 || split === rows) {
    const fix = `It would leave ${split} of ${rows} samples for training.`;
    throw outOfRange('validationSplit', 'a share that leaves samples on both sides', share, fix);
  }
  return { ...problem, data: problem.data.slice(0, split), validation: problem.data.slice(split, rows) };
}

function warnNonFinite({ stack, compilation }: Fit, { epoch, step, layer }: NonFinite): void {
  const name = stack.nativeLayers[layer]?.name;
  const where =
    name === undefined
      ? 'the outputs of all layers are finite, so that it comes from the loss itself or the targets'
      : `the first layer whose outputs are not finite is \`${name}\``;
  const rate = compilation.optimizer.learningRate;
  process.emitWarning(
    `The loss is not finite since epoch ${epoch + 1}, batch ${step + 1}: ${where}. Likely causes: a learning rate that ` +
      `is too large (${rate.toPrecision(3)}), NaN or infinite numbers in \`x\`, \`y\` or the sample weights, or inputs ` +
      'of a very large scale. Training goes on.',
    { code: 'GEMSBOK_NON_FINITE' },
  );
}
