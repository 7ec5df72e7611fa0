import type { ServedModel, Signature } from './model_store';

// TensorFlow Serving's REST API, version 1.

/** `GET /v1/models/NAME` */
export function modelStatus(versions: readonly ServedModel[]): object {
  return {
    model_version_status: versions.map(({ version, isReady, fault }) => ({
      version,
      state: isReady ? 'AVAILABLE' : fault === null ? 'LOADING' : 'END',
      status: { error_code: isReady || fault === null ? 'OK' : 'UNKNOWN', error_message: fault?.error ?? '' },
    })),
  };
}

/** `GET /v1/models/NAME/metadata` */
export function modelMetadata({ name, version, signature }: ServedModel): object {
  const { inputs, outputs } = signature;
  const serving = {
    inputs: tensorInfos(inputs),
    outputs: tensorInfos(outputs),
    method_name: 'tensorflow/serving/predict',
  };
  return {
    model_spec: { name, signature_name: '', version },
    metadata: { signature_def: { signature_def: { serving_default: serving } } },
  };
}

function tensorInfos(tensors: Signature['inputs']): object {
  return Object.fromEntries(
    tensors.map(({ name, shape }) => {
      const dim = [-1, ...shape].map((size) => ({ size: String(size), name: '' }));
      return [name, { dtype: 'DT_FLOAT', tensor_shape: { dim, unknown_rank: false }, name }];
    }),
  );
}
