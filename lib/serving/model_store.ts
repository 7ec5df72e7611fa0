import { checkPath, isPlainObject } from '../check';
import { invalidArgument, invalidUse } from '../errors';
import { type LoadModelOptions, loadModel } from '../models';
import { BaseModel } from '../models/base_model';
import type { NamedShape } from '../models/run/batch_predictor';
import { Batcher, type BatcherOptions } from './batcher';
import { Refusal } from './refusal';
import { WatchedFile } from './watched_file';

/** A model, or the path of its file. */
export type ModelSource = BaseModel<unknown> | string;

/** Models by the names under which clients ask for them; `{ versions }` where there are several of one. */
export type ModelSources = Readonly<
  Record<string, ModelSource | { readonly versions: Readonly<Record<string, ModelSource>> }>
>;

export interface StoreOptions {
  readonly models: ModelSources;
  readonly watch: boolean;
  readonly batcher: Omit<BatcherOptions, 'onBatch'>;
  readonly customObjects: LoadModelOptions['customObjects'];
  /** Told of each batch, and of each load of a file. */
  readonly onBatch: (served: ServedModel, rows: number) => void;
  readonly onLoad: (served: ServedModel, isSound: boolean) => void;
}

/** Why a model's file could not be loaded. */
export interface Fault {
  readonly code: string | null;
  readonly error: string;
}

/** What a model takes and returns. */
export interface Signature {
  readonly inputs: readonly NamedShape[];
  readonly outputs: readonly NamedShape[];
}

/** One version of a model under its name. */
export class ServedModel {
  readonly name: string;
  readonly version: string;
  /** The fault of the last load of the file; the model that was there before still serves. */
  fault: Fault | null = null;
  readonly #options: StoreOptions;
  readonly #path: string | null;
  readonly #file: WatchedFile | null;
  #batcher: Batcher<unknown> | null = null;

  constructor(name: string, version: string, source: ModelSource, options: StoreOptions) {
    this.name = name;
    this.version = version;
    this.#options = options;
    this.#path = typeof source === 'string' ? checkPath(source, `models.${name}`) : null;
    if (typeof source !== 'string') this.#use(source);
    this.#file =
      this.#path === null || !options.watch
        ? null
        : new WatchedFile(
            this.#path,
            () => this.#tryLoad(),
            (error) => this.#fail(error),
          );
  }

  get isReady(): boolean {
    return this.#batcher !== null;
  }

  get queued(): number {
    return this.#batcher?.stats().queued ?? 0;
  }

  get batcher(): Batcher<unknown> {
    this.checkReady();
    return this.#batcher as Batcher<unknown>;
  }

  /** Errors: a {@link Refusal}. */
  checkReady(): void {
    if (this.#batcher !== null) return;
    const why = this.fault === null ? 'it is being loaded' : this.fault.error;
    throw new Refusal(
      503,
      'ERR_CLOSED',
      `Expected a model that is ready for \`${this.name}\`, received one that does not serve: ${why}`,
      { 'Retry-After': '1' },
    );
  }

  get signature(): Signature {
    const { predictor } = this.batcher;
    return { inputs: predictor.inputs ?? [], outputs: predictor.outputs };
  }

  /** Reads the file, where it comes from one, for the first time, and computes with the model once. */
  async open(): Promise<void> {
    await this.#file?.note();
    try {
      if (this.#path !== null) await this.#load(this.#path);
      await this.batcher.warmUp();
    } finally {
      this.#file?.start();
    }
  }

  /** All or nothing: requests that were made before end on the old model. */
  async swap(model: BaseModel<unknown>): Promise<void> {
    await this.#use(model);
    this.fault = null;
  }

  async close(): Promise<void> {
    this.#file?.close();
    await this.#batcher?.drain();
  }

  async #tryLoad(): Promise<void> {
    await this.#load(this.#path as string).catch(() => {});
  }

  async #load(path: string): Promise<void> {
    try {
      const model = await loadModel(path, { compile: false, customObjects: this.#options.customObjects });
      // Earlier requests still end on the old model. A batcher that was closed meanwhile takes no other.
      this.#use(model).catch(() => {});
      this.fault = null;
      this.#options.onLoad(this, true);
    } catch (error) {
      this.#fail(error);
      throw error;
    }
  }

  #fail(error: unknown): void {
    const { code = null, message } = error as { readonly code?: string; readonly message: string };
    this.fault = { code, error: message };
    this.#options.onLoad(this, false);
  }

  #use(model: BaseModel<unknown>): Promise<void> {
    checkBuilt(this.name, model);
    if (this.#batcher !== null) return this.#batcher.swap(model);
    const onBatch = ({ rows }: { readonly rows: number }) => this.#options.onBatch(this, rows);
    this.#batcher = new Batcher(model, { ...this.#options.batcher, onBatch });
    return Promise.resolve();
  }
}

function checkBuilt(name: string, model: unknown): void {
  if (!(model instanceof BaseModel)) throw invalidArgument(`models.${name}`, 'a model or the path of its file', model);
  if (model.batchPredictor.inputs !== null) return;
  throw invalidUse(`Expected a model that is built for \`models.${name}\`. Begin it with an Input, or call \`build\`.`);
}

/** All that is served. */
export class ModelStore {
  readonly #models: ReadonlyMap<string, readonly ServedModel[]>;

  constructor(options: StoreOptions) {
    const { models } = options;
    if (!isPlainObject(models) || Object.keys(models).length === 0) {
      throw invalidArgument('models', 'an object with models by their names', models);
    }
    if (Object.hasOwn(models, '')) throw invalidArgument('models', 'names that are not empty', '');
    this.#models = new Map(Object.entries(models).map(([name, source]) => [name, versionsOf(name, source, options)]));
  }

  get all(): readonly ServedModel[] {
    return [...this.#models.values()].flat();
  }

  /** Until all files are loaded; rejects by the first that cannot be. */
  async open(): Promise<void> {
    await Promise.all(this.all.map((served) => served.open()));
  }

  has(name: string): boolean {
    return this.#models.has(name);
  }

  /** The versions of a model, the latest one first. */
  versions(name: string): readonly ServedModel[] {
    const found = this.#models.get(name);
    if (found !== undefined) return found;
    throw new Refusal(404, 'ERR_INVALID_ARG', `Expected the name of a model, received '${name.slice(0, 100)}'.`);
  }

  /** A version, or the latest one that serves. */
  get(name: string, version: string | undefined): ServedModel {
    const all = this.versions(name);
    const wanted = (served: ServedModel) => (version === undefined ? served.isReady : served.version === version);
    const found = all.find(wanted) ?? (version === undefined ? all[0] : undefined);
    if (found !== undefined) return found;
    const known = all.map((served) => served.version).join(', ');
    const received = version?.slice(0, 100);
    throw new Refusal(404, 'ERR_INVALID_ARG', `Expected a version of \`${name}\` (${known}), received '${received}'.`);
  }

  /** As {@link get}; errors: a {@link Refusal} with 503 where it does not serve yet. */
  serving(name: string, version: string | undefined): ServedModel {
    const served = this.get(name, version);
    served.checkReady();
    return served;
  }

  async close(): Promise<void> {
    await Promise.all(this.all.map((served) => served.close()));
  }
}

function versionsOf(name: string, source: ModelSources[string], options: StoreOptions): ServedModel[] {
  if (!isVersions(source)) return [new ServedModel(name, '1', source, options)];
  const versions = Object.entries(source.versions).map(([version, one]) => {
    if (/^[1-9]\d{0,15}$/.test(version)) return new ServedModel(name, version, one, options);
    throw invalidArgument(`models.${name}.versions`, 'positive integers as versions', version);
  });
  if (versions.length === 0) throw invalidArgument(`models.${name}.versions`, 'at least one version', source.versions);
  return versions.sort((a, b) => Number(b.version) - Number(a.version));
}

function isVersions(
  source: ModelSources[string],
): source is { readonly versions: Readonly<Record<string, ModelSource>> } {
  return isPlainObject(source) && !(source instanceof BaseModel) && isPlainObject(source.versions);
}

/** What a fault reads like in a list. */
export function faultsOf(store: ModelStore): readonly ({ readonly model: string; readonly version: string } & Fault)[] {
  return store.all.flatMap(({ name, version, fault }) => (fault === null ? [] : [{ model: name, version, ...fault }]));
}
