import { once } from 'node:events';
import net from 'node:net';
import t from 'tap';
import { digits, started } from './helpers/serving';
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
      ['http://elsewhere/v1/models/digits:predict', 404],
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
