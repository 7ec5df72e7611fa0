// Instruction sets: how a child is held to one of them, and how the library's products fare there against OpenBLAS'.
import { summarize } from './statistics.mjs';

/** What holds the library, OpenBLAS, PyTorch and oneDNN to a set. */
const ENVIRONMENTS = {
  'AVX-512': { OPENBLAS_CORETYPE: 'SkylakeX', ATEN_CPU_CAPABILITY: 'avx512', ONEDNN_MAX_CPU_ISA: 'AVX512_CORE' },
  AVX2: { OPENBLAS_CORETYPE: 'Haswell', ATEN_CPU_CAPABILITY: 'avx2', ONEDNN_MAX_CPU_ISA: 'AVX2' },
  baseline: { OPENBLAS_CORETYPE: 'Prescott', ATEN_CPU_CAPABILITY: 'default', ONEDNN_MAX_CPU_ISA: 'SSE41' },
};

/** The variables of a child; none where it may use the best set. */
export const environmentOf = (set) => (set === undefined ? {} : { GEMSBOK_SIMD: set, ...ENVIRONMENTS[set] });

const BATCHES = [1, 8, 32, 128, 512];
const INPUTS = [4, 16, 64, 128, 256, 784, 1024];
const UNITS = [1, 2, 4, 8, 10, 16, 32, 64, 84, 128, 256, 512];

/** How many times faster than OpenBLAS' the library's products of a layer are, by batch size. */
export async function measureProducts(crew, set, progress) {
  const peer = await crew.find({ peer: 'gemm', threads: 1, set });
  const found = [];
  for (const of of ['outputs', 'gradient']) {
    const shapes = [];
    for (const inputs of INPUTS) {
      for (const units of UNITS) {
        progress(`products on ${set}: ${of} of ${inputs} × ${units}`);
        const ratios = [];
        for (const rows of BATCHES) ratios.push(await peer.ask({ case: 'product', of, rows, in: inputs, units }));
        shapes.push({ inputs, units, ratios });
      }
    }
    found.push({ set, of, shapes });
  }
  progress('');
  return found;
}

const NAMES = { outputs: 'outputs', gradient: "kernel's gradient" };

/** A row for each set and product: of each batch size the share of shapes that are not slower, the median, the least. */
export function productRows(products) {
  const head = ['', ...BATCHES.map((rows) => `batch ${rows}`)];
  const cell = (values) => {
    const share = values.filter((ratio) => ratio >= 1).length / values.length;
    const { min, median } = summarize(values);
    return `${Math.round(100 * share)} %, ${median.toFixed(2)}, ${min.toFixed(2)}`;
  };
  const rows = products.map(({ set, of, shapes }) => [
    `${set}, ${NAMES[of]}`,
    ...BATCHES.map((_, b) => cell(shapes.map(({ ratios }) => ratios[b]))),
  ]);
  return [head, ...rows];
}

export const PRODUCTS_NOTE = `Layers of ${INPUTS.join(', ')} inputs by ${UNITS.join(', ')} units, one thread: the share of shapes at \
which the library's product is no slower than OpenBLAS' of the same set, the median and the least ratio.`;
