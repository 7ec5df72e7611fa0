/** An array as a file of safetensors holds it, in bytes. */
export interface StoredBytes {
  readonly dtype: string;
  readonly shape: readonly number[];
  readonly bytes: Uint8Array;
}

export const float32 = (shape: readonly number[], values: readonly number[]): StoredBytes => {
  return { dtype: 'F32', shape, bytes: new Uint8Array(Float32Array.from(values).buffer) };
};

/** A file as the format's page describes it; `header` may be changed before it is written. */
export function safetensorsBytes(
  arrays: Readonly<Record<string, StoredBytes>>,
  change: (header: Record<string, unknown>) => unknown = (header) => header,
): Buffer {
  let end = 0;
  const header: Record<string, unknown> = {};
  for (const [name, { dtype, shape, bytes }] of Object.entries(arrays)) {
    header[name] = { dtype, shape, data_offsets: [end, end + bytes.length] };
    end += bytes.length;
  }
  const changed = change(header);
  const text = Buffer.from(typeof changed === 'string' ? changed : JSON.stringify(changed));
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(text.length));
  return Buffer.concat([length, text, ...Object.values(arrays).map(({ bytes }) => bytes)]);
}

/** The header of a file, and its numbers. */
export function readSafetensors(bytes: Uint8Array): { header: Record<string, unknown>; body: Uint8Array } {
  const view = new DataView(bytes.buffer, bytes.byteOffset);
  const end = 8 + Number(view.getBigUint64(0, true));
  return {
    header: JSON.parse(Buffer.from(bytes.subarray(8, end)).toString()),
    body: new Uint8Array(bytes.subarray(end)),
  };
}
