import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

// A reader of TensorBoard's event files from the descriptions of TFRecord, CRC-32C and protocol buffers alone: it shares
// nothing with what writes them.

export interface EventValue {
  readonly tag: string;
  readonly plugin: string;
  readonly dataClass: number;
  readonly dtype: number;
  readonly shape: readonly number[];
  /** A text, or the numbers. */
  readonly content: string | readonly number[];
}

export interface Event {
  readonly wallTime: number;
  readonly step: number;
  readonly version: string | null;
  readonly values: readonly EventValue[];
}

/** All events of a folder, file by file. */
export function readEvents(folder: string): readonly Event[] {
  const names = readdirSync(folder).sort();
  for (const name of names) {
    if (!/^events\.out\.tfevents\.\d{10}\.[^/]+\.v2$/.test(name))
      throw new Error(`${name} is no name of an event file`);
  }
  return names.flatMap((name) => records(readFileSync(join(folder, name))).map(toEvent));
}

/** CRC-32C, bit by bit. */
function crc32c(bytes: Buffer): number {
  let crc = 0xffffffff;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ 0x82f63b78 : crc >>> 1;
  }
  return (crc ^ 0xffffffff) >>> 0;
}

function check(bytes: Buffer, stored: number): void {
  const turned = (stored - 0xa282ead8) >>> 0;
  if (((turned << 15) | (turned >>> 17)) >>> 0 !== crc32c(bytes)) throw new Error('a checksum is wrong');
}

function records(file: Buffer): Buffer[] {
  const found: Buffer[] = [];
  for (let at = 0; at < file.length; ) {
    const length = Number(file.readBigUInt64LE(at));
    check(file.subarray(at, at + 8), file.readUInt32LE(at + 8));
    const record = file.subarray(at + 12, at + 12 + length);
    check(record, file.readUInt32LE(at + 12 + length));
    found.push(record);
    at += 16 + length;
  }
  return found;
}

type Field = bigint | Buffer;

/** The fields of a message by their numbers: integers, or bytes. */
function fieldsOf(message: Buffer): Map<number, Field[]> {
  const fields = new Map<number, Field[]>();
  let at = 0;
  const varint = (): bigint => {
    let value = 0n;
    for (let shift = 0n; ; shift += 7n) {
      const byte = message.readUInt8(at++);
      value |= BigInt(byte & 0x7f) << shift;
      if (byte < 0x80) return value;
    }
  };
  const bytes = (length: number): Buffer => {
    if (at + length > message.length) throw new Error('a field reaches beyond its message');
    at += length;
    return message.subarray(at - length, at);
  };
  while (at < message.length) {
    const key = Number(varint());
    const wire = key & 7;
    const value = wire === 0 ? varint() : bytes(wire === 2 ? Number(varint()) : ({ 1: 8, 5: 4 }[wire] ?? Number.NaN));
    fields.set(key >>> 3, [...(fields.get(key >>> 3) ?? []), value]);
  }
  return fields;
}

const first = (fields: Map<number, Field[]>, id: number): Field | undefined => fields.get(id)?.[0];
const message = (fields: Map<number, Field[]>, id: number): Map<number, Field[]> =>
  fieldsOf((first(fields, id) ?? Buffer.alloc(0)) as Buffer);
const integer = (fields: Map<number, Field[]>, id: number): number => Number(first(fields, id) ?? 0n);
const text = (fields: Map<number, Field[]>, id: number): string => String(first(fields, id) ?? '');

function toEvent(record: Buffer): Event {
  const event = fieldsOf(record);
  const version = first(event, 3);
  return {
    wallTime: (first(event, 1) as Buffer).readDoubleLE(),
    step: integer(event, 2),
    version: version === undefined ? null : String(version),
    values: (message(event, 5).get(1) ?? []).map((value) => toValue(fieldsOf(value as Buffer))),
  };
}

function toValue(value: Map<number, Field[]>): EventValue {
  const metadata = message(value, 9);
  const tensor = message(value, 8);
  const dtype = integer(tensor, 1);
  const bytes = (first(tensor, 4) ?? Buffer.alloc(0)) as Buffer;
  const size = dtype === 1 ? 4 : 8;
  const number = (i: number): number => (dtype === 1 ? bytes.readFloatLE(4 * i) : bytes.readDoubleLE(8 * i));
  return {
    tag: text(value, 1),
    plugin: text(message(metadata, 1), 1),
    dataClass: integer(metadata, 4),
    dtype,
    shape: (message(tensor, 2).get(2) ?? []).map((dimension) => integer(fieldsOf(dimension as Buffer), 1)),
    content: dtype === 7 ? text(tensor, 8) : Array.from({ length: bytes.length / size }, (_, i) => number(i)),
  };
}
