import { execFile } from 'node:child_process';
import { mkdir, rm, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import t from 'tap';
import { digits, started } from './helpers/serving';
import { ROW } from './serving_requests.cases';

t.test('a file that is gone, or no file, is a fault that is counted once', async (t) => {
  const path = join(t.testdir(), 'served.safetensors');
  const model = digits();
  await model.save(path);
  const { get, post, port } = await started(t, { digits: path }, { watch: true });
  const failed = async (): Promise<number> => {
    const text = await (await fetch(`http://127.0.0.1:${port}/metrics`)).text();
    return Number(/^gemsbok_model_loads_total\{.*outcome="failed"\} (\d+)$/m.exec(text)?.[1] ?? 0);
  };
  const replacements = [
    [() => mkdir(path), 'ERR_INVALID_ARG'],
    [() => promisify(execFile)('mkfifo', [path]), 'ERR_INVALID_ARG'],
    [() => symlink(path, path), 'ELOOP'],
    [() => symlink('/dev/zero', path), 'ERR_INVALID_ARG'],
    [() => {}, 'ENOENT'],
  ] as const;
  for (const [replace, code] of replacements) {
    const before = await failed();
    await rm(path, { recursive: true, force: true });
    await replace();
    while (!JSON.stringify((await get('/v2/health/ready')).json).includes(code) || (await failed()) === before) {
      await sleep(20);
    }
    const { json } = await post('/v1/models/digits:predict', { instances: [ROW] });
    t.strictSame(json.predictions, model.predictSync([ROW]).toArray(), `the model serves: ${code}`);
  }
  const counted = await failed();
  // Three looks more.
  await sleep(800);
  t.equal(await failed(), counted);
});
