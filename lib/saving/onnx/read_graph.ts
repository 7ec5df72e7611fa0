import { type CodedError, corruptFile, GemsbokError, InWords, unsupported } from '../../errors';
import type { GraphProto, ModelProto, NodeProto, ValueInfoProto } from '../../files/onnx';
import { checkLimit } from '../../limits';
import type { Shape } from '../../tensor';
import { ACTIVATION_OPERATORS } from './activation_operators';
import { ARITHMETIC_OPERATORS } from './arithmetic_operators';
import { DENSE_OPERATORS } from './dense_operators';
import { type GraphContext, OnnxNode } from './node';
import { readTensor } from './read_tensor';
import { SHAPE_OPERATORS } from './shape_operators';
import type { Tensor, Value } from './values';

const OPERATORS: ReadonlyMap<string, (node: OnnxNode) => Value> = new Map(
  Object.entries({ ...ACTIVATION_OPERATORS, ...ARITHMETIC_OPERATORS, ...DENSE_OPERATORS, ...SHAPE_OPERATORS }),
);

/** The first set of operators that broadcasts as today's do, of 2017. */
const LEAST_OPSET = 7;
/** How often weights may be used that a file holds once. */
const MOST_USES = 16;
/** `TensorProto.DataType` of what classifiers give besides probabilities: integers, texts and booleans. */
const LABELS: readonly number[] = [6, 7, 8, 9];

/** A graph whose values are known. */
export interface ReadGraph {
  readonly name: string;
  readonly inputs: readonly { readonly name: string; readonly tensor: Tensor }[];
  /** All that is computed, each after what it is computed from. */
  readonly tensors: readonly Tensor[];
  readonly outputs: readonly Tensor[];
}

/** Says what each value of a graph is. Errors: `ERR_CORRUPT_FILE`; `ERR_UNSUPPORTED` where outputs need what no layer does. */
export function readGraph(model: ModelProto, where: string): ReadGraph {
  const { graph } = model;
  if (graph === undefined) throw corruptFile(where, 'a graph', 'none');
  checkLimit('layers', graph.node.length, `the nodes of ${where}`);
  const values = new Map<string, Value>();
  const numbers = readInitializers(graph, values, where);
  const inputs = graph.input.filter(({ name = '' }) => !values.has(name)).map((info) => readInput(info, where));
  for (const { name, tensor } of inputs) values.set(name, tensor);
  const context = contextOf(model, inputs, numbers, where);
  for (const node of graph.node) readNode(node, values, context);
  const tensors = new Set([...values.values()].filter((value): value is Tensor => value.kind === 'tensor'));
  return { name: graph.name ?? '', inputs, tensors: [...tensors], outputs: readOutputs(graph.output, values, where) };
}

interface InputTensor {
  readonly name: string;
  readonly tensor: Tensor;
  /** The size of the batch where it is fixed. */
  readonly batch: number | null;
}

function contextOf(model: ModelProto, inputs: readonly InputTensor[], numbers: number, where: string): GraphContext {
  const opset = model.opsetImport.find(({ domain = '' }) => domain === '' || domain === 'ai.onnx')?.version ?? 0;
  if (opset < LEAST_OPSET)
    throw unsupported('opset', `at least ${LEAST_OPSET} in ${where}`, opset, 'Export it again, with a newer one.');
  const batches = new Set(inputs.map(({ batch }) => batch));
  const [batch = null] = batches.size === 1 ? batches : [];
  let left = MOST_USES * numbers;
  const hold = (more: number): void => {
    left += MOST_USES * more;
  };
  const spend = (used: number): void => {
    left -= used;
    if (left < 0) throw unsupported('weights', `at most ${MOST_USES} uses of each in ${where}`, new InWords('more'));
  };
  return { opset, batch, where, hold, spend };
}

/** How many numbers there are. What cannot be read is an error where it is used. */
function readInitializers(
  { initializer, sparseInitializer }: GraphProto,
  values: Map<string, Value>,
  where: string,
): number {
  let numbers = 0;
  for (const tensor of initializer) {
    const value = orRefused(() => ({ kind: 'constant', name: tensor.name ?? '', array: readTensor(tensor, where) }));
    define(values, tensor.name ?? '', value, where);
    if (value.kind === 'constant') numbers += value.array.data.length;
  }
  for (const { values: tensor } of sparseInitializer) {
    const error = unsupported('weights', `dense arrays in ${where}`, new InWords(`the sparse ${tensor?.name ?? ''}`));
    define(values, tensor?.name ?? '', { kind: 'refused', error }, where);
  }
  return numbers;
}

function readInput({ name = '', type }: ValueInfoProto, where: string): InputTensor {
  const place = `the input \`${name.slice(0, 60)}\` of ${where}`;
  const { elemType = 0, shape } = type?.tensorType ?? {};
  if (name === '') throw corruptFile(where, 'a name for each input', 'none');
  if (elemType === 0 || elemType === 8)
    throw unsupported('inputs', `numbers for ${place}`, new InWords(`elem_type ${elemType}`));
  const [batch, ...axes] = shape?.dim ?? [];
  if (batch === undefined) throw unsupported('inputs', `an axis of samples for ${place}`, new InWords('none'));
  checkLimit('axes', axes.length, place);
  const sizes: Shape = axes.map(({ dimValue = 0, dimParam = '' }) => {
    if (Number.isSafeInteger(dimValue) && dimValue > 0) return dimValue;
    throw unsupported('inputs', `sizes that are fixed, but for the first, for ${place}`, dimParam || dimValue);
  });
  const tensor: Tensor = { kind: 'tensor', shape: sizes, from: [], steps: [], forms: new Map() };
  return { name, tensor, batch: batch.dimValue || null };
}

function readNode(proto: NodeProto, values: Map<string, Value>, context: GraphContext): void {
  const { where } = context;
  const inputs = proto.input.map((name) => {
    const value = values.get(name);
    if (value !== undefined || name === '') return value;
    throw corruptFile(where, `\`${name.slice(0, 60)}\` before the node that needs it`, 'none');
  });
  const node = new OnnxNode(proto, inputs, context);
  const [first = '', ...others] = proto.output;
  define(values, first, computed(node), where);
  for (const name of others) {
    if (name !== '')
      define(values, name, { kind: 'refused', error: node.refused(`the output ${name.slice(0, 60)}`) }, where);
  }
}

function computed(node: OnnxNode): Value {
  const refused = node.inputs.find((value) => value?.kind === 'refused');
  if (refused !== undefined) return refused;
  const operator = OPERATORS.get(node.type);
  return orRefused(() => {
    if (operator === undefined) throw node.refused();
    const value = operator(node);
    node.checkAttributes();
    return value;
  });
}

/** What no layer computes is an error only where an output depends on it. */
function orRefused(read: () => Value): Value {
  try {
    return read();
  } catch (error) {
    if (error instanceof GemsbokError && error.code === 'ERR_UNSUPPORTED')
      return { kind: 'refused', error: error as CodedError };
    throw error;
  }
}

function define(values: Map<string, Value>, name: string, value: Value, where: string): void {
  if (values.has(name)) throw corruptFile(where, 'one value of each name', `two of \`${name.slice(0, 60)}\``);
  values.set(name, value);
}

/** Without labels, where there is more: they follow from probabilities. */
function readOutputs(outputs: readonly ValueInfoProto[], values: ReadonlyMap<string, Value>, where: string): Tensor[] {
  const isLabel = ({ type }: ValueInfoProto): boolean => LABELS.includes(type?.tensorType?.elemType ?? 0);
  const wanted = outputs.every(isLabel) ? outputs : outputs.filter((output) => !isLabel(output));
  if (wanted.length === 0) throw corruptFile(where, 'outputs', 'none');
  return wanted.map(({ name = '' }) => {
    const value = values.get(name);
    if (value?.kind === 'tensor') return value;
    if (value?.kind === 'refused') throw value.error;
    if (value === undefined) throw corruptFile(where, `the output \`${name.slice(0, 60)}\``, 'none');
    throw unsupported('outputs', `outputs that depend on inputs in ${where}`, name);
  });
}
