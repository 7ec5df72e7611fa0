// Servers and clients that others wrote.
import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { readFile, writeFile } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { promisify } from 'node:util';
import express from 'express';
import Fastify from 'fastify';
import { fastifyPlugin, handler } from 'gemsbok/serving';
import t from 'tap';
import { digits, started } from './helpers/serving';
import { bringPrograms } from './helpers/system';
import { ROW } from './serving_requests.cases';

const BODY = JSON.stringify({ instances: [ROW] });
const WANTED = { predictions: [[Number, Number, Number]] };

for (const parses of [false, true]) {
  t.test(`Express, ${parses ? 'with its parser before the handler' : 'alone'}`, async (t) => {
    const handle = handler({ models: { digits: digits() } });
    const app = express();
    if (parses) app.use(express.json());
    app.use('/models', handle);
    app.use((_request, response) => void response.send('next'));
    const server = app.listen(0, '127.0.0.1');
    t.teardown(async () => {
      server.close();
      await handle.close();
    });
    await once(server, 'listening');
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/models`;
    const headers = { 'Content-Type': 'application/json' };
    const post = (path: string, body: string) => fetch(`${url}${path}`, { method: 'POST', headers, body });
    t.match(await (await post('/v1/models/digits:predict', BODY)).json(), WANTED);
    t.match(await (await post('/v1/models/digits:predict', '{}')).json(), { code: 'ERR_INVALID_ARG' });
    t.equal(await (await fetch(`${url}/other`)).text(), 'next');
    t.equal((await fetch(`${url}/v2/nothing`)).status, 404);
  });
}

t.test('Fastify', async (t) => {
  const app = Fastify();
  await app.register(fastifyPlugin, { models: { digits: digits() }, prefix: '/models' });
  app.post('/echo', async ({ body }) => body);
  const url = await app.listen({ port: 0, host: '127.0.0.1' });
  const post = (path: string, body: string) =>
    fetch(`${url}${path}`, { method: 'POST', headers: { 'Content-Type': 'application/json' }, body });
  t.match(await (await post('/models/v1/models/digits:predict', BODY)).json(), WANTED);
  t.equal((await post('/models/v1/models/none:predict', BODY)).status, 404);
  t.strictSame(await (await post('/echo', BODY)).json(), JSON.parse(BODY), 'other routes keep their parsers');
  t.equal((await fetch(`${url}/models/v2/health/ready`)).status, 200);
  await app.close();
  await t.rejects(fetch(`${url}/models/v2/health/ready`));
});

t.test('a parser of what Prometheus reads', async (t) => {
  // Written in JavaScript alone.
  const parse: (text: string) => { name: string; type: string; metrics: unknown[] }[] =
    require('parse-prometheus-text-format');
  const { port, post } = await started(t, { digits: digits() });
  await post('/v1/models/digits:predict', BODY);
  const text = await (await fetch(`http://127.0.0.1:${port}/metrics`)).text();
  const families = parse(text);
  const declared = [...text.matchAll(/^# TYPE (\S+) (\S+)$/gm)].map(([, name, type = '']) => [
    name,
    type.toUpperCase(),
  ]);
  t.strictSame(families.map(({ name, type }) => [name, type]).sort(), declared.sort());
  t.match(
    families.find(({ name }) => name === 'gemsbok_requests_total'),
    { metrics: [{ value: '1' }] },
  );
});

const curl = async (...args: string[]) => (await promisify(execFile)('curl', ['-s', '-S', ...args])).stdout;

t.test('curl', async (t) => {
  bringPrograms();
  const model = digits();
  const wanted = model.predictSync([ROW]);
  const { port } = await started(t, { digits: model }, { maxBodyBytes: 2 ** 21 });
  const folder = t.testdir();
  const [predict, infer] = ['v1/models/digits:predict', 'v2/models/digits/infer'].map(
    (path) => `http://127.0.0.1:${port}/${path}`,
  ) as [string, string];

  t.match(JSON.parse(await curl('-d', BODY, predict)), { predictions: wanted.toArray() });
  const inputs = [{ name: 'x', shape: [1, 6], datatype: 'FP32', data: ROW }];
  t.match(JSON.parse(await curl('-d', JSON.stringify({ id: '7', inputs }), infer)), {
    id: '7',
    outputs: [{ name: 'y', shape: [1, 3], datatype: 'FP32', data: [...wanted.data] }],
  });

  const large = join(folder, 'body.json');
  await writeFile(large, JSON.stringify({ instances: Array(200_000).fill(ROW) }));
  t.match(await curl('-w', ' %{http_code}', '--data-binary', `@${large}`, predict), /ERR_OUT_OF_RANGE.* 413$/);

  const binary = [{ name: 'x', shape: [1, 6], datatype: 'FP32', parameters: { binary_data_size: 24 } }];
  const outputs = [{ name: 'y', parameters: { binary_data: true } }];
  const head = Buffer.from(JSON.stringify({ inputs: binary, outputs }));
  const [request, answer, headers] = ['request', 'answer', 'headers'].map((name) => join(folder, name)) as string[];
  await writeFile(`${request}`, Buffer.concat([head, Buffer.from(Float32Array.from(ROW).buffer)]));
  const length = 'Inference-Header-Content-Length';
  const sent = ['-H', `${length}: ${head.length}`, '-H', 'Content-Type: application/octet-stream'];
  await curl(...sent, '--data-binary', `@${request}`, '-D', `${headers}`, '-o', `${answer}`, infer);
  const [, own] = new RegExp(`${length}: (\\d+)`, 'i').exec(await readFile(`${headers}`, 'utf8')) ?? [];
  const bytes = await readFile(`${answer}`);
  t.match(JSON.parse(bytes.subarray(0, Number(own)).toString()), { outputs: [{ name: 'y', shape: [1, 3] }] });
  t.strictSame(new Float32Array(Uint8Array.from(bytes.subarray(Number(own))).buffer), wanted.data);
});
