import type { Root } from 'protobufjs';
import { importOptional, rethrow } from '../optional';

type Field = { readonly type: string; readonly id: number; readonly rule?: 'repeated' };
const many = (type: string, id: number): Field => ({ type, id, rule: 'repeated' });

/** What models of dense layers have of onnx.proto. */
const MESSAGES: Readonly<Record<string, Readonly<Record<string, Field>>>> = {
  ModelProto: {
    irVersion: { type: 'int64', id: 1 },
    producerName: { type: 'string', id: 2 },
    graph: { type: 'GraphProto', id: 7 },
    opsetImport: many('OperatorSetIdProto', 8),
  },
  OperatorSetIdProto: { domain: { type: 'string', id: 1 }, version: { type: 'int64', id: 2 } },
  GraphProto: {
    node: many('NodeProto', 1),
    name: { type: 'string', id: 2 },
    initializer: many('TensorProto', 5),
    input: many('ValueInfoProto', 11),
    output: many('ValueInfoProto', 12),
  },
  NodeProto: {
    input: many('string', 1),
    output: many('string', 2),
    name: { type: 'string', id: 3 },
    opType: { type: 'string', id: 4 },
    attribute: many('AttributeProto', 5),
  },
  AttributeProto: {
    name: { type: 'string', id: 1 },
    f: { type: 'float', id: 2 },
    i: { type: 'int64', id: 3 },
    ints: many('int64', 8),
    type: { type: 'int32', id: 20 },
  },
  TensorProto: {
    dims: many('int64', 1),
    dataType: { type: 'int32', id: 2 },
    name: { type: 'string', id: 8 },
    rawData: { type: 'bytes', id: 9 },
  },
  ValueInfoProto: { name: { type: 'string', id: 1 }, type: { type: 'TypeProto', id: 2 } },
  TypeProto: { tensorType: { type: 'TensorType', id: 1 } },
  TensorType: { elemType: { type: 'int32', id: 1 }, shape: { type: 'TensorShapeProto', id: 2 } },
  TensorShapeProto: { dim: many('Dimension', 1) },
  Dimension: { dimValue: { type: 'int64', id: 1 }, dimParam: { type: 'string', id: 2 } },
};

/** The bytes of a model as `ModelProto` has it. Errors: `ERR_UNSUPPORTED` without the package protobufjs. */
export async function encodeOnnx(model: object): Promise<Uint8Array<ArrayBuffer>> {
  const protobuf = await importOptional('ONNX models', 'protobufjs', () => {
    return import('protobufjs/light.js').catch(rethrow);
  });
  const nested = Object.fromEntries(Object.entries(MESSAGES).map(([name, fields]) => [name, { fields }]));
  const root: Root = protobuf.default.Root.fromJSON({ nested });
  return new Uint8Array(root.lookupType('ModelProto').encode(model).finish());
}
