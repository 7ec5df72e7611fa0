import type { IncomingMessage, ServerResponse } from 'node:http';
import { checkFunction, checkObject } from '../check';
import { handler } from './handler';
import { HANDLER_OPTIONS, type HandlerOptions } from './service';

/** What of Fastify the plugin calls. */
interface FastifyLike {
  readonly prefix: string;
  removeAllContentTypeParsers(): void;
  addContentTypeParser(
    type: string,
    parser: (request: unknown, body: unknown, done: (error: null) => void) => void,
  ): void;
  addHook(name: 'onClose', hook: () => Promise<void>): unknown;
  all(path: string, handler: (request: { readonly raw: IncomingMessage }, reply: ReplyLike) => void): unknown;
}

interface ReplyLike {
  readonly raw: ServerResponse;
  hijack(): unknown;
}

/**
 * {@link handler} as a plugin of Fastify, below its `prefix`: `await app.register(fastifyPlugin, { models })`. It is registered when all
 * files are loaded, and waits for its requests when the application closes.
 */
export async function fastifyPlugin(
  app: FastifyLike,
  options: HandlerOptions & { readonly prefix?: string; readonly logLevel?: string },
): Promise<void> {
  checkFunction(app?.addHook, 'app.addHook', 'Fastify calls it: await app.register(fastifyPlugin, { models }).');
  checkObject(options, HANDLER_OPTIONS, 'fastifyPlugin');
  const { prefix: _prefix, logLevel: _level, ...own } = options;
  const handle = handler(own);
  await handle.ready;
  app.addHook('onClose', () => handle.close());
  // In the plugin's own scope: the handler reads bodies by itself, within its limits.
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('*', (_request, _body, done) => done(null));
  app.all('/*', ({ raw: request }, reply) => {
    reply.hijack();
    request.url = (request.url ?? '/').slice(app.prefix.length) || '/';
    handle(request, reply.raw);
  });
}
