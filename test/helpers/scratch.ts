import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A new folder. */
export function scratch(): string {
  return mkdtempSync(join(tmpdir(), 'gemsbok-test-'));
}
