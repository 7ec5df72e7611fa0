// Writes sbom.cdx.json (CycloneDX): what is linked into the prebuilds, and the packages that an installation brings.
//   node scripts/sbom.mjs [--check]   --check: fails where the file is not what this would write
import { readFileSync, writeFileSync } from 'node:fs';

const read = (name) => JSON.parse(readFileSync(new URL(`../${name}`, import.meta.url), 'utf8'));
const { name, version, license, dependencies } = read('package.json');
const { packages } = read('package-lock.json');
const pins = read('scripts/libraries.json');
const zig = read('scripts/tools.json').zig.package.split('@').at(-1);
const file = new URL('../sbom.cdx.json', import.meta.url);

const component = (fields, id) => ({
  type: 'library',
  ...fields,
  licenses: [id.includes(' ') ? { expression: id } : { license: { id } }],
});
const npmPackage = (of) => {
  const { version, license, integrity } = packages[`node_modules/${of}`];
  const content = Buffer.from(integrity.slice('sha512-'.length), 'base64').toString('hex');
  return component(
    { name: of, version, purl: `pkg:npm/${of}@${version}`, hashes: [{ alg: 'SHA-512', content }] },
    license,
  );
};
const archive = (of, purl, id) => {
  const { version, release } = pins[of];
  return component(
    { name: of, version, purl: `${purl}@${version}`, hashes: [{ alg: 'SHA-256', content: release.sha256 }] },
    id,
  );
};

const sbom = {
  bomFormat: 'CycloneDX',
  specVersion: '1.6',
  version: 1,
  metadata: {
    component: { ...component({ name, version, purl: `pkg:npm/${name}@${version}` }, license), type: 'library' },
  },
  components: [
    archive('openblas', 'pkg:github/OpenMathLib/OpenBLAS', 'BSD-3-Clause'),
    archive('highway', 'pkg:github/google/highway', 'BSD-3-Clause OR Apache-2.0'),
    // What zig brings and links in.
    component({ name: 'libc++', version: '19.1.0' }, 'Apache-2.0 WITH LLVM-exception'),
    component({ name: 'libc++abi', version: '19.1.0' }, 'Apache-2.0 WITH LLVM-exception'),
    component({ name: 'libunwind', version: '19.1.0' }, 'Apache-2.0 WITH LLVM-exception'),
    component({ name: 'zig compiler_rt', version: zig }, 'MIT'),
    npmPackage('node-addon-api'),
    ...Object.keys(dependencies).map(npmPackage),
  ],
};

const text = `${JSON.stringify(sbom, null, 2)}\n`;
if (!process.argv.includes('--check')) writeFileSync(file, text);
else if (readFileSync(file, 'utf8') !== text)
  throw new Error('sbom.cdx.json is out of date: run `node scripts/sbom.mjs`');
