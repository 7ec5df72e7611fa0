// Runs by itself, in a thread: see background.ts.
import { parentPort } from 'node:worker_threads';
import { GemsbokError } from '../errors';
import { buffersOf, decode, encode } from './codec';
import type { Contents } from './tree';

export type Request = { readonly contents: Contents } | { readonly bytes: Uint8Array; readonly where: string };
export type Reply =
  | { readonly bytes: Uint8Array }
  | { readonly contents: Contents }
  | { readonly code: GemsbokError['code'] | null; readonly message: string };

async function reply(request: Request): Promise<{ readonly value: Reply; readonly moved: readonly ArrayBuffer[] }> {
  if ('contents' in request) {
    const bytes = await encode(request.contents);
    return { value: { bytes }, moved: [bytes.buffer as ArrayBuffer] };
  }
  const contents = await decode(request.bytes, request.where);
  return { value: { contents }, moved: buffersOf(contents.root) };
}

function failure(error: unknown): Reply {
  const code = error instanceof GemsbokError ? error.code : null;
  return { code, message: error instanceof Error ? error.message : String(error) };
}

parentPort?.on('message', (request: Request) => {
  reply(request).then(
    ({ value, moved }) => parentPort?.postMessage(value, moved),
    (error) => parentPort?.postMessage(failure(error)),
  );
});
