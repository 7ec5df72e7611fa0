import { runJob } from '../files/pool';
import { type Protocol, type RequestOf, requestOf } from '../protocols/requests';

/** What takes longer than some milliseconds to parse goes to another thread. */
const MOST_HERE = 2 ** 18;

/** What a body of JSON asks. */
export async function decodeRequest<P extends Protocol>(protocol: P, body: Buffer): Promise<RequestOf<P>> {
  if (body.length <= MOST_HERE) return requestOf(protocol, body);
  const bytes = new Uint8Array(body.buffer, body.byteOffset, body.byteLength);
  const isWhole = body.byteLength === body.buffer.byteLength;
  const moved = isWhole ? [body.buffer as ArrayBuffer] : [];
  return (await runJob('decodeRequest', { protocol, bytes }, { subject: null, moved })) as RequestOf<P>;
}
