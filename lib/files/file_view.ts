const ASCII_END = 128;
const MOST_HIGH = 2 ** 20;

/** The bytes of a file that may be damaged: whatever does not lie within them throws, and so does too much work. */
export class FileView {
  readonly length: number;
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  /** Bytes that may still be looked at: a sound file has each of them read once or twice. */
  #room: number;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
    this.length = bytes.length;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.#room = 4 * bytes.length;
  }

  expect(condition: boolean): void {
    if (!condition) throw new RangeError('Another layout.');
  }

  /** What a table knows. */
  known<T>(value: T | undefined): T {
    this.expect(value !== undefined);
    return value as T;
  }

  /** Before bytes are worked on. */
  spend(at: number, size: number): void {
    this.#room -= size;
    this.expect(this.#room >= 0 && at + size <= this.length);
  }

  u8(at: number): number {
    return this.#view.getUint8(at);
  }

  u16(at: number): number {
    return this.#view.getUint16(at, true);
  }

  u32(at: number): number {
    return this.#view.getUint32(at, true);
  }

  u64(at: number): number {
    const high = this.u32(at + 4);
    this.expect(high < MOST_HIGH);
    return high * 2 ** 32 + this.u32(at);
  }

  /** A view of them. */
  bytes(at: number, size: number): Uint8Array {
    this.expect(size <= this.length && at + size <= this.length);
    return this.#bytes.subarray(at, at + size);
  }

  /** A character each. */
  text(at: number, size: number): string {
    return Buffer.from(this.bytes(at, size)).toString('latin1');
  }

  textUntilZero(at: number, most: number): string {
    const text = this.bytes(at, Math.min(most, this.length - at));
    const end = text.indexOf(0);
    this.expect(end >= 0);
    this.spend(at, end);
    return this.decoded(text.subarray(0, end), false);
  }

  /** Up to the first zero. */
  decoded(text: Uint8Array, isAscii: boolean): string {
    this.#room -= text.length;
    const end = text.indexOf(0);
    const own = end < 0 ? text : text.subarray(0, end);
    this.expect(this.#room >= 0 && !(isAscii && own.some((byte) => byte >= ASCII_END)));
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(own);
  }
}
