import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import t from 'tap';

/** Programs that end while all threads compute. */
const ENDS: Readonly<Record<string, string>> = {
  'process.exit': 'setTimeout(() => process.exit(0), 100 * Math.random());',
  'an uncaught error': 'setTimeout(() => { throw new Error(); }, 100 * Math.random());',
  'in a worker, the process': `
    const { Worker } = require('node:worker_threads');
    new Worker(\`(\${train})()\`, { eval: true });
    setTimeout(() => process.exit(0), 300 + 100 * Math.random());`,
  'in a handler of the end': `process.on('exit', () => void model().predict(x)); setTimeout(() => process.exit(0), 50);`,
};

const PROGRAM = `
function train() {
  const { Dense, Input, Sequential } = require('gemsbok');
  const model = () => new Sequential([new Input({ shape: [1024] }), new Dense({ units: 1024 }), new Dense({ units: 1024 })]);
  const x = { data: new Float32Array(1024 * 2048), shape: [2048, 1024] };
  for (let i = 0; i < 2; i++) {
    const own = model();
    own.compile({ loss: 'mse' });
    own.fit(x, x, { verbose: 0, epochs: 1e6, batchSize: 512 });
  }
  return { model, x };
}
const { model, x } = train();
`;

t.test('a process that ends while threads compute ends as it was told', async (t) => {
  for (const [what, end] of Object.entries(ENDS)) {
    const statuses = new Map<unknown, number>();
    for (let i = 0; i < 12; i++) {
      const program = spawn(process.execPath, ['-e', PROGRAM + end], { stdio: 'ignore' });
      const [status, signal] = await once(program, 'close');
      statuses.set(signal ?? status, (statuses.get(signal ?? status) ?? 0) + 1);
    }
    t.strictSame([...statuses], [[what === 'an uncaught error' ? 1 : 0, 12]], what);
  }
});

t.test('a program that only says that it exits goes on', async (t) => {
  const predicts = `
const { Dense, Input, Sequential } = require('gemsbok');
const model = new Sequential([new Input({ shape: [2] }), new Dense({ units: 3 })]);
process.emit('exit', 0);
model.predict([[1, 2]]).then(({ shape }) => console.log(shape.join()));
`;
  const { stdout } = spawnSync(process.execPath, ['-e', predicts], { encoding: 'utf8' });
  t.equal(stdout, '1,3\n');
});
