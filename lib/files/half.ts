/** Half precision: 5 bits of exponent, 10 of mantissa. */
export function fromFloat16(halves: Uint16Array): Float32Array<ArrayBuffer> {
  return Float32Array.from(halves, (bits) => {
    const sign = bits >>> 15 === 0 ? 1 : -1;
    const [exponent, mantissa] = [(bits >>> 10) & 31, bits & 1023];
    if (exponent === 31) return mantissa === 0 ? sign * Number.POSITIVE_INFINITY : Number.NaN;
    return exponent === 0 ? sign * mantissa * 2 ** -24 : sign * (1024 + mantissa) * 2 ** (exponent - 25);
  });
}

/** The first half of a float32. */
export function fromBfloat16(halves: Uint16Array): Float32Array<ArrayBuffer> {
  return new Float32Array(Uint32Array.from(halves, (bits) => bits << 16).buffer);
}
