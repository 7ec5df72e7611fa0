import { Callback, type CallbackLogs, type CallbackModel, Tensor } from 'gemsbok';
import type { Test } from 'tap';

/** JSON has no NaN: the fixtures write it as a string. */
type GoldenNumber = number | 'NaN' | 'Infinity' | '-Infinity';

export interface GoldenCallback {
  readonly name: string;
  readonly class?: string;
  readonly args?: Readonly<Record<string, unknown>>;
  readonly monitor_values?: readonly GoldenNumber[];
  readonly initial_learning_rate?: number;
  readonly expected_stopped_epoch?: number;
  readonly expected_best_epoch?: number;
  readonly expected_learning_rate_after_epoch?: readonly number[];
  readonly expected_saved_epochs?: readonly number[];
  readonly file_names?: readonly string[];
  readonly expect_error?: boolean;
  readonly expected_order?: readonly string[];
  readonly tolerance?: number;
}

/** A model that counts what is done to it; its weights tell the epoch. */
export class StubModel {
  stopTraining = false;
  epoch = 0;
  restored: unknown = null;
  readonly optimizer = { learningRate: 0.1 as number };
  readonly saved: string[] = [];
  readonly compiledMetrics: readonly {
    readonly key: string;
    readonly metric: { readonly name: string; readonly direction?: 'up' | 'down' | null };
  }[] = [
    { key: 'gini', metric: { name: 'gini', direction: 'up' } },
    { key: 'miss', metric: { name: 'miss', direction: 'down' } },
    { key: 'odd', metric: { name: 'odd', direction: null } },
  ];

  getWeights(): ReturnType<CallbackModel['getWeights']> {
    return [new Tensor(Float32Array.of(this.epoch), [1])];
  }

  setWeights([weights]: readonly unknown[]): void {
    this.restored = (weights as { data: Float32Array }).data[0];
  }

  save(path: string): void {
    this.saved.push(path);
  }

  async saveWeights(path: string): Promise<void> {
    this.saved.push(path);
  }
}

/** With what the callbacks of the library use of a model. */
export function asSeen(model: StubModel): CallbackModel {
  return model as unknown as CallbackModel;
}

/** Runs a callback over the values of a metric; gives the model and what `after` found at the end of each epoch. */
export async function runOver<Found>(
  callback: Callback,
  values: readonly GoldenNumber[],
  { metric = 'val_loss', model = new StubModel(), after = () => undefined as Found }: RunOver<Found> = {},
): Promise<{ readonly model: StubModel; readonly found: readonly Found[] }> {
  const found: Found[] = [];
  callback.setModel(asSeen(model));
  callback.setParams({ verbose: 0, epochs: values.length, steps: 1 });
  await callback.onTrainBegin({});
  for (const [epoch, value] of values.entries()) {
    model.epoch = epoch;
    const logs: CallbackLogs = { [metric]: Number(value) };
    await callback.onEpochBegin(epoch, {});
    await callback.onEpochEnd(epoch, logs);
    found.push(after(model, logs));
    if (model.stopTraining) break;
  }
  await callback.onTrainEnd({});
  return { model, found };
}

export interface RunOver<Found> {
  readonly metric?: string;
  readonly model?: StubModel;
  readonly after?: (model: StubModel, logs: CallbackLogs) => Found;
}

/** Puts values into the logs of an epoch before other callbacks see them. */
export class Inject extends Callback {
  readonly #name: string;
  readonly #values: readonly number[];

  constructor(name: string, values: readonly number[]) {
    super();
    this.#name = name;
    this.#values = values;
  }

  override onEpochEnd(epoch: number, logs: CallbackLogs): void {
    logs[this.#name] = this.#values[epoch] ?? Number.NaN;
  }
}

/** `str(value)` and `format(value, spec)` as Python 3 printed them. */
export interface PythonText {
  readonly value: GoldenNumber;
  readonly str: string;
  readonly formats: Readonly<Record<string, string>>;
}

/** What is printed meanwhile. */
export async function printed(t: Test, work: () => Promise<unknown>): Promise<string> {
  const log = t.capture(console, 'log', () => {});
  await work();
  return log
    .args()
    .map(([text]) => `${text}\n`)
    .join('');
}
