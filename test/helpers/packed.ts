import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { Test } from 'tap';

/** A project with the package as it is published, in a folder that goes with the test. */
export function projectWithPackage(t: Pick<Test, 'teardown'>): string {
  mkdirSync('build', { recursive: true });
  const folder = mkdtempSync(resolve('build/types-'));
  t.teardown(() => rmSync(folder, { recursive: true }));
  writeFileSync(join(folder, 'package.json'), '{ "private": true }');
  const installed = join(folder, 'node_modules/gemsbok');
  mkdirSync(installed, { recursive: true });
  const packed = spawnSync('npm', ['pack', '--json', '--ignore-scripts', '--pack-destination', folder], {
    encoding: 'utf8',
    shell: process.platform === 'win32',
  });
  const [{ filename }] = JSON.parse(packed.stdout) as [{ filename: string }];
  spawnSync('tar', ['-xzf', join(folder, filename), '-C', installed, '--strip-components=1']);
  return folder;
}
