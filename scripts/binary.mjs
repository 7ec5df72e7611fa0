// What is in a built addon, read from its own bytes: the versions of glibc that it asks for, what it exports, its size.
import { readFileSync } from 'node:fs';

export const MOST_BYTES = 4e6;

const LINK = 0x28;
const SHT_DYNSYM = 11;
const SHT_DYNAMIC = 6;
const SHT_GNU_VERNEED = 0x6ffffffe;

function textAt(bytes, offset) {
  return bytes.toString('latin1', offset, bytes.indexOf(0, offset));
}

/** The sections of a 64-bit little-endian ELF file. */
function sectionsOf(bytes) {
  const table = Number(bytes.readBigUInt64LE(0x28));
  const size = bytes.readUInt16LE(0x3a);
  return Array.from({ length: bytes.readUInt16LE(0x3c) }, (_, i) => {
    const at = table + i * size;
    return {
      type: bytes.readUInt32LE(at + 4),
      offset: Number(bytes.readBigUInt64LE(at + 0x18)),
      size: Number(bytes.readBigUInt64LE(at + 0x20)),
      link: bytes.readUInt32LE(at + LINK),
      count: bytes.readUInt32LE(at + 0x2c),
    };
  });
}

/** Names such as GLIBC_2.17 that the loader will look for, by the library that must have them. */
function neededVersions(bytes, sections) {
  const section = sections.find(({ type }) => type === SHT_GNU_VERNEED);
  if (section === undefined) return [];
  const names = sections[section.link].offset;
  const versions = [];
  for (let i = 0, at = section.offset; i < section.count; i++, at += bytes.readUInt32LE(at + 12)) {
    const count = bytes.readUInt16LE(at + 2);
    for (let k = 0, aux = at + bytes.readUInt32LE(at + 8); k < count; k++, aux += bytes.readUInt32LE(aux + 12))
      versions.push(textAt(bytes, names + bytes.readUInt32LE(aux + 8)));
  }
  return versions;
}

function neededLibraries(bytes, sections) {
  const section = sections.find(({ type }) => type === SHT_DYNAMIC);
  const libraries = [];
  for (let at = section.offset; at < section.offset + section.size; at += 16) {
    if (bytes.readBigInt64LE(at) === 1n)
      libraries.push(textAt(bytes, sections[section.link].offset + Number(bytes.readBigUInt64LE(at + 8))));
  }
  return libraries;
}

function exportedNames(bytes, sections) {
  const section = sections.find(({ type }) => type === SHT_DYNSYM);
  const names = [];
  for (let at = section.offset; at < section.offset + section.size; at += 24) {
    if (bytes.readUInt16LE(at + 6) !== 0)
      names.push(textAt(bytes, sections[section.link].offset + bytes.readUInt32LE(at)));
  }
  return names;
}

/** What an ELF file asks for and gives; null for files of other systems. */
export function readElf(path) {
  const bytes = readFileSync(path);
  if (bytes.toString('latin1', 0, 4) !== '\x7fELF') return null;
  const sections = sectionsOf(bytes);
  return {
    versions: neededVersions(bytes, sections),
    libraries: neededLibraries(bytes, sections),
    exports: exportedNames(bytes, sections),
  };
}

const isAbove = (version, limit) => {
  const [a, b] = [version, limit].map((text) => text.split('.').map(Number));
  return a[0] !== b[0] ? a[0] > b[0] : (a[1] ?? 0) > (b[1] ?? 0);
};

/** What is wrong with a prebuild of a target. */
export function inspect(path, { glibc, file }) {
  const { length } = readFileSync(path);
  const problems = length < MOST_BYTES ? [] : [`${file} has ${length} bytes, more than ${MOST_BYTES}`];
  const elf = readElf(path);
  if (elf === null) return problems;
  const floors = elf.versions.filter((name) => name.startsWith('GLIBC_')).map((name) => name.slice('GLIBC_'.length));
  const tooNew = floors.filter((version) => glibc === undefined || isAbove(version, glibc));
  if (tooNew.length > 0) problems.push(`${file} asks for glibc ${tooNew.join(', ')}`);
  const odd = elf.libraries.filter((name) => !/^(libc|libm|libpthread|libdl|ld-)/.test(name));
  if (odd.length > 0) problems.push(`${file} asks for ${odd.join(', ')}`);
  const strange = elf.exports.filter((name) => !/^(napi|node_api)_/.test(name));
  if (strange.length > 0) problems.push(`${file} shows ${strange.slice(0, 5).join(', ')}`);
  return problems;
}
