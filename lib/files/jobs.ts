import { readFile } from 'node:fs/promises';
import { decodeNpy } from '../data/npy_format';
import { tableEnd, tableNames, tableRows } from '../data/tables/sessions';
import { countBins, drawPredictions, drawSpec, predictionsHtml } from '../pictures/jobs';
import { type Inference, jsonOf, type Predictions } from '../protocols/answers';
import type { InferenceRequest } from '../protocols/inference_request';
import { buffersIn, type Protocol, requestOf } from '../protocols/requests';
import type { TensorflowRequest } from '../protocols/tensorflow_request';
import type { FormatName } from '../saving/format';
import { formatNamed } from '../saving/formats';
import type { ModelState } from '../saving/model_state';
import type { Layout } from '../saving/named_weights';
import { neededBeside, type ReadModel, readModel } from '../saving/read_model';
import type { ShapedArray } from '../tensor';
import { type ModelSource, readBeside } from './beside';
import { isWorn } from './hdf5';
import { buffersOf } from './tree';

/** The result of a job, and the memory of it that moves to the caller's thread. */
export interface Done<T> {
  readonly value: T;
  readonly moved: readonly ArrayBuffer[];
}

/** A file by its path, or its bytes; `where` names it in errors. */
export interface FileSource {
  readonly source: string | Uint8Array;
  readonly where: string;
}

/** A model to write, and the name of its file. */
export interface ModelToWrite {
  readonly format: FormatName;
  readonly model: ModelState;
  readonly name: string;
  readonly layout: Layout;
}

/** What a server was sent. */
export interface RequestBody {
  readonly protocol: Protocol;
  readonly bytes: Uint8Array;
  /** Those that are JSON. */
  readonly jsonBytes: number;
}

/** What threads of the pool can do, by name. What goes in and out must be fit for structured cloning. */
export const JOBS = {
  /** The bytes of a model's file, and of those that belong to it. */
  async encodeModel({ format, model, name, layout }: ModelToWrite): Promise<Done<ReadonlyMap<string, Uint8Array>>> {
    const value = await formatNamed(format).write(model, name, layout);
    return { value, moved: [...value.values()].map(({ buffer }) => buffer as ArrayBuffer) };
  },

  /** What a model's file holds. */
  async decodeModel({ source, where, beside }: ModelSource): Promise<Done<ReadModel>> {
    const bytes = typeof source === 'string' ? new Uint8Array(await readFile(source)) : source;
    const value = await readModel(bytes, where, (name) => readBeside(name, source, beside, where));
    return { value, moved: buffersOf(value.root) };
  },

  /** The files beside a model's that it needs. */
  async namesBeside({ source, where }: { readonly source: Uint8Array; readonly where: string }) {
    return { value: neededBeside(source, where), moved: [] };
  },

  /** An array of numpy. */
  async decodeNpy({ source, where }: FileSource): Promise<Done<ShapedArray>> {
    const value = await decodeNpy(source, where);
    return { value, moved: [value.data.buffer as ArrayBuffer] };
  },

  /** What a large body of a request asks. */
  async decodeRequest({
    protocol,
    bytes,
    jsonBytes,
  }: RequestBody): Promise<Done<TensorflowRequest | InferenceRequest>> {
    const value = requestOf(protocol, bytes, jsonBytes);
    return { value, moved: buffersIn(value) };
  },

  /** The JSON of a large answer. */
  async encodeAnswer(answer: Predictions | Inference): Promise<Done<Uint8Array>> {
    const value = new TextEncoder().encode(JSON.stringify(jsonOf(answer)));
    return { value, moved: [value.buffer] };
  },

  tableNames,
  tableRows,
  tableEnd,

  countBins,
  drawSpec,
  drawPredictions,
  predictionsHtml,
};

export type JobName = keyof typeof JOBS;
export type Input<N extends JobName> = Parameters<(typeof JOBS)[N]>[0];
export type Output<N extends JobName> = Awaited<ReturnType<(typeof JOBS)[N]>>['value'];

/** Whether a thread should end after what it did: what damaged files and large ones leave in memory ends with it. */
export { isWorn };
