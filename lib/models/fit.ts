import { BackupAndRestore, type CallbackHooks, type CallbackModel, History, ProgbarLogger } from '../callbacks';
import { CallbackList } from '../callbacks/callback_list';
import type { NativeData, NonFinite } from '../native';
import type { Compiled } from './batch';
import type { FitSettings } from './fit_options';
import { type Given, type Problem, pose } from './problem';
import { startRun } from './scripted';
import { cutRows, warnShort } from './steps';
import { Training, type TrainingParts } from './training';

export interface Fit extends Compiled {
  readonly model: CallbackModel;
  readonly settings: FitSettings;
}

/** Copies the data and makes everything ready to train; nothing of it waits. */
export function prepareFit(fit: Fit, given: Given): { readonly training: Training; readonly history: History } {
  const { stack, compilation, model, settings } = fit;
  const { shuffle, seed, initialEpoch, stepsPerEpoch } = settings;
  const { data, objective, validation } = fitData(fit, given);
  const { batchSize, steps } = cutRows(data.rows, settings.batchSize, stepsPerEpoch, 'stepsPerEpoch');
  warnOfShortEpochs(Math.ceil(data.rows / batchSize), steps);
  compilation.optimizer.attach(stack.native);
  const options = { batchSize, shuffle, seed, initialEpoch, stepsPerEpoch: steps, trains: true };
  const { hooks, history, bar } = hooksOf(settings);
  const parts: TrainingParts = {
    model,
    native: stack.native,
    run: startRun(stack.native, data, objective, options),
    optimizer: compilation.optimizer,
    callbacks: new CallbackList(hooks, model, { verbose: settings.verbose, epochs: settings.epochs, steps }),
    facts: { samples: data.rows, batchSize, stepsPerEpoch: steps, initialEpoch, shuffle },
    objective,
    compilation,
    validation: validation && cutValidation(validation, settings),
    settings,
    bar,
    warn: (found) => warnNonFinite(fit, found),
  };
  return { training: new Training(parts), history };
}

/** Keras' order: the caller's, the History, the bar; a backup comes last, so that it holds what all others have seen. */
function hooksOf({ callbacks, verbose }: FitSettings): {
  readonly hooks: readonly CallbackHooks[];
  readonly history: History;
  readonly bar: ProgbarLogger | null;
} {
  const history = callbacks.find((callback) => callback instanceof History);
  const bar = callbacks.find((callback) => callback instanceof ProgbarLogger);
  const own = {
    history: history ?? new History(),
    bar: bar ?? (verbose === 0 ? null : new ProgbarLogger()),
  };
  const all = new Set<CallbackHooks>([...callbacks, own.history, ...(own.bar === null ? [] : [own.bar])]);
  const isBackup = (callback: CallbackHooks): boolean => callback instanceof BackupAndRestore;
  const hooks = [...all].filter((callback) => !isBackup(callback));
  return { ...own, hooks: [...hooks, ...callbacks.filter(isBackup)] };
}

function fitData(fit: Fit, given: Given): Problem & { readonly validation: NativeData | null } {
  const { stack, compilation, settings } = fit;
  const { given: separate, split } = settings.validation;
  const problem = pose(stack, compilation, { ...given, validationSplit: split });
  if (separate !== null) {
    return { ...problem, validation: pose(stack, compilation, separate, 'validationData.').data };
  }
  const { data, trainingRows } = problem;
  if (trainingRows === data.rows) return { ...problem, validation: null };
  return { ...problem, data: data.slice(0, trainingRows), validation: data.slice(trainingRows, data.rows) };
}

function cutValidation(data: NativeData, { validation, batchSize }: FitSettings): TrainingParts['validation'] {
  const size = validation.batchSize ?? batchSize;
  const cut = cutRows(data.rows, size, validation.steps, 'validationSteps');
  return { data: data.slice(0, cut.rows), batchSize: cut.batchSize };
}

function warnOfShortEpochs(batches: number, steps: number): void {
  if (steps < batches && batches % steps !== 0) warnShort('stepsPerEpoch', steps, batches);
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
