import { type ShapedArray, Tensor, type TypedArray } from '../tensor';
import type { TensorflowRequest } from './tensorflow_request';

/** The outputs of a model for TensorFlow Serving's `:predict`, in the format of the request. */
export interface Predictions {
  readonly protocol: 'tensorflow';
  readonly format: TensorflowRequest['format'];
  readonly names: readonly string[];
  readonly tensors: readonly ShapedArray[];
}

/** An output of the Open Inference Protocol: its numbers, or what tells that they follow as bytes. */
export interface InferenceOutput {
  readonly name: string;
  readonly datatype: string;
  readonly shape: readonly number[];
  readonly data?: TypedArray;
  readonly parameters?: { readonly binary_data_size: number };
}

/** The outputs of a model for the Open Inference Protocol's `infer`. */
export interface Inference {
  readonly protocol: 'inference';
  readonly model: string;
  readonly version: string;
  /** That of the request; null where it has none. */
  readonly id: string | null;
  readonly outputs: readonly InferenceOutput[];
}

/** The numbers that an answer writes as JSON. */
export function numbersIn(answer: Predictions | Inference): number {
  const arrays = answer.protocol === 'tensorflow' ? answer.tensors : answer.outputs;
  return arrays.reduce((sum, { data }) => sum + (data?.length ?? 0), 0);
}

/** What is written as JSON. */
export function jsonOf(answer: Predictions | Inference): object {
  return answer.protocol === 'tensorflow' ? predictionsOf(answer) : inferenceOf(answer);
}

function predictionsOf({ format, names, tensors }: Predictions): object {
  const arrays = tensors.map(({ data, shape }) => new Tensor(data, shape).toArray());
  const [only] = arrays;
  if (format === 'column') {
    const named = names.map((name, o) => [name, arrays[o]] as const);
    return { outputs: arrays.length === 1 ? only : Object.fromEntries(named) };
  }
  if (arrays.length === 1) return { predictions: only };
  const rows = Array.from({ length: tensors[0]?.shape[0] ?? 0 }, (_, r) => {
    return Object.fromEntries(names.map((name, o) => [name, (arrays[o] as readonly unknown[])[r]]));
  });
  return { predictions: rows };
}

function inferenceOf({ model, version, id, outputs }: Inference): object {
  const written = outputs.map(({ name, datatype, shape, data, parameters }) => {
    return data === undefined ? { name, datatype, shape, parameters } : { name, datatype, shape, data: [...data] };
  });
  const [model_name, model_version] = [model, version];
  return id === null
    ? { model_name, model_version, outputs: written }
    : { model_name, model_version, id, outputs: written };
}
