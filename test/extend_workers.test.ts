import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { Dense, Input, Sequential } from 'gemsbok';
import t from 'tap';

/** A model that trains for ever, of whose code `here` is called amid a step. */
const SETUP = `
const { parentPort } = require('node:worker_threads');
const g = require('gemsbok');
let calls = 0;
const amid = () => { if (++calls === 3) here(); };
class Scale extends g.Layer {
  build() { this.addWeight({ name: 'scale', shape: [], initializer: 'ones' }); }
  forward(x, [scale]) { if (place === 'forward') amid(); return x.data.map((v) => v * scale.item()); }
  backward(x, gradient, [scale]) {
    if (place === 'backward') amid();
    return { input: gradient.data.map((v) => v * scale.item()), weights: [0] };
  }
}
class Square extends g.Loss {
  valueAndGradientOf(yTrue, yPred) {
    if (place === 'loss') amid();
    const gradient = yPred.data.map((p, i) => p - yTrue.data[i]);
    return { value: gradient.map((e) => (e * e) / 2), gradient: { data: gradient, shape: yPred.shape } };
  }
}
class Steps extends g.Optimizer {
  updateStep(gradient, variable) {
    if (place === 'optimizer') amid();
    for (let i = 0; i < variable.length; i++) variable[i] -= 0.01 * gradient[i];
  }
}
class Half extends g.Regularizer {
  compute() { if (place === 'regularizer') amid(); return 0; }
  gradient(w) { return { data: w.data.map(() => 0), shape: w.shape }; }
}
class Same extends g.Constraint {
  apply(w) { if (place === 'constraint') amid(); return w; }
}
const metric = () => { if (place === 'metric') amid(); return 1; };
const lambda = new g.Lambda({ forward: (x) => { if (place === 'predict') amid(); return x; }, backward: (_, d) => d });
const dense = new g.Dense({ units: 1, kernelRegularizer: new Half(), kernelConstraint: new Same() });
const model = new g.Sequential([new g.Input({ shape: [4] }), new g.Dense({ units: 8 }), new Scale(), lambda, dense]);
model.compile({ optimizer: new Steps({ learningRate: 0.01 }), loss: new Square(), metrics: [metric] });
const x = { data: new Float32Array(256).map((_, i) => Math.sin(i)), shape: [64, 4] };
const y = { data: new Float32Array(64), shape: [64, 1] };
(async () => {
  for (;;) await (place === 'predict' ? model.predict(x) : model.fit(x, y, { epochs: 1e6, batchSize: 8, verbose: 0 }));
})();
`;

const PLACES = ['forward', 'backward', 'loss', 'metric', 'optimizer', 'regularizer', 'constraint', 'predict'];

const WAYS: Readonly<Record<string, string>> = {
  'ends by itself': `() => process.exit(7)`,
  'is ended while it computes': `() => { parentPort.postMessage(1); for (const end = Date.now() + 1e5; Date.now() < end; ); }`,
  'is ended soon after': `() => parentPort.postMessage(1)`,
};

for (const [way, here] of Object.entries(WAYS)) {
  t.test(`a worker ${way}, amid a step of its own code`, async (t) => {
    for (const place of PLACES) {
      const program = `const place = '${place}'; const here = ${here}; ${SETUP}`;
      const worker = new Worker(program, { eval: true });
      const exit = once(worker, 'exit');
      if (way !== 'ends by itself') {
        await Promise.race([once(worker, 'message'), exit]);
        await worker.terminate();
      }
      const [code] = await exit;
      t.equal(code, way === 'ends by itself' ? 7 : 1, place);
    }
    const model = new Sequential([new Input({ shape: [2] }), new Dense({ units: 1 })]);
    model.compile({ loss: 'mse' });
    const { epoch } = await model.fit([[1, 2]], [[1]], { epochs: 3, verbose: 0 });
    t.equal(epoch.length, 3, 'others train on');
  });
}
