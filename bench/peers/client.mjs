// Asks a server over connections that stay open, in a process of its own: client.mjs JSON, with port, path, headers, bytes
// of the body, connections, seconds, and the rate of requests a second; without one each connection asks again once it is
// answered. Prints what came of it: latencies count from when a request was due, whether or not a connection was free.
import net from 'node:net';
import { quantile } from '../statistics.mjs';

const { port, path, headers, bytes, connections, seconds, rate = 0 } = JSON.parse(process.argv[2]);
/** Milliseconds, in which the code of a server is compiled. */
const WARM_UP = 1500;
/** Requests that are due and have no connection: those beyond stand for clients that turn away. */
const MOST_DUE = 4 * connections;

const head = Object.entries({ Host: 'bench', 'Content-Length': bytes.length, ...headers });
const request = Buffer.concat([
  Buffer.from(`POST ${path} HTTP/1.1\r\n${head.map(([name, value]) => `${name}: ${value}\r\n`).join('')}\r\n`),
  Buffer.from(bytes, 'latin1'),
]);

const begin = performance.now();
const counts = { answered: 0, refused: 0, failed: 0 };
const latencies = [];
const idle = [];
const due = [];

function settle(status, since) {
  const now = performance.now();
  if (now - begin < WARM_UP) return;
  counts[status === 200 ? 'answered' : status === 503 ? 'refused' : 'failed']++;
  if (status === 200) latencies.push((now - since) / 1000);
}

function connect() {
  const socket = net.connect(port, '127.0.0.1').setNoDelay();
  let received = '';
  let since = 0;
  const send = (from) => {
    since = from;
    socket.write(request);
  };
  const next = () => {
    if (rate === 0) send(performance.now());
    else if (due.length > 0) send(due.shift());
    else idle.push(send);
  };
  socket.on('connect', next);
  socket.on('error', () => settle(0, since));
  socket.on('data', (part) => {
    received += part.toString('latin1');
    const end = received.indexOf('\r\n\r\n');
    if (end === -1) return;
    const length = Number(/content-length: (\d+)/i.exec(received)[1]);
    if (received.length < end + 4 + length) return;
    settle(Number(received.slice(9, 12)), since);
    received = '';
    next();
  });
  return socket;
}

const sockets = Array.from({ length: connections }, connect);
let sent = 0;
const timer = setInterval(() => {
  const now = performance.now();
  for (; rate > 0 && sent < (rate * (now - begin)) / 1000; sent++) {
    const from = begin + (1000 * sent) / rate;
    const send = idle.pop();
    if (send !== undefined) send(from);
    else if (due.length < MOST_DUE) due.push(from);
  }
}, 1);
setTimeout(
  () => {
    clearInterval(timer);
    for (const socket of sockets) socket.destroy();
    const measured = (performance.now() - begin - WARM_UP) / 1000;
    const [p50, p99] = [0.5, 0.99].map((part) => (latencies.length > 0 ? quantile(latencies, part) : null));
    console.log(JSON.stringify({ ...counts, seconds: measured, p50, p99 }));
  },
  WARM_UP + 1000 * seconds,
);
