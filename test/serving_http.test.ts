import { subscribe, tracingChannel } from 'node:diagnostics_channel';
import { once } from 'node:events';
import { copyFile, writeFile } from 'node:fs/promises';
import net from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Dense, Sequential } from 'gemsbok';
import { handler, serve } from 'gemsbok/serving';
import t, { type Test } from 'tap';
import { type Client, digits, listening, started } from './helpers/serving';
import { ROW } from './serving_requests.cases';

t.test('versions', async (t) => {
  const [first, second] = [digits(1), digits(2)];
  const { get, post } = await started(t, { digits: { versions: { 1: first, 12: second } } });
  const ask = async (path: string) => (await post(path, { instances: [ROW] })).json.predictions;
  t.strictSame(await ask('/v1/models/digits:predict'), second.predictSync([ROW]).toArray(), 'the latest');
  t.strictSame(await ask('/v1/models/digits/versions/1:predict'), first.predictSync([ROW]).toArray());
  t.strictSame((await get('/v2/models/digits')).json.versions, ['12', '1']);
});

t.test('a file that changes is loaded again, whole or not at all', async (t) => {
  const folder = t.testdir();
  const [path, next] = [join(folder, 'served.keras'), join(folder, 'next.keras')];
  const [first, second] = [digits(1), digits(2)];
  await first.save(path);
  const { get, post } = await started(t, { digits: path }, { watch: true });
  const answer = async () => (await post('/v1/models/digits:predict', { instances: [ROW] })).json.predictions;
  const until = async (isSo: () => Promise<boolean>) => {
    while (!(await isSo())) await sleep(20);
  };
  t.strictSame(await answer(), first.predictSync([ROW]).toArray());
  await writeFile(path, 'no model at all');
  await until(async () => 'faults' in (await get('/v2/health/ready')).json);
  t.match(await get('/v2/health/ready'), {
    status: 200,
    json: {
      ready: true,
      faults: [{ model: 'digits', version: '1', code: 'ERR_CORRUPT_FILE', error: /served\.keras/ }],
    },
  });
  t.strictSame(await answer(), first.predictSync([ROW]).toArray(), 'the old model serves');
  await second.save(next);
  await copyFile(next, path);
  await until(async () => !('faults' in (await get('/v2/health/ready')).json));
  t.strictSame(await answer(), second.predictSync([ROW]).toArray());
  await new Sequential([new Dense({ units: 1 })]).save(path);
  await until(async () => 'faults' in (await get('/v2/health/ready')).json);
  t.match(await get('/v2/health/ready'), {
    status: 200,
    json: { faults: [{ code: 'ERR_INVALID_ARG', error: /built/ }] },
  });
  t.strictSame(await answer(), second.predictSync([ROW]).toArray(), 'a model without a shape takes no place');
});

t.test('an answer that another handler gave first is the one', async (t) => {
  const handle = handler({ models: { digits: digits() } });
  const address = await listening(t, (request, response) => {
    // As middlewares that watch the time do; what is refused with headers of its own finds them sent.
    response.writeHead(418).end();
    handle(request, response);
  });
  for (const [path, init] of [
    ['/v1/models/digits', { method: 'POST' }],
    ['/v1/models/none', {}],
    ['/v1/models/digits', {}],
  ] as const) {
    t.equal((await fetch(`${address}${path}`, init)).status, 418, path);
  }
  await handle.close();
  // Meanwhile, too: the body never comes.
  const late = handler({ models: { digits: digits() }, bodyTimeout: 50 });
  const other = await listening(t, (request, response) => {
    late(request, response);
    response.writeHead(418).end();
  });
  const socket = net.connect(Number(new URL(other).port), '127.0.0.1');
  socket.write('POST /v1/models/digits:predict HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\n{');
  const [answer] = await once(socket, 'data');
  t.match(String(answer), /^HTTP\/1\.1 418 /);
  await sleep(100);
  socket.destroy();
  await late.close();
});

t.test('a service may be closed while a file is loaded again', async (t) => {
  const path = join(t.testdir(), 'served.keras');
  await digits(1).save(path);
  const server = await serve({ models: { digits: path }, port: 0, watch: true });
  const load = tracingChannel('gemsbok:load');
  const closed = new Promise<void>((resolve, reject) => {
    const start = () => server.close().then(resolve, reject);
    load.start.subscribe(start);
    t.teardown(() => load.start.unsubscribe(start));
  });
  const loaded = new Promise<void>((resolve) => {
    const end = () => resolve();
    load.asyncEnd.subscribe(end);
    t.teardown(() => load.asyncEnd.unsubscribe(end));
  });
  await digits(2).save(path);
  await Promise.all([closed, loaded]);
  // Whatever it rejects is heard of by the end of the turn.
  await sleep(0);
});

t.test('a swap under load fails no request', async (t) => {
  const [first, second] = [digits(1), digits(2)];
  const server = await started(t, { digits: first });
  const outputs = [first, second].map((model) => JSON.stringify(model.predictSync([ROW]).toArray()));
  const seen = new Set<string>();
  const client = async () => {
    for (let i = 0; i < 25; i++) {
      const { status, json } = await server.post('/v1/models/digits:predict', { instances: [ROW] });
      if (status !== 200) t.fail(JSON.stringify(json));
      seen.add(JSON.stringify(json.predictions));
    }
  };
  const clients = Array.from({ length: 16 }, client);
  await server.handler.swap('digits', second);
  await Promise.all(clients);
  t.ok([...seen].every((one) => outputs.includes(one)));
  t.equal(
    JSON.stringify((await server.post('/v1/models/digits:predict', { instances: [ROW] })).json.predictions),
    outputs[1],
  );
});

/** Sends raw text to a server; gives all that it answers until it ends the connection. */
async function raw(port: number, text: string): Promise<string> {
  const socket = net.connect(port, '127.0.0.1');
  socket.write(text);
  let answer = '';
  for await (const part of socket) answer += String(part);
  return answer;
}

t.test('slow and vanishing clients', async (t) => {
  const server = await started(t, { digits: digits() }, { bodyTimeout: 100 });
  const head = 'POST /v1/models/digits:predict HTTP/1.1\r\nHost: a\r\nContent-Length: 1000\r\n\r\n{"instances"';
  const slow = await raw(server.port, head);
  t.match(slow, /^HTTP\/1\.1 408 /);
  t.match(slow, /"code":"ERR_DEADLINE"/);
  for (let i = 0; i < 5; i++) {
    const gone = net.connect(server.port, '127.0.0.1');
    gone.write(head);
    await sleep(5);
    gone.destroy();
  }
  t.equal((await server.post('/v1/models/digits:predict', { instances: [ROW] })).status, 200);
});

t.test('a client that sends too much is told so, and keeps its connection', async (t) => {
  const server = await started(t, { digits: digits() }, { maxBodyBytes: 1000 });
  for (const [how, framing, body] of [
    ['by its length', 'Content-Length: 4000000', 'x'.repeat(4_000_000)],
    ['piece by piece', 'Transfer-Encoding: chunked', `${'7d0\r\n'}${'x'.repeat(2000)}\r\n0\r\n\r\n`],
  ] as const) {
    const socket = net.connect(server.port, '127.0.0.1');
    socket.write(`POST /v1/models/digits:predict HTTP/1.1\r\nHost: a\r\n${framing}\r\n\r\n`);
    socket.write(body);
    const [answer] = await once(socket, 'data');
    t.match(String(answer), /^HTTP\/1\.1 413 [\s\S]*ERR_OUT_OF_RANGE/, how);
    socket.write('GET /v2/health/live HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n');
    let next = '';
    for await (const part of socket) next += String(part);
    t.match(next, /^HTTP\/1\.1 200 [\s\S]*"live":true/, how);
  }
});

/** A server with room for one request, which is there; returns what ends that. */
async function full(t: Test): Promise<{ readonly server: Client; readonly release: () => Promise<void> }> {
  const server = await started(t, { digits: digits() }, { maxQueue: 1, maxBatchSize: 1 });
  // Cut into single rows, it waits in the queue until the last of them.
  const leaving = new AbortController();
  const body = JSON.stringify({ instances: Array(60_000).fill(ROW) });
  const url = `http://127.0.0.1:${server.port}`;
  const path = '/v1/models/digits:predict';
  const long = fetch(url + path, { method: 'POST', body, signal: leaving.signal }).catch(({ name }: Error) => name);
  const isFull = async (): Promise<boolean> => {
    return /^gemsbok_queue_length\{.*\} 1$/m.test(await (await fetch(`${url}/metrics`)).text());
  };
  while (!(await isFull()));
  const release = async (): Promise<void> => {
    leaving.abort();
    t.equal(await long, 'AbortError');
  };
  return { server, release };
}

t.test('an overloaded service says so at once, with 503', async (t) => {
  const { server, release } = await full(t);
  const answers = await Promise.all(
    Array.from({ length: 20 }, () => server.post('/v1/models/digits:predict', { instances: [ROW] })),
  );
  for (const { status, json, headers } of answers) {
    t.strictSame([status, json.code, headers.get('retry-after')], [503, 'ERR_OVERLOADED', '1']);
  }
  await release();
  const late = await started(t, { digits: digits() }, { deadline: 0 });
  t.match(await late.post('/v1/models/digits:predict', { instances: [ROW] }), {
    status: 504,
    json: { code: 'ERR_DEADLINE' },
  });
});

t.test('an overloaded service refuses before it reads a body', async (t) => {
  const { server, release } = await full(t);
  const socket = net.connect(server.port, '127.0.0.1');
  socket.write('POST /v2/models/digits/infer HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\n');
  const [answer] = await once(socket, 'data');
  t.match(String(answer), /^HTTP\/1\.1 503 [\s\S]*ERR_OVERLOADED/);
  await release();
  socket.write('0123456789GET /v2/health/live HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n');
  let next = '';
  for await (const part of socket) next += String(part);
  t.match(next, /^HTTP\/1\.1 200 [\s\S]*"live":true/, 'the connection continues');
});

t.test('closing waits for what is asked, and accepts nothing more', async (t) => {
  const server = await serve({ models: { digits: digits() }, port: 0 });
  const body = JSON.stringify({ instances: [ROW] });
  const begun = new Promise((resolve) => subscribe('http.server.request.start', resolve));
  const socket = net.connect(server.port, '127.0.0.1');
  const head = `POST /v1/models/digits:predict HTTP/1.1\r\nHost: a\r\nContent-Length: ${body.length}`;
  socket.write(`${head}\r\n\r\n${body.slice(0, 9)}`);
  await begun;
  const closed = server.close();
  socket.write(body.slice(9));
  let answer = '';
  for await (const part of socket) answer += String(part);
  t.match(answer, /^HTTP\/1\.1 200 [\s\S]*Connection: close[\s\S]*"predictions"/);
  await closed;
  await t.rejects(fetch(`http://127.0.0.1:${server.port}/v2`));
  await server.close();
});

t.test('metrics', async (t) => {
  const server = await started(t, { 'a "b"\\': digits() });
  const path = `/v1/models/${encodeURIComponent('a "b"\\')}:predict`;
  await server.post(path, { instances: [ROW, ROW] });
  await server.post('/v1/models/made-up:predict', { instances: [ROW] });
  const text = await (await fetch(`http://127.0.0.1:${server.port}/metrics`)).text();
  const labels = 'model="a \\"b\\"\\\\",protocol="tensorflow"';
  t.ok(text.includes(`gemsbok_requests_total{${labels},status="200"} 1\n`), text);
  t.ok(text.includes('gemsbok_batch_rows_bucket{model="a \\"b\\"\\\\",version="1",le="2"} 1\n'));
  t.notOk(text.includes('made-up'));
  for (const line of text.trim().split('\n')) t.match(line, /^(# (HELP|TYPE) \w+ .+|\w+\{.*\} [\d.e+-]+)$/);
});

t.test('models that cannot be served', async (t) => {
  const wrong: readonly unknown[] = [
    undefined,
    null,
    {},
    [],
    { a: 5 },
    { a: {} },
    { '': digits() },
    { a: { versions: {} } },
    { a: { versions: { x: digits() } } },
    { a: new Sequential([new Dense({ units: 1 })]) },
  ];
  for (const models of wrong) {
    await t.rejects(serve({ models: models as never, port: 0 }), { code: 'ERR_INVALID_ARG' }, String(models));
    t.throws(() => handler({ models: models as never }), { code: 'ERR_INVALID_ARG' });
  }
  await t.rejects(serve({ models: { a: 'nowhere.keras' }, port: 0 }), { code: 'ENOENT' });
  await t.rejects(serve({ models: { a: digits() }, port: 65_536 }), { code: 'ERR_OUT_OF_RANGE' });
  await t.rejects(serve({ models: { a: digits() }, prot: 1 } as never), { code: 'ERR_INVALID_ARG', message: /port/ });
  const { port } = await started(t, { a: digits() });
  await t.rejects(serve({ models: { a: digits() }, port }), { code: 'EADDRINUSE' });
  const swapping = handler({ models: { a: digits() } });
  for (const [name, version] of [['none'], ['a', '7'], ['a', 1], [undefined], [Symbol('a')], ['']]) {
    const swapped = swapping.swap(name as never, digits(), version as never);
    await t.rejects(swapped, { name: 'TypeError', code: 'ERR_INVALID_ARG', message: /^Expected/ }, String(name));
  }
  await swapping.close();
  const handle = handler({ models: { a: 'nowhere.keras' } });
  await t.rejects(handle.ready, { code: 'ENOENT' });
  const server = await listening(t, handle);
  t.match(await (await fetch(`${server}/v2/health/ready`)).json(), {
    ready: false,
    faults: [{ model: 'a', code: 'ENOENT' }],
  });
  t.equal((await fetch(`${server}/v1/models/a:predict`, { method: 'POST', body: '{}' })).status, 503);
});
