import type { ShapedArray } from '../tensor';
import { parseJson } from './fields';
import { type InferenceRequest, inferenceRequest } from './inference_request';
import { type TensorflowRequest, tensorflowRequest } from './tensorflow_request';

interface Requests {
  readonly tensorflow: TensorflowRequest;
  readonly inference: InferenceRequest;
}

export type Protocol = keyof Requests;
export type RequestOf<P extends Protocol> = Requests[P];

/** What a body of JSON asks, with its numbers in typed arrays. */
export function requestOf<P extends Protocol>(protocol: P, body: Uint8Array): RequestOf<P> {
  const json = parseJson(body);
  const request = protocol === 'tensorflow' ? tensorflowRequest(json) : inferenceRequest(json, new Uint8Array(0));
  return request as RequestOf<P>;
}

/** The memory of its numbers. */
export function buffersIn({ inputs }: TensorflowRequest | InferenceRequest): ArrayBuffer[] {
  const arrays = Array.isArray(inputs)
    ? inputs.map(({ array }) => array)
    : 'data' in inputs && ArrayBuffer.isView(inputs.data)
      ? [inputs]
      : Object.values(inputs);
  return (arrays as ShapedArray[]).map(({ data }) => data.buffer as ArrayBuffer);
}
