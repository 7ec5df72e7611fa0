import { InWords, invalidArgument, shapeMismatch, unsupported } from '../errors';
import { checkShape, type Shape, type ShapedArray, sizeOf, type TypedArray } from '../tensor';
import { bytesOf, checkDatatype, checkNumbers, type Datatype, numbersOf } from './datatypes';
import { checkArray, checkFields, checkList, type Fields, fieldOf } from './fields';

/** An output that is asked for; all are, where none is named. */
export interface AskedOutput {
  readonly name: string;
  readonly binary: boolean;
}

/** What the Open Inference Protocol's `infer` is asked. */
export interface InferenceRequest {
  readonly id: string | null;
  readonly inputs: ReadonlyMap<string, ShapedArray>;
  readonly outputs: readonly AskedOutput[] | null;
  /** Whether outputs that say nothing of it come as bytes after the JSON. */
  readonly binaryOutputs: boolean;
}

const MOST_ID = 1024;

/** Extensions that are not offered: who sends these would read something else than numbers in the answer. */
const OTHER_ANSWERS = ['classification', 'shared_memory_region'];

/** `bytes` are those after the JSON. Errors: `ERR_INVALID_ARG`, `ERR_OUT_OF_RANGE`, `ERR_SHAPE_MISMATCH`, `ERR_UNSUPPORTED`. */
export function inferenceRequest(json: unknown, bytes: Uint8Array): InferenceRequest {
  const body = checkFields(json, 'body');
  const binaryOutputs = flagOf(parametersOf(body, ''), 'binary_data_output', '') ?? false;
  const reader = new InputReader(bytes);
  const inputs = new Map<string, ShapedArray>();
  for (const [i, input] of checkList(fieldOf(body, 'inputs'), 'inputs').entries()) {
    const { name, array } = reader.read(input, `inputs[${i}]`);
    if (inputs.has(name)) throw invalidArgument('inputs', 'each input once', name);
    inputs.set(name, array);
  }
  reader.checkEnd();
  return { id: idOf(body), inputs, outputs: outputsOf(body, binaryOutputs), binaryOutputs };
}

function idOf(body: Fields): string | null {
  const id = fieldOf(body, 'id') ?? null;
  if (id === null || (typeof id === 'string' && id.length <= MOST_ID)) return id;
  throw invalidArgument('id', `a string of at most ${MOST_ID} characters`, id);
}

function outputsOf(body: Fields, binaryOutputs: boolean): AskedOutput[] | null {
  const asked = fieldOf(body, 'outputs');
  if (asked === undefined) return null;
  const names = new Set<string>();
  const outputs = checkList(asked, 'outputs').map((one, o) => {
    const output = checkFields(one, `outputs[${o}]`);
    const binary = flagOf(parametersOf(output, `outputs[${o}].`), 'binary_data', `outputs[${o}].`) ?? binaryOutputs;
    const name = nameOf(output, `outputs[${o}].name`);
    // A short body could ask for more than the memory holds.
    if (names.has(name)) throw invalidArgument('outputs', 'each output once', name);
    names.add(name);
    return { name, binary };
  });
  return outputs.length === 0 ? null : outputs;
}

function nameOf(fields: Fields, argument: string): string {
  const name = fieldOf(fields, 'name');
  if (typeof name !== 'string') throw invalidArgument(argument, 'a string', name);
  return name;
}

function parametersOf(fields: Fields, prefix: string): Fields {
  const parameters = checkFields(fieldOf(fields, 'parameters') ?? {}, `${prefix}parameters`);
  const other = OTHER_ANSWERS.find((name) => fieldOf(parameters, name) !== undefined);
  if (other === undefined) return parameters;
  throw unsupported(`${prefix}parameters`, 'tensors in the body', other);
}

function flagOf(parameters: Fields, name: string, prefix: string): boolean | undefined {
  const flag = fieldOf(parameters, name);
  if (flag === undefined || typeof flag === 'boolean') return flag;
  throw invalidArgument(`${prefix}parameters.${name}`, 'true or false', flag);
}

/** Tensors whose numbers stand in the JSON, or one after another following it. */
class InputReader {
  readonly #bytes: Uint8Array;
  #at = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  read(value: unknown, argument: string): { readonly name: string; readonly array: ShapedArray } {
    const input = checkFields(value, argument);
    const name = nameOf(input, `${argument}.name`);
    const datatype = checkDatatype(fieldOf(input, 'datatype'), `${argument}.datatype`);
    const shape = checkShape(fieldOf(input, 'shape'), `${argument}.shape`);
    const size = fieldOf(parametersOf(input, `${argument}.`), 'binary_data_size');
    const data =
      size === undefined
        ? written(fieldOf(input, 'data'), datatype, shape, `${argument}.data`)
        : this.#binary(size, datatype, shape, `${argument}.parameters.binary_data_size`);
    return { name, array: { data, shape } };
  }

  checkEnd(): void {
    const left = this.#bytes.length - this.#at;
    if (left > 0) throw invalidArgument('body', `as many bytes as its tensors have`, new InWords(`${left} bytes more`));
  }

  #binary(size: unknown, datatype: Datatype, shape: Shape, argument: string): TypedArray {
    const wanted = sizeOf(shape) * bytesOf(datatype);
    if (size !== wanted)
      throw invalidArgument(argument, `${wanted}, the bytes of ${datatype} [${shape.join(', ')}],`, size);
    const left = this.#bytes.length - this.#at;
    if (wanted > left) throw invalidArgument(argument, `at most the ${left} bytes that the body has left`, size);
    this.#at += wanted;
    const numbers = numbersOf(datatype, this.#bytes.subarray(this.#at - wanted, this.#at));
    // The only type with bytes that stand for nothing.
    if (datatype === 'BOOL') checkNumbers(datatype, numbers as Uint8Array, argument);
    return numbers;
  }
}

/** Nested as the shape tells, or in one list. */
function written(value: unknown, datatype: Datatype, shape: Shape, argument: string): TypedArray {
  const { data } = checkArray(value, argument);
  if (data.length !== sizeOf(shape)) throw shapeMismatch(argument, `${sizeOf(shape)} numbers`, [data.length]);
  checkNumbers(datatype, data as Float64Array, argument);
  return data;
}
