import { spawnSync } from 'node:child_process';
import t from 'tap';

/** Loads the library in a process that believes to be elsewhere; gives what it prints. */
function load(platform: string, arch: string): string {
  const program = `
    const os = require('node:os');
    for (const [name, value] of [['platform', '${platform}'], ['arch', '${arch}']]) {
      Object.defineProperty(process, name, { value });
      os[name] = () => value;
    }
    try { require('gemsbok'); console.log('loaded'); } catch (error) { console.log(error.name, error.code, error.message); }`;
  const env = { ...process.env, PREBUILDS_ONLY: '1' };
  return spawnSync(process.execPath, ['-e', program], { encoding: 'utf8', env }).stdout;
}

t.test('an unknown platform', async (t) => {
  const message = load('plan9', 'riscv64');
  t.match(message, /^GemsbokError ERR_UNSUPPORTED Expected a native addon for plan9-riscv64/, 'is named, with a code');
  t.match(message, /build\/Release or prebuilds\/plan9-riscv64/, 'and what was looked for');
  t.match(
    message,
    /Prebuilds exist for linux-x64, linux-arm64, win32-x64, darwin-arm64, darwin-x64/,
    'and what exists',
  );
  t.match(message, /`npm run setup`.*GEMSBOK_PREBUILD/, 'and what builds it');
});

t.test('a platform whose prebuild does not load', async (t) => {
  t.match(load('darwin', 'arm64'), /received none that loads: .+/, 'tells why');
});
