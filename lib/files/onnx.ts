import type { Root, Type } from 'protobufjs';
import { corruptFile } from '../errors';
import { importOptional, rethrow } from '../optional';
import type { Bytes } from './stream';

type Field = { readonly type: string; readonly id: number; readonly rule?: 'repeated' };
const one = (type: string, id: number): Field => ({ type, id });
const many = (type: string, id: number): Field => ({ type, id, rule: 'repeated' });

/** What models of dense layers have of onnx.proto, and what tells that a model has more. */
const MESSAGES: Readonly<Record<string, Readonly<Record<string, Field>>>> = {
  ModelProto: {
    irVersion: one('int64', 1),
    producerName: one('string', 2),
    graph: one('GraphProto', 7),
    opsetImport: many('OperatorSetIdProto', 8),
  },
  OperatorSetIdProto: { domain: one('string', 1), version: one('int64', 2) },
  GraphProto: {
    node: many('NodeProto', 1),
    name: one('string', 2),
    initializer: many('TensorProto', 5),
    input: many('ValueInfoProto', 11),
    output: many('ValueInfoProto', 12),
    sparseInitializer: many('SparseTensorProto', 15),
  },
  NodeProto: {
    input: many('string', 1),
    output: many('string', 2),
    name: one('string', 3),
    opType: one('string', 4),
    attribute: many('AttributeProto', 5),
    domain: one('string', 7),
  },
  AttributeProto: {
    name: one('string', 1),
    f: one('float', 2),
    i: one('int64', 3),
    s: one('bytes', 4),
    t: one('TensorProto', 5),
    floats: many('float', 7),
    ints: many('int64', 8),
    type: one('int32', 20),
  },
  TensorProto: {
    dims: many('int64', 1),
    dataType: one('int32', 2),
    floatData: many('float', 4),
    int32Data: many('int32', 5),
    int64Data: many('int64', 7),
    name: one('string', 8),
    rawData: one('bytes', 9),
    doubleData: many('double', 10),
    dataLocation: one('int32', 14),
  },
  SparseTensorProto: { values: one('TensorProto', 1) },
  ValueInfoProto: { name: one('string', 1), type: one('TypeProto', 2) },
  TypeProto: { tensorType: one('TensorType', 1) },
  TensorType: { elemType: one('int32', 1), shape: one('TensorShapeProto', 2) },
  TensorShapeProto: { dim: many('Dimension', 1) },
  Dimension: { dimValue: one('int64', 1), dimParam: one('string', 2) },
};

/** `ModelProto`: lists are always there, other fields where the file has them. */
export interface ModelProto {
  readonly graph?: GraphProto;
  readonly opsetImport: readonly { readonly domain?: string; readonly version?: number }[];
}

export interface GraphProto {
  readonly node: readonly NodeProto[];
  readonly name?: string;
  readonly initializer: readonly TensorProto[];
  readonly input: readonly ValueInfoProto[];
  readonly output: readonly ValueInfoProto[];
  readonly sparseInitializer: readonly { readonly values?: TensorProto }[];
}

export interface NodeProto {
  readonly input: readonly string[];
  readonly output: readonly string[];
  readonly name?: string;
  readonly opType?: string;
  readonly attribute: readonly AttributeProto[];
  readonly domain?: string;
}

export interface AttributeProto {
  readonly name?: string;
  readonly f?: number;
  readonly i?: number;
  readonly s?: Uint8Array;
  readonly t?: TensorProto;
  readonly floats: readonly number[];
  readonly ints: readonly number[];
}

export interface TensorProto {
  readonly dims: readonly number[];
  readonly dataType?: number;
  readonly floatData: readonly number[];
  readonly int32Data: readonly number[];
  readonly int64Data: readonly number[];
  readonly name?: string;
  readonly rawData?: Uint8Array;
  readonly doubleData: readonly number[];
  readonly dataLocation?: number;
}

export interface ValueInfoProto {
  readonly name?: string;
  readonly type?: {
    readonly tensorType?: {
      readonly elemType?: number;
      readonly shape?: { readonly dim: readonly { readonly dimValue?: number; readonly dimParam?: string }[] };
    };
  };
}

/** The bytes of a model as `ModelProto` has it. Errors: `ERR_UNSUPPORTED` without the package protobufjs. */
export async function encodeOnnx(model: object): Promise<Bytes> {
  const type = await modelType();
  return new Uint8Array(type.encode(model).finish());
}

/** Errors: `ERR_CORRUPT_FILE` for other bytes, `ERR_UNSUPPORTED` without the package protobufjs. */
export async function decodeOnnx(bytes: Uint8Array, where: string): Promise<ModelProto> {
  const type = await modelType();
  try {
    return type.toObject(type.decode(bytes), { longs: Number, arrays: true }) as ModelProto;
  } catch (cause) {
    throw corruptFile(where, 'a model of ONNX', 'other bytes', { cause });
  }
}

async function modelType(): Promise<Type> {
  const protobuf = await importOptional('ONNX models', 'protobufjs', () => {
    return import('protobufjs/light.js').catch(rethrow);
  });
  const nested = Object.fromEntries(Object.entries(MESSAGES).map(([name, fields]) => [name, { fields }]));
  const root: Root = protobuf.default.Root.fromJSON({ nested });
  return root.lookupType('ModelProto');
}
