import { BackupAndRestore, type CallbackHooks, type CallbackModel, History, LayerStatistics } from '../../callbacks';
import { CallbackList } from '../../callbacks/callback_list';
import { defined } from '../../check';
import type { Dataset } from '../../data';
import { ArrayDataset } from '../../data/array_dataset';
import { checkDistributed } from '../../distributed';
import type { ModelData } from '../../model_options';
import type { NativeData } from '../../native';
import { nextSeed } from '../../random';
import { fitFacts } from '../advice/data';
import { FIT_CHECKS } from '../advice/fit';
import type { Compiled } from '../compile/compilation';
import { copySmall } from '../data/copy_small';
import { Feed } from '../data/feed';
import { type DataInput, type PreparedData, prepareData } from '../data/prepare';
import { buildWith } from '../data/rows';
import { DEFAULT_BATCH_SIZE, planBatches, warnShort } from '../data/steps';
import { isAnyValidated, isValidated } from '../data/validation';
import { takesIndices } from '../graph/topology';
import { pinned } from './averages';
import { startRun } from './custom_loss';
import { callOn, checkFitData, isStream } from './dataset_options';
import { type ResidentData, withBar } from './evaluate';
import { examinerOf } from './examination';
import { checkFitOptions, type FitOptions, type FitSettings } from './fit_options';
import { breathe, isSpent } from './jobs';
import { readInTurns } from './nested_data';
import { warnOfEvaluation, warnOfTraining } from './non_finite';
import { atCall, inAll, modelFacts, ownBatchSize, ownStepSize } from './processes';
import { dataFacts } from './same_data';
import { beginPass } from './stream_parts';
import { StreamRun } from './stream_run';
import { Training, type TrainingParts } from './training';

interface Fit extends Compiled {
  readonly model: CallbackModel;
  readonly settings: FitSettings;
}

interface Prepared {
  readonly training: Training;
  readonly history: History;
}

interface Fitted {
  /** Throws where the model was not compiled. */
  readonly compiled: () => Compiled;
  readonly model: CallbackModel;
}

/** `begun` is told of the training before it takes its first step. */
export async function fit(
  { compiled, model }: Fitted,
  { x, y }: { readonly x: ModelData | Dataset; readonly y: ModelData | undefined },
  options: FitOptions,
  begun: (training: Training) => void,
): Promise<History> {
  // Options that are none are refused where all are checked, in agreement with the other processes.
  const processes = checkDistributed(options?.distributed);
  const prepare = async (): Promise<() => Promise<Prepared>> => {
    const settings = checkFitOptions(options);
    checkFitData(x, y, options);
    const own = { model, settings, ...compiled() };
    own.compilation.advice.isMuted = settings.verbose === 0;
    if (isStream(x)) return () => prepareStreamFit(own, x);
    const { sampleWeight, classWeight } = settings;
    const prepared = await beginFit(own, { x, y, sampleWeight, classWeight });
    await prepared.training.checkIndices();
    return async () => prepared;
  };
  return await atCall(processes, callOn('fit', x), prepare, async (prepared) => {
    const { training, history } = await prepared();
    begun(training);
    await training.train();
    return history;
  });
}

/**
 * As {@link prepareFit}, at once or in later turns of the event loop: where many runs begin in one, and where a model is
 * new, as the process may be, whose JavaScript takes long when it runs first.
 */
function beginFit(fit: Fit, given: DataInput): Prepared | Promise<Prepared> {
  const { validation, signal, copy: mayCopy } = fit.settings;
  const all = { '': given, ...(validation.given !== null && { 'validationData.': validation.given }) };
  const turns = readInTurns(fit.topology, all, signal);
  if (turns !== null) return turns.then((own) => prepareFit(withValidation(fit, own['validationData.']), own['']));
  const isNew = fit.topology.inputShapes === null;
  // Samples that are to be read where they lie are not copied to wait.
  const copy = mayCopy && (isSpent() || isNew) ? copySmall({ given, validation: validation.given }) : null;
  if (copy === null) return prepareFit(fit, given);
  return prepareLater(withValidation(fit, copy.validation), copy.given);
}

function withValidation(fit: Fit, given: FitSettings['validation']['given'] = null): Fit {
  return { ...fit, settings: { ...fit.settings, validation: { ...fit.settings.validation, given } } };
}

async function prepareLater(fit: Fit, given: DataInput): Promise<Prepared> {
  const { topology } = fit;
  const parts = [() => buildWith(topology, given.x, 'x'), () => topology.native];
  for (const part of parts) {
    await breathe();
    part();
  }
  await breathe();
  return prepareFit(fit, given);
}

/** Copies the data and makes everything ready to train; nothing of it waits. */
function prepareFit(fit: Fit, given: DataInput): Prepared {
  const { topology, settings } = fit;
  const { shuffle, seed, initialEpoch, stepsPerEpoch } = settings;
  const { data, objective, validation } = fitData(fit, given);
  const { batchSize, steps } = planBatches(data.rows, settings.batchSize, stepsPerEpoch, 'stepsPerEpoch');
  warnOfShortEpochs(Math.ceil(data.rows / batchSize), steps);
  const flags = {
    shuffle,
    trains: true,
    scalesLoss: true,
    explains: false,
    processes: settings.processes?.native ?? null,
  };
  const options = { batchSize, seed, initialEpoch, stepsPerEpoch: steps, ...flags };
  const facts = { samples: data.rows, batchSize, stepsPerEpoch: steps, initialEpoch, shuffle };
  return assemble(
    fit,
    { run: startRun(topology.native, data, objective, options), facts, objective, validation, data },
    steps,
  );
}

/** As {@link prepareFit} for data that are read while they train; waits for the first batch. */
async function prepareStreamFit(fit: Fit, dataset: Dataset): Promise<Prepared> {
  const { processes } = fit.settings;
  const own = nextSeed();
  const seed = (await processes?.share(own)) ?? own;
  const begun = await beginPass(await inAll(processes, () => feedOf(fit, dataset)), processes);
  try {
    return await inAll(processes, () => {
      const run = new StreamRun(fit.topology.native, begun, fit.settings, seed);
      const parts = { run, facts: null, objective: run.objective, validation: separateData(fit), data: null };
      return assemble(fit, parts, fit.settings.stepsPerEpoch);
    });
  } catch (error) {
    await begun.pass.return(undefined);
    throw error;
  }
}

function feedOf(fit: Fit, dataset: Dataset): Feed {
  const { batchSize, classWeight, allowNonFinite, signal, processes } = fit.settings;
  return new Feed(fit, dataset, {
    batchSize: ownStepSize(batchSize ?? DEFAULT_BATCH_SIZE, dataset, processes),
    ...{ classWeight, allowNonFinite, name: 'data', signal, isPart: processes !== null },
  });
}

/** `data`: null where they come as a stream. */
type OwnParts = Pick<TrainingParts, 'run' | 'facts' | 'objective' | 'validation'> & {
  readonly data: NativeData | null;
};

function assemble(fit: Fit, { data, ...own }: OwnParts, steps: number | null): Prepared {
  const { topology, compilation, model, settings } = fit;
  compilation.warnOfTrainable(topology);
  const { hooks, history } = hooksOf(settings);
  const validation = own.validation?.data;
  const resident = [data, validation === undefined || validation instanceof Feed ? null : validation.data];
  const trained = () => (own.run instanceof StreamRun ? own.run.recent : [data].filter((one) => one !== null));
  const parts: TrainingParts = {
    indices: takesIndices(topology) && own.objective.layers === null ? resident.filter((one) => one !== null) : [],
    model,
    topology,
    native: topology.native,
    optimizer: compilation.optimizer,
    callbacks: new CallbackList(
      hooks,
      model,
      { steps, ...paramsOf(settings, own.validation !== null) },
      settings.signal,
    ),
    compilation,
    shared: () => ({
      ...modelFacts(fit, own.objective),
      ...sharedOptions(settings, own.facts),
      data: data === null ? null : dataFacts(data, topology),
    }),
    pin: (averages) => pinned(topology, compilation, averages),
    settings,
    statistics: history.statistics,
    examiner: (options) => {
      const signal = settings.signal ?? new AbortController().signal;
      const rows = own.run instanceof StreamRun ? own.run.next : data;
      return examinerOf(
        { topology, compilation, objective: own.objective, signal },
        defined(rows ?? undefined),
        options,
      );
    },
    warn: (found) => warnOfTraining(fit, found, trained(), settings.signal),
    warnOfValidation: (validated) => warnOfEvaluation(topology, validated, 'the validation', settings.signal),
    ...own,
  };
  return { training: new Training(parts), history };
}

/** The options that decide how the processes of a run go together. */
function sharedOptions(
  { epochs, initialEpoch, batchSize, validation, classWeight, sampleWeight, ...rest }: FitSettings,
  facts: OwnParts['facts'],
) {
  const { given, freq, steps, split } = validation;
  const { stepsPerEpoch } = rest;
  return {
    epochs,
    initialEpoch,
    batchSize,
    stepsPerEpoch,
    classWeight: classWeight === null ? null : [...classWeight],
    sampleWeight: sampleWeight !== null,
    ...facts,
    validation: [given !== null, isStream(given?.x), freq, steps, split],
  };
}

function paramsOf({ verbose, epochs, initialEpoch, validation }: FitSettings, validates: boolean) {
  const { freq } = validation;
  const any = validates && isAnyValidated(initialEpoch, epochs, freq);
  if (!any || freq === 1) return { verbose, epochs };
  return { verbose, epochs, skipsValidation: (epoch: number) => !isValidated(epoch, freq) };
}

/**
 * Keras' order: the caller's, the History, the bar. Those who look at the layers come first, as others write what they
 * see; a backup comes last, so that it holds what all others have seen.
 */
function hooksOf({ callbacks, verbose }: FitSettings): {
  readonly hooks: readonly CallbackHooks[];
  readonly history: History;
} {
  const history = callbacks.find((callback) => callback instanceof History) ?? new History();
  const isExaminer = (callback: CallbackHooks): boolean => callback instanceof LayerStatistics;
  const isBackup = (callback: CallbackHooks): boolean => callback instanceof BackupAndRestore;
  const all = withBar([...new Set([...callbacks, history])], verbose);
  const hooks = all.filter((callback) => !isBackup(callback) && !isExaminer(callback));
  history.statistics = callbacks.find((callback) => callback instanceof LayerStatistics) ?? null;
  return { history, hooks: [...callbacks.filter(isExaminer), ...hooks, ...callbacks.filter(isBackup)] };
}

function fitData(fit: Fit, given: DataInput): ResidentData & Pick<TrainingParts, 'validation'> {
  const { topology, compilation, settings } = fit;
  const { given: separate, split } = settings.validation;
  const { allowNonFinite, copy } = settings;
  const own = { validationSplit: split, allowNonFinite, copy, ...given };
  const prepared = prepareData(topology, compilation, own);
  const { data, objective, trainingRows } = prepared;
  advise(fit, given, prepared);
  if (separate !== null) return { data, objective, validation: separateData(fit) };
  if (trainingRows === data.rows) return { data, objective, validation: null };
  const validation = { data: data.slice(trainingRows, data.rows), objective };
  return { data: data.slice(0, trainingRows), objective, validation: cutValidation(validation, settings) };
}

/** Warns of what is likely wrong with the data. */
function advise(
  { topology, compilation }: Fit,
  given: DataInput,
  { data, trainingRows, objective }: PreparedData,
): void {
  const weights = given.x instanceof ArrayDataset ? given.x.weights : given.sampleWeight;
  compilation.advice.giveOnce(FIT_CHECKS, () =>
    fitFacts(topology, {
      data,
      trainingRows,
      losses: objective.outputs.map(({ loss }) => loss),
      classWeight: given.classWeight ?? null,
      isWeighted: (weights ?? null) !== null,
    }),
  );
}

/** The option `validationData`. */
function separateData(fit: Fit): TrainingParts['validation'] {
  const { validation, batchSize, allowNonFinite, copy, signal, processes } = fit.settings;
  const { given, steps } = validation;
  if (given === null) return null;
  const { x, y, sampleWeight } = given;
  if (isStream(x)) {
    const size = validation.batchSize ?? batchSize ?? DEFAULT_BATCH_SIZE;
    const data = new Feed(fit, x, {
      batchSize: ownBatchSize(size, x, processes),
      ...{ steps, allowNonFinite, name: 'validationData', signal, isPart: processes !== null },
    });
    return { data, batchSize: size };
  }
  const prepared = prepareData(
    fit.topology,
    fit.compilation,
    { x, y, sampleWeight, allowNonFinite, copy },
    'validationData.',
  );
  return cutValidation(prepared, fit.settings);
}

function cutValidation(
  { data, objective }: ResidentData,
  { validation, batchSize }: FitSettings,
): TrainingParts['validation'] {
  const size = validation.batchSize ?? batchSize;
  const cut = planBatches(data.rows, size, validation.steps, 'validationSteps');
  return { data: { data: data.slice(0, cut.rows), objective }, batchSize: cut.batchSize };
}

function warnOfShortEpochs(batches: number, steps: number): void {
  if (steps < batches && batches % steps !== 0) warnShort('stepsPerEpoch', steps, batches);
}
