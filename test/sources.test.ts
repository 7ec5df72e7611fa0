import { createReadStream, readFileSync } from 'node:fs';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Readable } from 'node:stream';
import { pathToFileURL } from 'node:url';
import { type LoadModelOptions, loadModel, type Sequential } from 'gemsbok';
import t, { type Test } from 'tap';
import { fixture } from './files.cases';
import { bits, classifier, QUIET, x, y } from './models.cases';

const path = fixture('sequential.keras');
const file = readFileSync(path);
const http: LoadModelOptions = { protocols: ['http:'] };
type Given = Parameters<typeof loadModel>[0];

/** A server, which ends with the test. */
async function listening(t: Test, listener: RequestListener): Promise<string> {
  const server = createServer(listener).listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  t.teardown(() => {
    server.closeAllConnections();
    server.close();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

async function refusal(given: unknown, options: LoadModelOptions = {}): Promise<Error & { readonly code?: string }> {
  try {
    await loadModel(given as Given, options);
  } catch (error) {
    return error as Error;
  }
  throw new Error('It loaded.');
}

const shared = new SharedArrayBuffer(file.length);
new Uint8Array(shared).set(file);
const exact = new Uint8Array(file).buffer;
async function* parts(): AsyncGenerator<Uint8Array> {
  // A source may use its memory again.
  const part = new Uint8Array(1000);
  for (let at = 0; at < file.length; at += part.length) {
    part.set(file.subarray(at, at + part.length));
    yield part.subarray(0, Math.min(part.length, file.length - at));
  }
}

const SOURCES: Readonly<Record<string, () => Given>> = {
  path: () => path,
  'URL of a file': () => pathToFileURL(path),
  'text of an URL': () => pathToFileURL(path).href,
  Buffer: () => file,
  Uint8Array: () => new Uint8Array(file),
  'a part of memory': () =>
    new Uint8Array(Buffer.concat([Buffer.from('abc'), file, file])).subarray(3, 3 + file.length),
  ArrayBuffer: () => exact,
  'shared memory': () => shared,
  'shared bytes': () => new Uint8Array(shared),
  'a stream of Node': () => createReadStream(path),
  'a stream of the web': () => Readable.toWeb(createReadStream(path)) as ReadableStream,
  'the body of a response': () => new Response(file).body as ReadableStream,
  'a generator': parts,
};

t.test('a model comes from wherever it is', async (t) => {
  const expected = bits((await loadModel(path)) as Sequential);
  for (const [what, source] of Object.entries(SOURCES)) {
    t.strictSame(bits((await loadModel(source())) as Sequential), expected, what);
    const model = (await loadModel(path, { compile: false })) as Sequential;
    model.setWeights(model.getWeights().map(({ data, shape }) => ({ data: data.map(() => 0), shape })));
    await model.loadWeights(source());
    t.strictSame(bits(model), expected, `weights of ${what}`);
  }
  t.equal(exact.byteLength, file.length, 'the memory of the caller stays');
});

t.test('bytes are copied at the call', async (t) => {
  const expected = bits((await loadModel(path)) as Sequential);
  for (const bytes of [new Uint8Array(file.length), new Uint8Array(new SharedArrayBuffer(file.length))]) {
    bytes.set(file);
    const loading = loadModel(bytes);
    bytes.fill(0);
    t.strictSame(bits((await loading) as Sequential), expected);
  }
  const moved = new Uint8Array(file);
  const loading = loadModel(moved);
  structuredClone(moved.buffer, { transfer: [moved.buffer] });
  t.strictSame(bits((await loading) as Sequential), expected);
  t.match(await refusal(moved), { code: 'ERR_INVALID_ARG' }, 'memory that is gone');
});

t.test('toBytes gives what save writes', async (t) => {
  const model = classifier();
  await model.fit(x, y, QUIET);
  for (const format of ['keras', 'h5'] as const) {
    const bytes = await model.toBytes(format);
    t.equal(Object.prototype.toString.call(bytes), '[object Uint8Array]');
    const loaded = (await loadModel(bytes, { format })) as Sequential;
    t.strictSame(bits(loaded), bits(model), format);
    t.equal(loaded.optimizer?.iterations, model.optimizer?.iterations, `${format}: the optimizer`);
    const other = format === 'h5' ? 'keras' : 'h5';
    t.match(await refusal(bytes, { format: other }), { code: 'ERR_CORRUPT_FILE', message: /format/ });
  }
  const other = classifier();
  await other.loadWeights(await model.toBytes('weights.h5'), { format: 'weights.h5' });
  t.strictSame(bits(other), bits(model));
  await t.rejects(model.toBytes('pickle' as 'keras'), { code: 'ERR_INVALID_ARG', message: /keras.*h5/ });
});

t.test('bytes are of the moment of the call', async (t) => {
  const model = classifier();
  const moment = bits(model);
  const bytes = model.toBytes('keras');
  await model.trainOnBatch(x, y);
  t.strictSame(bits((await loadModel(await bytes)) as Sequential), moment);
  t.notSame(bits(model), moment);
});

t.test('what is in memory is as untrusted as a file', async (t) => {
  for (const [what, bytes] of [
    ['nothing', new Uint8Array(0)],
    ['noise', Buffer.from('noise that is no model at all')],
    ['a half', file.subarray(0, file.length / 2)],
  ] as const) {
    t.match(await refusal(bytes), { code: 'ERR_CORRUPT_FILE', message: /the bytes given/ }, what);
    t.match(await refusal(Readable.from([bytes])), { code: 'ERR_CORRUPT_FILE', message: /the stream given/ }, what);
  }
});

t.test('what is no source is refused', async (t) => {
  const read = createReadStream(path);
  read.destroy();
  const locked = new Response(file).body as ReadableStream;
  locked.getReader();
  const gone = new Float32Array(3);
  structuredClone(gone, { transfer: [gone.buffer] });
  const nothings = [
    undefined,
    null,
    5,
    {},
    '',
    new Float32Array(3),
    gone,
    [1, 2],
    Readable.from(['text']),
    read,
    locked,
  ];
  for (const [i, given] of nothings.entries()) t.match(await refusal(given), { code: 'ERR_INVALID_ARG' }, `${i}`);
  const own = new Error('mine');
  const failing = new Readable({ read: () => {} });
  setImmediate(() => failing.destroy(own));
  t.equal(await refusal(failing), own, "an error of the stream is the stream's");
});

t.test('a URL is fetched', async (t) => {
  const expected = bits((await loadModel(path)) as Sequential);
  const asked: unknown[] = [];
  const origin = await listening(t, ({ url = '', headers }, response) => {
    asked.push(headers['accept-encoding']);
    if (url.startsWith('/moved')) response.writeHead(302, { location: '/model.keras?signature=1' }).end();
    else response.end(file);
  });
  for (const given of [new URL(`${origin}/model.keras`), `${origin}/model.keras`, `${origin}/moved/a`]) {
    t.strictSame(bits((await loadModel(given, http)) as Sequential), expected, `${given}`);
  }
  const model = (await loadModel(path)) as Sequential;
  await model.loadWeights(new URL(`${origin}/model.keras`), http);
  t.ok(asked.length === 5 && asked.every((encoding) => encoding === 'identity'));
});

t.test('protocols are those that are allowed, at each redirect', async (t) => {
  const leading: Record<string, string> = {
    '/file': pathToFileURL(path).href,
    '/data': 'data:text/plain,x',
    '/loop': '/loop',
    '/secure': 'https://127.0.0.1:2/',
    '/nowhere': 'http://[',
  };
  const origin = await listening(t, ({ url = '' }, response) => {
    response.writeHead(url.endsWith('s') ? 301 : 307, { location: leading[url] }).end();
  });
  const invalid = { code: 'ERR_INVALID_ARG', name: 'TypeError' };
  t.match(await refusal(new URL(origin)), { ...invalid, message: /https:.*protocols/ }, 'http is not asked for');
  t.match(await refusal(origin), { ...invalid, message: /https:/ }, 'as a text');
  t.match(await refusal('ftp://127.0.0.1/x', http), invalid);
  t.match(await refusal(pathToFileURL(path), http), invalid, 'file: is not asked for');
  t.match(await refusal(pathToFileURL(path), { protocols: ['https:'] }), invalid);
  const both: LoadModelOptions = { protocols: ['http:', 'file:'] };
  t.match(await refusal(`${origin}/file`, both), { ...invalid, message: /leads there/ }, 'no redirect to a file');
  for (const where of ['/data', '/loop', '/nowhere']) t.match(await refusal(origin + where, both), invalid, where);
  t.match(await refusal(`${origin}/secure`, http), { code: 'ECONNREFUSED' }, 'https is always allowed');
  t.match(await refusal(path, { protocols: ['gopher:'] as never }), invalid);
  t.match(await refusal(path, { protocols: 'http:' as never }), invalid);
});

t.test('a URL that gives no file', async (t) => {
  const answers: Record<string, RequestListener> = {
    '/missing': (_, response) => response.writeHead(404).end('no'),
    '/empty': (_, response) => response.writeHead(204).end(),
    '/cut': (_, response) => {
      response.writeHead(200, { 'content-length': file.length });
      response.write(file.subarray(0, 100), () => response.destroy());
    },
    '/large': (_, response) => response.writeHead(200, { 'content-length': 2 ** 40 }).write('PK'),
    '/endless': (_, response) => {
      const write = (): unknown => response.write(Buffer.alloc(2 ** 16), (error) => error ?? write());
      write();
    },
    '/silent': () => {},
    '/slow': (_, response) => void response.write('PK'),
  };
  const origin = await listening(t, (request, response) =>
    answers[request.url?.replace(/\?.*/, '') ?? '']?.(request, response),
  );
  const wanted: readonly (readonly [where: string, code: string, options?: LoadModelOptions])[] = [
    ['/missing', 'ERR_INVALID_ARG'],
    ['/empty', 'ERR_INVALID_ARG'],
    ['/cut', 'ERR_CORRUPT_FILE'],
    ['/large', 'ERR_UNSUPPORTED'],
    ['/endless', 'ERR_UNSUPPORTED', { maxBytes: 2 ** 20 }],
    ['/silent', 'ERR_DEADLINE', { timeout: 50 }],
    ['/slow', 'ERR_DEADLINE', { timeout: 50 }],
  ];
  for (const [where, code, options] of wanted) {
    const error = await refusal(`${origin}${where}?secret=1`, { ...http, ...options });
    t.match(error, { code }, where);
    t.match(error.message, `${origin}${where}`, where);
    t.notMatch(error.message, /secret/, where);
  }
  const password = await refusal(origin.replace('//', '//me:secret@'), http);
  t.match(password, { code: 'ERR_INVALID_ARG' });
  t.notMatch(password.message, /secret/);
  t.match(await refusal('http://127.0.0.1:2/a', http), { code: 'ECONNREFUSED', message: /127\.0\.0\.1:2\/a/ });
  t.match(await refusal(new URL('file://elsewhere/a%2Fb')), { code: 'ERR_INVALID_ARG' });
  t.match(await refusal(Readable.from([file]), { maxBytes: 10 }), { code: 'ERR_UNSUPPORTED', message: /10 bytes/ });
});

t.test('a signal ends the reading', async (t) => {
  const origin = await listening(t, () => {});
  const reason = new Error('enough');
  t.equal(await refusal(path, { signal: AbortSignal.abort(reason) }), reason);
  for (const given of [`${origin}/a`, new Readable({ read: () => {} })]) {
    const controller = new AbortController();
    setTimeout(() => controller.abort(reason), 20);
    t.equal(await refusal(given, { ...http, signal: controller.signal }), reason);
  }
});
