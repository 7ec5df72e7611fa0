// What the table of cases is written in: runs, goals, work.

/**
 * Runs of one request, of peers named `peer@threads`, where `all` threads are all that this process may use. `amount` is
 * the work of a run, for its rate; `other` marks another work than the case's, whose time cannot be compared with theirs.
 */
export function on(peers, request, extra = {}) {
  return peers.map((name) => {
    const [peer, threads = '1'] = name.split('@');
    return { key: extra.key ?? name, peer, threads, request, scale: 1, ...extra };
  });
}

export const epoch = (layers, batch, rows, data = 'mnist') => ({ case: 'epoch', layers, batch, rows, data });

export const atMost = (limit, text, value, unit = 'ratio') => ({ sign: '≤', limit, text, value, unit });
export const atLeast = (limit, text, value) => ({ sign: '≥', limit, text, value, unit: 'ratio' });

/** Useful operations of an epoch: forward, gradients of the kernels, and of all inputs but the first layer's. */
export function flops({ layers, rows }) {
  const products = layers.slice(1).map((units, i) => units * layers[i]);
  const forward = products.reduce((sum, size) => sum + size, 0);
  return 2 * rows * (3 * forward - products[0]);
}
