import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';

const CALLS = 60;
const PROGRAM = join(__dirname, 'helpers/many_calls.mjs');

/** Where V8 made hidden classes, by line and column, and for which property; how many it made there. */
function madeIn(log: string): Map<string, number> {
  const made = new Map<string, number>();
  for (const line of readFileSync(log, 'utf8').split('\n')) {
    const [kind, change, , , , , at, column, , name = ''] = line.split(',');
    // Symbols are those of Node's own objects.
    if (kind !== 'map' || change !== 'Transition' || name.startsWith('symbol(')) continue;
    const place = `${at}:${column} \`${name}\``;
    made.set(place, (made.get(place) ?? 0) + 1);
  }
  return made;
}

t.test('no call makes hidden classes of its own, which only a full collection frees', async (t) => {
  const log = join(t.testdir(), 'maps.log');
  const flags = ['--log-maps', '--no-log-maps-details', `--logfile=${log}`, '--no-logfile-per-isolate'];
  const { status, stderr } = spawnSync(process.execPath, [...flags, PROGRAM, `${CALLS}`], { encoding: 'utf8' });
  t.equal(status, 0, stderr);
  const often = [...madeIn(log)].filter(([, count]) => count > CALLS / 2).map(([place]) => place);
  const isControl = (place: string): boolean => place.endsWith('`control`');
  if (process.version.startsWith('v20.')) t.ok(often.some(isControl), 'the log shows those that are made on purpose');
  const others = often.filter((place) => !isControl(place));
  t.strictSame(others, [], 'places in dist/core.js: `{ more, ...object }` instead of `{ ...object, more }`');
});
