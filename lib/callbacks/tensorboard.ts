import { join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { checkBoolean, checkInteger, checkOptions, checkPath, checkUnsupported, toSnakeCase } from '../check';
import { invalidArgument } from '../errors';
import { layerPaths } from '../nesting';
import { BatchCounter } from './batch_counter';
import { Callback, type CallbackRun } from './callback';
import { type EventCodec, EventFile, loadCodec, type SummaryValue } from './event_file';
import { histogramOf } from './histogram';
import { currentRate } from './learning_rate';
import type { CallbackLogs, LogValue } from './logs';

export interface TensorBoardOptions {
  /** A folder for this run. Default: 'logs' */
  readonly logDir?: string | undefined;
  /** Every how many epochs to write histograms of the weights; 0 for never. Default: 0 */
  readonly histogramFreq?: number | undefined;
  /** Without effect: there is no graph of operations to show. Default: true */
  readonly writeGraph?: boolean | undefined;
  /** Only false. Default: false */
  readonly writeImages?: boolean | undefined;
  /** Default: false */
  readonly writeStepsPerSecond?: boolean | undefined;
  /** When to write the logs: after each epoch, and also after each batch or so many. Default: 'epoch' */
  readonly updateFreq?: 'epoch' | 'batch' | number | undefined;
  /** Only 0. Default: 0 */
  readonly profileBatch?: number | undefined;
  /** Only 0. Default: 0 */
  readonly embeddingsFreq?: number | undefined;
  /** Only null. Default: null */
  readonly embeddingsMetadata?: null | undefined;
}

const OFF = { writeImages: false, profileBatch: 0, embeddingsFreq: 0, embeddingsMetadata: null } as const;
const NAMES = ['logDir', 'histogramFreq', 'writeGraph', 'writeStepsPerSecond', 'updateFreq', ...Object.keys(OFF)];

/**
 * Writes event files for TensorBoard: the logs of training and validation as scalars, histograms of the weights, what
 * {@link LayerStatistics} finds beside it as scalars (`dense/gradient_norm`), and the summary of the model as text.
 *
 * The files lie in `train` and `validation` below `logDir`; their names for values are Keras' (`epoch_loss`). Needs the
 * packages protobufjs and @node-rs/crc32. Defaults: `logDir` 'logs', `histogramFreq` 0, `updateFreq` 'epoch',
 * `writeStepsPerSecond` false. Errors: `ERR_INVALID_ARG` and `ERR_OUT_OF_RANGE` for options, `ERR_UNSUPPORTED` for
 * options that this version cannot fulfil and, in the run, where a package is missing. Source:
 * `keras.callbacks.TensorBoard`.
 *
 * @example
 * ```ts
 * new TensorBoard({ logDir: 'logs/first', histogramFreq: 5 }); // then: tensorboard --logdir logs
 * ```
 */
export class TensorBoard extends Callback {
  readonly #logDir: string;
  readonly #histogramFreq: number;
  readonly #rated: boolean;
  readonly #batches: BatchCounter | null;
  #run: CallbackRun | null = null;
  #codec: EventCodec | null = null;
  #files = new Map<string, EventFile>();
  #batch = 0;
  #begun = { time: 0, iterations: 0, batch: 0 };

  constructor(options: TensorBoardOptions = {}) {
    super();
    const given = checkOptions(options, NAMES, 'TensorBoard');
    checkUnsupported(given, OFF, 'TensorBoard');
    this.#logDir = checkPath(options.logDir ?? 'logs', 'logDir');
    this.#histogramFreq = checkInteger(options.histogramFreq ?? 0, 'histogramFreq', { min: 0 });
    checkBoolean(options.writeGraph ?? true, 'writeGraph');
    this.#rated = checkBoolean(options.writeStepsPerSecond ?? false, 'writeStepsPerSecond');
    const freq = checkUpdateFreq(options.updateFreq ?? 'epoch');
    this.#batches = freq === null ? null : new BatchCounter(freq);
    // Only who overrides a batch's hook is asked after each batch.
    if (this.#batches !== null) this.onTrainBatchEnd = this.#afterBatch;
  }

  /** @internal */
  override get writes(): boolean {
    return true;
  }

  override setRun(run: CallbackRun): void {
    this.#run = run;
  }

  override async onTrainBegin(): Promise<void> {
    this.#files = new Map();
    this.#batch = this.model.iterations;
    const text = this.model.summary({ print: () => {} });
    const tensor = `\`\`\`\n${text}\`\`\``;
    await this.#write('train', 0, [{ tag: 'model_summary', plugin: 'text', tensor, shape: [] }]);
  }

  override onEpochBegin(): void {
    this.#begun = { time: performance.now(), iterations: this.model.iterations, batch: performance.now() };
  }

  override async onEpochEnd(epoch: number, logs: CallbackLogs): Promise<void> {
    const training: CallbackLogs = {};
    const validation: CallbackLogs = {};
    for (const [name, value] of Object.entries(logs)) {
      if (name.startsWith('val_')) validation[`epoch_${name.slice(4)}`] = value;
      else training[`epoch_${name}`] = value;
    }
    if (this.model.optimizer) training.epoch_learning_rate = currentRate(this.model);
    if (this.#rated) training.epoch_steps_per_second = this.#stepsPerSecond();
    await this.#write('train', epoch, scalars(training));
    await this.#write('validation', epoch, scalars(validation));
    await this.#write('train', epoch, scalars(this.#layerLogs(epoch)));
    if (this.#histogramFreq > 0 && epoch % this.#histogramFreq === 0) await this.#writeWeights(epoch);
  }

  override async onTestEnd(logs: CallbackLogs): Promise<void> {
    const named = Object.entries(logs).map(([name, value]) => [`evaluation_${name}_vs_iterations`, value]);
    await this.#write('validation', this.model.iterations, scalars(Object.fromEntries(named)));
  }

  async #afterBatch(_batch: number, logs: CallbackLogs): Promise<void> {
    this.#batch++;
    const before = this.#begun.batch;
    this.#begun.batch = performance.now();
    if (!this.#batches?.isDue()) return;
    const named = Object.fromEntries(Object.entries(logs).map(([name, value]) => [`batch_${name}`, value]));
    if (this.#rated) named.batch_steps_per_second = 1000 / (this.#begun.batch - before);
    await this.#write('train', this.#batch, scalars(named));
  }

  #stepsPerSecond(): number {
    const { time, iterations } = this.#begun;
    return (1000 * (this.model.iterations - iterations)) / (performance.now() - time);
  }

  async #writeWeights(epoch: number): Promise<void> {
    const values: SummaryValue[] = [];
    for (const [layer, path] of layerPaths(this.model.layers)) {
      for (const { name, value } of layer.ownVariables) {
        values.push(histogram(`${path}/${name}/histogram`, value.data));
        // Each in a turn of the event loop of its own.
        await setImmediate();
      }
    }
    await this.#write('train', epoch, values);
  }

  /** What was found about the layers after this epoch. */
  #layerLogs(epoch: number): CallbackLogs {
    const found = Object.entries(this.#run?.statistics?.layers ?? {});
    return Object.fromEntries(
      found.flatMap(([layer, { epoch: epochs, rows, units, ...series }]) => {
        if (epochs.at(-1) !== epoch) return [];
        return Object.entries(series).map(([name, values]) => [
          `${layer}/${toSnakeCase(name)}`,
          values.at(-1) as number,
        ]);
      }),
    );
  }

  async #write(folder: string, step: number, values: readonly SummaryValue[]): Promise<void> {
    this.#codec ??= await loadCodec();
    const file = this.#files.get(folder) ?? new EventFile(join(this.#logDir, folder), this.#codec);
    this.#files.set(folder, file);
    await file.write(step, values);
  }
}

/** Without the metrics whose result is a tensor: the plugin shows single numbers. */
function scalars(logs: CallbackLogs<LogValue>): SummaryValue[] {
  return Object.entries(logs).flatMap(([tag, value]) => {
    return typeof value === 'number' ? [{ tag, plugin: 'scalars', tensor: Float32Array.of(value), shape: [] }] : [];
  });
}

function histogram(tag: string, values: Float32Array): SummaryValue {
  const tensor = histogramOf(values);
  return { tag, plugin: 'histograms', tensor, shape: [tensor.length / 3, 3] };
}

function checkUpdateFreq(freq: unknown): number | null {
  if (freq === 'epoch') return null;
  if (freq === 'batch') return 1;
  if (typeof freq !== 'number') throw invalidArgument('updateFreq', "'epoch', 'batch' or a number of batches", freq);
  return checkInteger(freq, 'updateFreq', { min: 1 });
}
