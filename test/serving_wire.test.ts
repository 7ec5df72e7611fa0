import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { once } from 'node:events';
import net from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { Dense, Input, Sequential } from 'gemsbok';
import { handler, type ServeOptions } from 'gemsbok/serving';
import t, { type Test } from 'tap';
import { digits, listening, started } from './helpers/serving';
import { ROW } from './serving_requests.cases';

// What clients do with a connection, byte by byte.

const PREDICT = '/v1/models/digits:predict';
const BODY = JSON.stringify({ instances: [ROW] });

function request(path: string, body: string, ...headers: string[]): string {
  const lines = [`POST ${path} HTTP/1.1`, 'Host: a', `Content-Length: ${body.length}`, ...headers, '', body];
  return lines.join('\r\n');
}

/** Sent in these pieces, and the statuses of all answers until the server has nothing more to say. */
const EXCHANGES: readonly (readonly [string, readonly string[], readonly number[]])[] = [
  [
    'one after another without waiting',
    [request(PREDICT, BODY) + request(PREDICT, '{') + request(PREDICT, BODY)],
    [200, 400, 200],
  ],
  [
    'behind a body that is not read',
    [request(PREDICT, BODY, 'Content-Encoding: gzip') + request(PREDICT, BODY)],
    [415, 200],
  ],
  ['a coding in capitals', [request(PREDICT, BODY, 'Content-Encoding: Identity')], [200]],
  ['byte by byte', [...request(PREDICT, BODY)], [200]],
  [
    'the body once it is asked for',
    [`POST ${PREDICT} HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: ${BODY.length}\r\n\r\n`, BODY],
    [100, 200],
  ],
  [
    'in chunks, with trailers',
    [
      `POST ${PREDICT} HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\nTrailer: Check\r\n\r\n`,
      `5\r\n${BODY.slice(0, 5)}\r\n`,
      `${(BODY.length - 5).toString(16)};ext=1\r\n${BODY.slice(5)}\r\n0\r\nCheck: 1\r\n\r\n`,
    ],
    [200],
  ],
  ['HTTP/1.0', [`POST ${PREDICT} HTTP/1.0\r\nContent-Length: ${BODY.length}\r\n\r\n${BODY}`], [200]],
  ['without a body', [`POST ${PREDICT} HTTP/1.1\r\nHost: a\r\n\r\n`], [400]],
  ['two lengths', [`POST ${PREDICT} HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\nContent-Length: 4\r\n\r\n{}..`], [400]],
  [
    'a length and chunks',
    [`POST ${PREDICT} HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n`],
    [400],
  ],
  [
    'a length beyond all numbers',
    [`POST ${PREDICT} HTTP/1.1\r\nHost: a\r\nContent-Length: ${'9'.repeat(30)}\r\n\r\n`],
    [400],
  ],
  ['a length below zero', [`POST ${PREDICT} HTTP/1.1\r\nHost: a\r\nContent-Length: -1\r\n\r\n`], [400]],
  ['headers without end', [`GET /v2 HTTP/1.1\r\nHost: a\r\n${'x: 1\r\n'.repeat(10_000)}\r\n`], [431]],
  ['another protocol', ['PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'], [400]],
  ...(
    [
      ['/v1/models/%64igits:predict', 200],
      ['/v1/models/digits:predict?x=/y', 200],
      ['/v1/models/__proto__:predict', 200],
      ['/v1/models/a%2Fb:predict', 200],
      ['/v1/models/a/b:predict', 404],
      ['/v1/models/%252e:predict', 404],
      ['/v1/models/digits/../digits:predict', 404],
      ['/v1//models/digits:predict', 404],
      ['//v1/models/digits:predict', 404],
      ['/v1/models/digits:predict%00', 404],
      ['/v1/models/toString:predict', 404],
      ['/v1/models/digits/versions/1e0:predict', 404],
      ['/v1/models/digits/versions/01:predict', 404],
      ['http://elsewhere/v1/models/digits:predict', 200],
      ['http://elsewhere/v1/models', 404],
      ['*', 404],
    ] as const
  ).map(([path, status]) => [path, [request(path, BODY)], [status]] as const),
];

t.test('what comes over a connection', async (t) => {
  const model = digits();
  const { port } = await started(t, { digits: model, ['__proto__']: model, 'a/b': model });
  for (const [what, pieces, statuses] of EXCHANGES) {
    const socket = net.connect(port, '127.0.0.1').setNoDelay();
    await once(socket, 'connect');
    let answer = '';
    const received = new Promise<void>((resolve) => {
      socket.on('data', (part) => {
        answer += String(part);
        if (answer.match(/HTTP\/1\.1 \d+/g)?.length === statuses.length) resolve();
      });
      socket.on('close', resolve);
    });
    for (const piece of pieces) await new Promise((resolve) => socket.write(piece, resolve));
    await received;
    const found = [...answer.matchAll(/HTTP\/1\.1 (\d+)/g)].map(([, status]) => Number(status));
    t.strictSame(found, statuses, what);
    socket.destroy();
  }
});

/** A connection to a server of the model, where a client may stop reading. */
async function connected(t: Test, model: Sequential, options: Partial<ServeOptions> = {}) {
  const server = await started(t, { digits: model }, options);
  const socket = net.connect(server.port, '127.0.0.1');
  t.teardown(() => socket.destroy());
  await once(socket, 'connect');
  return { server, socket };
}

/** 4,000 outputs, whose bytes for many rows the system does not hold for a client that does not read. */
const wide = () => new Sequential([new Input({ shape: [1], name: 'x' }), new Dense({ units: 4000 })]);
const MANY_BYTES = JSON.stringify({
  inputs: [{ name: 'x', shape: [2000, 1], datatype: 'FP32', data: Array(2000).fill(1) }],
  parameters: { binary_data_output: true },
});
const LARGE = { maxBodyBytes: 1e8 };

t.test('a client that leaves with requests behind each other holds nothing', async (t) => {
  const { server, socket } = await connected(t, digits());
  const count = 50;
  let begun = 0;
  const left = new Promise<void>((resolve) => {
    const begin = () => {
      if (++begun < count) return;
      unsubscribe('http.server.request.start', begin);
      socket.destroy();
      resolve();
    };
    subscribe('http.server.request.start', begin);
  });
  socket.write(request(PREDICT, BODY).repeat(count));
  await left;
  await server.close();
  t.pass('the server ends');
});

t.test('a client that leaves while its body is parsed holds nothing', async (t) => {
  const handle = handler({ models: { digits: digits() } });
  const address = await listening(t, (request, response) => {
    request.once('end', () => socket.destroy());
    handle(request, response);
  });
  const timers = () => process.getActiveResourcesInfo().filter((name) => name === 'Timeout').length;
  const before = timers();
  const socket = net.connect(Number(new URL(address).port), '127.0.0.1');
  // So long that another thread parses it.
  socket.write(request(PREDICT, JSON.stringify({ instances: Array(60_000).fill(ROW) })));
  const hasLeft = async () => (await (await fetch(`${address}/metrics`)).text()).includes('status="499"');
  while (!(await hasLeft())) await sleep(20);
  await handle.close();
  t.equal(timers(), before, 'the process could end');
});

t.test('closing waits until an answer has been taken', async (t) => {
  const { server, socket } = await connected(t, wide(), LARGE);
  socket.write(request('/v2/models/digits/infer', MANY_BYTES));
  const [first] = (await once(socket, 'data')) as [Buffer];
  socket.pause();
  const closed = server.close();
  // A turn of the server, which would end what it does not wait for.
  await sleep(20);
  let size = first.length - first.indexOf('\r\n\r\n') - 4;
  for await (const part of socket) {
    size += (part as Buffer).length;
    if (size > 2000 * 4000 * 4) break;
  }
  t.equal(size, Number(/Content-Length: (\d+)/.exec(String(first))?.[1]));
  await closed;
});

t.test('a client that takes nothing of its answer is left', async (t) => {
  const { server, socket } = await connected(t, wide(), { ...LARGE, bodyTimeout: 200 });
  socket.write(request('/v2/models/digits/infer', MANY_BYTES));
  await once(socket, 'data');
  socket.pause();
  await server.close();
  t.pass('the server ends');
});

t.test('a large answer is written in another thread', async (t) => {
  const { server } = await connected(t, wide(), LARGE);
  const { stringify } = JSON;
  const lengths: number[] = [];
  t.capture(JSON, 'stringify', (value: unknown) => {
    const text = stringify(value);
    lengths.push(text.length);
    return text;
  });
  const [one, many] = await Promise.all(
    [1, 100].map(async (rows) => (await server.post(PREDICT, { instances: Array(rows).fill([1]) })).json.predictions),
  );
  t.equal(stringify(many), stringify(Array(100).fill((one as number[][])[0])));
  const longest = Math.max(...lengths);
  t.ok(longest > 4000 && longest < 2 ** 18, `here at most ${longest} characters are written`);
});
