import type { Archive } from '../files/archive';
import type { Group } from '../files/tree';
import type { Described, LayerSpec, ModelState, StoredWeights } from './model_state';
import type { Layout } from './named_weights';

/** The formats of models and weights. */
export type FormatName = 'keras' | 'h5' | 'weights.h5' | 'safetensors' | 'weights.safetensors' | 'tfjs' | 'onnx';

/** What `toBytes` returns for a format. */
export type BytesOf<F extends FormatName> = F extends 'tfjs' ? Record<string, Uint8Array> : Uint8Array;

/** A file of which nothing is known yet. */
export interface ModelFile {
  readonly bytes: Uint8Array;
  /** Names the file in errors. */
  readonly where: string;
  /** How it begins, a character for each byte. */
  readonly start: string;
  /** Its entries where it is a zip, else null. */
  readonly archive: Archive | null;
  /** The bytes of a file in its folder or below. */
  beside(name: string): Promise<Uint8Array>;
}

/** What a file holds; it can move to another thread. */
export interface Contents {
  readonly texts: ReadonlyMap<string, string>;
  readonly root: Group;
}

interface Recognised {
  readonly name: string;
  matches(file: ModelFile): boolean;
}

/**
 * A format of models. `read` and `write` know no more than what they are given, as they run in another thread. They load
 * what decodes and encodes files themselves, so that importing the package does not.
 */
export interface Format extends Recognised {
  readonly name: FormatName;
  /** How the names of such files end. */
  readonly extensions: readonly string[];
  /** What is written: a whole model, or weights and optimizer alone. */
  readonly holds: 'model' | 'weights';
  /** Errors: `ERR_CORRUPT_FILE`, `ERR_UNSUPPORTED`. */
  read(file: ModelFile): Promise<Contents>;
  /** The file of that name, after those beside it that it needs. */
  write(model: ModelState, name: string, layout: Layout): Promise<ReadonlyMap<string, Uint8Array>>;
  /** The model as it was configured; null where a file holds weights alone. */
  describe(contents: Contents, where: string): Described | null;
  /** Finds the weights of layers. */
  weightsOf(root: Group, layers: readonly LayerSpec[], where: string, layout: Layout): StoredWeights;
}

/** What people pass instead of a model's file, and what to do. */
export interface Foreign extends Recognised {
  readonly fix: string;
}
