import { runJob } from '../files/pool';
import { type Protocol, type RequestOf, requestOf } from '../protocols/requests';

/** What takes longer than some milliseconds to parse goes to another thread. */
const MOST_HERE = 2 ** 18;

/** What a body asks. Of the Open Inference Protocol's, what follows `jsonBytes` are bytes of tensors. */
export async function decodeRequest<P extends Protocol>(
  protocol: P,
  body: Buffer,
  jsonBytes = body.length,
): Promise<RequestOf<P>> {
  if (jsonBytes <= MOST_HERE) return requestOf(protocol, body, jsonBytes);
  const bytes = new Uint8Array(body.buffer, body.byteOffset, body.byteLength);
  const isWhole = body.byteLength === body.buffer.byteLength;
  const moved = isWhole ? [body.buffer as ArrayBuffer] : [];
  return (await runJob('decodeRequest', { protocol, bytes, jsonBytes }, { subject: null, moved })) as RequestOf<P>;
}
