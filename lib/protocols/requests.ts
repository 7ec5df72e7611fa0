import { parseJson } from './fields';
import { type InferenceRequest, inferenceRequest } from './inference_request';
import { type TensorflowRequest, tensorflowRequest } from './tensorflow_request';

interface Requests {
  readonly tensorflow: TensorflowRequest;
  readonly inference: InferenceRequest;
}

export type Protocol = keyof Requests;
export type RequestOf<P extends Protocol> = Requests[P];

/** What a body asks, with its numbers in typed arrays: `jsonBytes` of JSON, and after it the bytes of tensors. */
export function requestOf<P extends Protocol>(protocol: P, body: Uint8Array, jsonBytes: number): RequestOf<P> {
  const json = parseJson(body.subarray(0, jsonBytes));
  const request =
    protocol === 'tensorflow' ? tensorflowRequest(json) : inferenceRequest(json, body.subarray(jsonBytes));
  return request as RequestOf<P>;
}

/** The memory of its numbers. */
export function buffersIn({ inputs }: TensorflowRequest | InferenceRequest): ArrayBuffer[] {
  const arrays = 'data' in inputs ? [inputs] : [...inputs.values()];
  return arrays.map(({ data }) => data.buffer as ArrayBuffer);
}
