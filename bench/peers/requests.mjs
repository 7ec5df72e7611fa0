// A model behind HTTP: the same handler for every peer, and what a client in another process sees of it.
import { spawn } from 'node:child_process';
import http from 'node:http';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { floats } from '../protocol.mjs';

const CLIENT = fileURLToPath(new URL('client.mjs', import.meta.url));
const OVERLOAD = 5;
const STEADY = 0.7;

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

/** What a program answers that must not stop this thread. */
async function clientOf(options) {
  const child = spawn(process.execPath, [CLIENT, JSON.stringify(options)], { stdio: ['ignore', 'pipe', 'inherit'] });
  let text = '';
  for await (const part of child.stdout) text += part;
  return JSON.parse(text);
}

/** Seconds a request: where as many come as are answered, where five times as many do, or the slow ones at 70 % of it. */
const MEASURES = {
  capacity: async (ask) => secondsEach(await ask({})),
  goodput: async (ask) => {
    const rate = OVERLOAD / secondsEach(await ask({ seconds: 0.5 }));
    return secondsEach(await ask({ rate, connections: 64 * OVERLOAD }));
  },
  p99: async (ask) => (await steady(ask)).p99,
  'p99 over p50': async (ask) => {
    const { p50, p99 } = await steady(ask);
    return p99 / p50;
  },
};

const secondsEach = ({ answered, seconds }) => seconds / answered;
const steady = async (ask) => ask({ rate: STEADY / secondsEach(await ask({ seconds: 0.5 })), seconds: 2 });

/** Measures a listener; `sent` is what else the client is told, such as the path and another body. */
export async function requests(listener, { layers, measure }, sent = {}) {
  const server = http.createServer(listener);
  await promisify(server.listen.bind(server))(0, '127.0.0.1');
  const bytes = Buffer.from(floats(layers[0]).buffer).toString('latin1');
  const common = { port: server.address().port, path: '/', headers: {}, bytes, connections: 64, seconds: 1, ...sent };
  server.unref();
  return () =>
    MEASURES[measure](async (own) => {
      const result = await clientOf({ ...common, ...own });
      if (result.failed > 0) throw new Error(`${result.failed} requests failed`);
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
