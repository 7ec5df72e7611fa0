import type { IncomingMessage } from 'node:http';
import { clientLeft, Refusal } from './refusal';

export interface BodyLimits {
  readonly maxBodyBytes: number;
  /** Milliseconds until the whole body has to be there. */
  readonly bodyTimeout: number;
}

/** What Express' parsers leave. */
type WithBody = IncomingMessage & { readonly body?: unknown };

/** The bytes of a request's body; or what a parser before this has made of them. Errors: a {@link Refusal}. */
export async function readBody(
  request: IncomingMessage,
  limits: BodyLimits,
): Promise<Buffer | { readonly parsed: unknown }> {
  const { body } = request as WithBody;
  if (request.readableEnded && body !== undefined) return Buffer.isBuffer(body) ? body : { parsed: body };
  const encoding = request.headers['content-encoding'] ?? 'identity';
  if (encoding.toLowerCase() !== 'identity') {
    throw new Refusal(415, 'ERR_UNSUPPORTED', `Expected a body without compression, received '${encoding}'.`);
  }
  if (Number(request.headers['content-length'] ?? 0) > limits.maxBodyBytes) {
    discardRest(request, limits);
    throw tooLarge(limits);
  }
  return collect(request, limits);
}

function collect(request: IncomingMessage, limits: BodyLimits): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const parts: Buffer[] = [];
    let size = 0;
    // Listeners stay, as taking them off costs more than all else here.
    let isOpen = true;
    const end = (settle: () => void): void => {
      if (!isOpen) return;
      isOpen = false;
      clearTimeout(timer);
      settle();
    };
    const take = (part: Buffer): void => {
      if (!isOpen) return;
      size += part.length;
      parts.push(part);
      if (size <= limits.maxBodyBytes) return;
      discardRest(request, limits);
      end(() => reject(tooLarge(limits)));
    };
    const finish = (): void => end(() => resolve(parts.length === 1 ? (parts[0] as Buffer) : Buffer.concat(parts)));
    const leave = (): void => end(() => reject(clientLeft()));
    const timer = setTimeout(() => end(() => reject(tooSlow(limits))), limits.bodyTimeout);
    request.on('data', take).on('end', finish).on('error', leave).on('close', leave);
  });
}

/** Clients read the answer once they have sent all: a connection that is closed before would lose it. */
function discardRest(request: IncomingMessage, { bodyTimeout }: BodyLimits): void {
  const timer = setTimeout(() => request.socket.destroy(), bodyTimeout).unref();
  request.once('end', () => clearTimeout(timer)).resume();
}

function tooLarge({ maxBodyBytes }: BodyLimits): Refusal {
  return new Refusal(413, 'ERR_OUT_OF_RANGE', `Expected a body of at most ${maxBodyBytes} bytes.`);
}

/** The rest of the body is not read: the connection cannot be used again. */
const CLOSE = { Connection: 'close' };

function tooSlow({ bodyTimeout }: BodyLimits): Refusal {
  return new Refusal(408, 'ERR_DEADLINE', `Expected the whole body within ${bodyTimeout} ms.`, CLOSE);
}
