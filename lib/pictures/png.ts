// An image of few colours as a PNG: what a picture of a hundred thousand cells is in bytes instead of elements.
import { deflateSync } from 'node:zlib';

const SIGNATURE = [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a];
const POLYNOMIAL = 0xedb88320;
const CRC_TABLE = Uint32Array.from({ length: 256 }, (_, byte) => {
  let rest = byte;
  for (let bit = 0; bit < 8; bit++) rest = rest & 1 ? (rest >>> 1) ^ POLYNOMIAL : rest >>> 1;
  return rest;
});

/**
 * A square image as a URL: `pixels[i]` is an index of `palette`, which has at most 256 colours of three bytes each.
 * Source: https://www.w3.org/TR/png-3/.
 */
export function pngUrl(pixels: Uint8Array, side: number, palette: Uint8Array): string {
  const [bitDepth, byPalette] = [8, 3];
  const header = Buffer.alloc(13);
  header.writeUInt32BE(side, 0);
  header.writeUInt32BE(side, 4);
  header.set([bitDepth, byPalette], 8);
  // Each row begins with the number of its filter, which is none.
  const rows = Buffer.alloc(side * (side + 1));
  for (let row = 0; row < side; row++) rows.set(pixels.subarray(row * side, (row + 1) * side), row * (side + 1) + 1);
  const parts = [
    Buffer.from(SIGNATURE),
    ...chunk('IHDR', header),
    ...chunk('PLTE', palette),
    ...chunk('IDAT', deflateSync(rows)),
    ...chunk('IEND', new Uint8Array()),
  ];
  return `data:image/png;base64,${Buffer.concat(parts).toString('base64')}`;
}

function chunk(type: string, data: Uint8Array): Buffer[] {
  const body = Buffer.concat([Buffer.from(type, 'latin1'), data]);
  return [uint32(data.length), body, uint32(crcOf(body))];
}

function uint32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
}

function crcOf(bytes: Uint8Array): number {
  let crc = 0xffffffff;
  for (const byte of bytes) crc = (CRC_TABLE[(crc ^ byte) & 0xff] as number) ^ (crc >>> 8);
  return ~crc >>> 0;
}
