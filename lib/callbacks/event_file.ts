import { mkdir } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import type { Root } from 'protobufjs';
import { appendWhole } from '../files/atomic_file';
import { importOptional, rethrow } from '../optional';
import { floatDtypeOf } from '../tensor';

/** A value of TensorBoard's: one array under a name, and the plugin that shows it. */
export interface SummaryValue {
  readonly tag: string;
  readonly plugin: 'scalars' | 'histograms' | 'text';
  readonly tensor: Float32Array | Float64Array | string;
  readonly shape: readonly number[];
}

type Field = { readonly type: string; readonly id: number; readonly rule?: string };

/** What TensorBoard reads of tensorflow's event.proto, summary.proto, tensor.proto and tensor_shape.proto. */
const MESSAGES: Readonly<Record<string, Readonly<Record<string, Field>>>> = {
  Event: {
    wallTime: { type: 'double', id: 1 },
    step: { type: 'int64', id: 2 },
    fileVersion: { type: 'string', id: 3 },
    summary: { type: 'Summary', id: 5 },
  },
  Summary: { value: { rule: 'repeated', type: 'Value', id: 1 } },
  Value: {
    tag: { type: 'string', id: 1 },
    tensor: { type: 'Tensor', id: 8 },
    metadata: { type: 'Metadata', id: 9 },
  },
  Metadata: { pluginData: { type: 'PluginData', id: 1 }, dataClass: { type: 'int32', id: 4 } },
  PluginData: { pluginName: { type: 'string', id: 1 } },
  Tensor: {
    dtype: { type: 'int32', id: 1 },
    tensorShape: { type: 'TensorShape', id: 2 },
    tensorContent: { type: 'bytes', id: 4 },
    stringVal: { rule: 'repeated', type: 'bytes', id: 8 },
  },
  TensorShape: { dim: { rule: 'repeated', type: 'Dimension', id: 2 } },
  Dimension: { size: { type: 'int64', id: 1 } },
};
const DTYPES = { float: 1, double: 2, string: 7 } as const;
const DATA_CLASSES = { scalars: 1, histograms: 2, text: 2 } as const;

/** The packages that encode and protect events. */
export interface EventCodec {
  encode(event: object): Uint8Array;
  crc32c(bytes: Uint8Array): number;
}

export async function loadCodec(): Promise<EventCodec> {
  const [protobuf, crc] = await importOptional('TensorBoard files', 'protobufjs @node-rs/crc32', () =>
    Promise.all([import('protobufjs/light.js').catch(rethrow), import('@node-rs/crc32').catch(rethrow)]),
  );
  const nested = Object.fromEntries(Object.entries(MESSAGES).map(([name, fields]) => [name, { fields }]));
  const root: Root = protobuf.default.Root.fromJSON({ nested });
  const event = root.lookupType('Event');
  return { encode: (value) => event.encode(value).finish(), crc32c: (bytes) => crc.crc32c(Buffer.from(bytes)) };
}

let files = 0;

/** A file of events: framed protocol buffers after one that states the version. */
export class EventFile {
  readonly #folder: string;
  readonly #path: string;
  readonly #codec: EventCodec;
  #begun = false;

  constructor(folder: string, codec: EventCodec) {
    const seconds = Math.floor(Date.now() / 1000);
    this.#folder = folder;
    // TensorBoard knows its files by this name; readers sort them by it.
    this.#path = join(folder, `events.out.tfevents.${seconds}.${hostname()}.${process.pid}.${files++}.v2`);
    this.#codec = codec;
  }

  async write(step: number, values: readonly SummaryValue[]): Promise<void> {
    if (values.length === 0) return;
    const wallTime = Date.now() / 1000;
    const records = [this.#record({ wallTime, step, summary: { value: values.map(toMessage) } })];
    if (!this.#begun) {
      await mkdir(this.#folder, { recursive: true });
      records.unshift(this.#record({ wallTime, fileVersion: 'brain.Event:2' }));
      this.#begun = true;
    }
    await appendWhole(this.#path, Buffer.concat(records));
  }

  /** `length crc(length) event crc(event)` */
  #record(event: object): Buffer {
    const bytes = this.#codec.encode(event);
    const head = Buffer.alloc(12);
    head.writeBigUInt64LE(BigInt(bytes.length));
    head.writeUInt32LE(masked(this.#codec.crc32c(head.subarray(0, 8))), 8);
    const tail = Buffer.alloc(4);
    tail.writeUInt32LE(masked(this.#codec.crc32c(bytes)));
    return Buffer.concat([head, bytes, tail]);
  }
}

function toMessage({ tag, plugin, tensor, shape }: SummaryValue): object {
  const tensorShape = { dim: shape.map((size) => ({ size })) };
  const metadata = { pluginData: { pluginName: plugin }, dataClass: DATA_CLASSES[plugin] };
  if (typeof tensor === 'string') {
    return { tag, metadata, tensor: { dtype: DTYPES.string, tensorShape, stringVal: [Buffer.from(tensor)] } };
  }
  const dtype = floatDtypeOf(tensor) === 'float32' ? DTYPES.float : DTYPES.double;
  const tensorContent = Buffer.from(tensor.buffer, tensor.byteOffset, tensor.byteLength);
  return { tag, metadata, tensor: { dtype, tensorShape, tensorContent } };
}

/** A checksum of data that holds checksums would be weak: TFRecord turns and shifts it. */
function masked(crc: number): number {
  return (((crc >>> 15) | (crc << 17)) + 0xa282ead8) >>> 0;
}
