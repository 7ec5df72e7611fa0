import type { Socket } from 'node:net';

/** What waits for the end of each connection: one listener serves all, as Node warns of more than ten. */
const waiting = new WeakMap<Socket, Set<() => void>>();

/** Calls `act` when a connection ends; returns a function that undoes it. */
export function onClose(socket: Socket, act: () => void): () => void {
  const acts = waiting.get(socket) ?? listen(socket);
  acts.add(act);
  return () => acts.delete(act);
}

function listen(socket: Socket): Set<() => void> {
  const acts = new Set<() => void>();
  waiting.set(socket, acts);
  socket.once('close', () => {
    for (const act of acts) act();
  });
  return acts;
}
