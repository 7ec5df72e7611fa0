// A model behind HTTP: the same handler for every peer, and what a client in another process sees of it.
import { spawn } from 'node:child_process';
import http from 'node:http';
import { promisify } from 'node:util';
import { build } from '../install.mjs';
import { floats } from '../protocol.mjs';

const OVERLOAD = 5;
const STEADY = 0.7;
/** Milliseconds, in which the code of a server is compiled. */
const WARM_UP = 1500;

/** A row of floats in, floats out. */
export const rowsHandler = (answer) => (request, response) => {
  const parts = [];
  request.on('data', (part) => parts.push(part));
  request.on('end', async () => {
    const body = Buffer.concat(parts);
    const row = new Float32Array(body.buffer.slice(body.byteOffset, body.byteOffset + body.byteLength));
    const { data } = await answer(row);
    const bytes = Buffer.from(data.buffer, data.byteOffset, data.byteLength);
    response.writeHead(200, { 'Content-Length': bytes.length }).end(bytes);
  });
};

/** What the client answers, which must not stop this thread. */
async function clientOf(program, options, request) {
  const child = spawn(program, [JSON.stringify({ warmUp: WARM_UP, ...options })], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  child.stdin.end(request);
  let text = '';
  for await (const part of child.stdout) text += part;
  return JSON.parse(text);
}

/** Seconds a request: where as many come as are answered, where five times as many do, or the slow ones at 70 % of it. */
const MEASURES = {
  capacity: async (ask) => secondsEach(await ask({})),
  goodput: async (ask) => {
    const rate = Math.round(OVERLOAD / secondsEach(await ask({ measured: 500 })));
    return secondsEach(await ask({ rate, connections: 64 * OVERLOAD }));
  },
  p99: async (ask) => (await steady(ask)).p99,
  'p99 over p50': async (ask) => {
    const { p50, p99 } = await steady(ask);
    return p99 / p50;
  },
};

const secondsEach = ({ answered, seconds }) => seconds / answered;
async function steady(ask) {
  const rate = Math.round(STEADY / secondsEach(await ask({ measured: 500 })));
  return ask({ rate, measured: 2000 });
}

/** The bytes of a request. */
function requestOf(path, headers, body) {
  const head = Object.entries({ Host: 'bench', 'Content-Length': body.length, ...headers });
  const lines = head.map(([name, value]) => `${name}: ${value}\r\n`).join('');
  return Buffer.concat([Buffer.from(`POST ${path} HTTP/1.1\r\n${lines}\r\n`), body]);
}

/** Measures a listener, which is sent a row of floats unless `sent` tells another path, headers and body. */
export async function requests(listener, { layers, measure }, sent = {}) {
  const client = build('bench_client');
  const server = http.createServer(listener);
  await promisify(server.listen.bind(server))(0, '127.0.0.1');
  server.unref();
  const { path = '/', headers = {}, body = Buffer.from(floats(layers[0]).buffer) } = sent;
  const request = requestOf(path, headers, body);
  const common = { port: server.address().port, connections: 64, rate: 0, measured: 1000 };
  return () =>
    MEASURES[measure](async (own) => {
      const result = await clientOf(client, { ...common, ...own }, request);
      if (result.failed > 0) throw new Error(`${result.failed} requests failed`);
      if (result.answered === 0) throw new Error('no request was answered');
      return result;
    });
}

/** Rows of many requests joined by hand, as TensorFlow Serving does: up to 64, or what has come in a millisecond. */
export function byHand(columns, predict) {
  let waiting = [];
  let timer = null;
  const send = async () => {
    clearTimeout(timer);
    timer = null;
    const batch = waiting;
    waiting = [];
    const all = new Float32Array(batch.length * columns);
    for (const [i, { row }] of batch.entries()) all.set(row, i * columns);
    const { data } = await predict(all, batch.length);
    const size = data.length / batch.length;
    for (const [i, { resolve }] of batch.entries()) resolve({ data: data.slice(i * size, (i + 1) * size) });
  };
  return (row) =>
    new Promise((resolve) => {
      waiting.push({ row, resolve });
      if (waiting.length === 64) void send();
      else timer ??= setTimeout(send, 1);
    });
}
