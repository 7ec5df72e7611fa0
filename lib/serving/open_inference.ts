import { invalidArgument, listed } from '../errors';
import { version } from '../info';
import type { NamedShape } from '../models/run/batch_predictor';
import type { Inference } from '../protocols/answers';
import type { InferenceRequest } from '../protocols/inference_request';
import type { Tensor } from '../tensor';
import { faultsOf, type ModelStore, type ServedModel, type Signature } from './model_store';

// The Open Inference Protocol, version 2, with its extension for binary tensors.

/** `GET /v2` */
export function serverMetadata(): object {
  return { name: 'gemsbok', version, extensions: ['binary_tensor_data', 'model_repository(index)'] };
}

/** `GET /v2/health/ready`: a model serves although its file is damaged now, hence the body tells. */
export function readiness(store: ModelStore, isOpen: boolean): { readonly ready: boolean } {
  const faults = faultsOf(store);
  const ready = isOpen && store.all.every(({ isReady }) => isReady);
  return faults.length === 0 ? { ready } : { ready, ...{ faults } };
}

/** `GET /v2/models/NAME` */
export function modelMetadata({ name, signature }: ServedModel, versions: readonly ServedModel[]): object {
  const tensors = (list: Signature['inputs']) =>
    list.map((one) => ({ name: one.name, datatype: 'FP32', shape: [-1, ...one.shape] }));
  return {
    name,
    versions: versions.map((served) => served.version),
    platform: 'gemsbok',
    inputs: tensors(signature.inputs),
    outputs: tensors(signature.outputs),
  };
}

/** `POST /v2/repository/index` */
export function repositoryIndex(store: ModelStore): object {
  return store.all.map(({ name, version: own, isReady, fault }) => ({
    name,
    version: own,
    state: isReady ? 'READY' : 'UNAVAILABLE',
    reason: fault?.error ?? '',
  }));
}

/** The outputs to answer with. Errors: `ERR_INVALID_ARG` for others than the model has. */
export function askedOutputs(
  request: InferenceRequest,
  { outputs }: Signature,
): readonly { index: number; binary: boolean }[] {
  const asked = request.outputs ?? outputs.map(({ name }) => ({ name, binary: request.binaryOutputs }));
  const names = outputs.map(({ name }) => name);
  return asked.map(({ name, binary }) => {
    const index = names.indexOf(name);
    if (index === -1) throw invalidArgument('outputs', `names among ${listed(names)}`, name);
    return { index, binary };
  });
}

/** The answer of `infer`, and the bytes after its JSON. */
export function inference(
  { name, version: own }: ServedModel,
  { id }: InferenceRequest,
  signature: Signature,
  asked: readonly { readonly index: number; readonly binary: boolean }[],
  tensors: readonly Tensor[],
): { readonly answer: Inference; readonly bytes: readonly Uint8Array[] } {
  const bytes: Uint8Array[] = [];
  const outputs = asked.map(({ index, binary }) => {
    const { data, shape } = tensors[index] as Tensor;
    const output = (signature.outputs[index] as NamedShape).name;
    if (!binary) return { name: output, datatype: 'FP32', shape, data };
    bytes.push(new Uint8Array(data.buffer, data.byteOffset, data.byteLength));
    return { name: output, datatype: 'FP32', shape, parameters: { binary_data_size: data.byteLength } };
  });
  return { answer: { protocol: 'inference', model: name, version: own, id, outputs }, bytes };
}
