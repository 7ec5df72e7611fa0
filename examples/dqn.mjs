// @ts-check
// A robot learns to cross a field around its pits: deep Q-learning with a memory of steps and a target network, whose weights
// follow those of the one that learns.
import { Adam, cloneModel, Dense, Input, Sequential, setRandomSeed } from 'gemsbok';
import { readOptions } from './helpers.mjs';

const options = readOptions('A robot learns to cross a field around its pits, by deep Q-learning.', {
  seed: '1',
  walks: '240',
  folder: '.',
});
setRandomSeed(Number(options.seed));

// S: where the robot stands, #: a pit, G: the goal
const FIELD = ['S..#..', '.#....', '...##.', '.#..#G'];
const [ROWS, COLUMNS] = [FIELD.length, FIELD[0].length];
const MOVES = [
  { arrow: '↑', row: -1, column: 0 },
  { arrow: '→', row: 0, column: 1 },
  { arrow: '↓', row: 1, column: 0 },
  { arrow: '←', row: 0, column: -1 },
];
const DISCOUNT = 0.95;

// Numbers that are the same for each seed.
let state = Number(options.seed) * 2654435761;
const random = () => {
  state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
  return state / 2 ** 32;
};
const chosen = (list) => list[Math.floor(random() * list.length)];

const seen = (place) => Float32Array.from({ length: ROWS * COLUMNS }, (_, i) => Number(i === place));
const cellAt = (place) => FIELD[Math.floor(place / COLUMNS)][place % COLUMNS];
const FREE = Array.from({ length: ROWS * COLUMNS }, (_, place) => place).filter(
  (place) => !'#G'.includes(cellAt(place)),
);
function step(place, { row, column }) {
  const [r, c] = [Math.floor(place / COLUMNS) + row, (place % COLUMNS) + column];
  const next = r < 0 || c < 0 || r >= ROWS || c >= COLUMNS ? place : r * COLUMNS + c;
  const reward = { G: 1, '#': -1 }[cellAt(next)] ?? -0.02;
  return { next, reward, ends: cellAt(next) === 'G' || cellAt(next) === '#' };
}

const learner = new Sequential([
  new Input({ shape: [ROWS * COLUMNS] }),
  new Dense({ units: 48, activation: 'relu' }),
  new Dense({ units: MOVES.length }),
]);
learner.compile({ optimizer: new Adam({ learningRate: 0.005 }), loss: 'huber' });
const target = cloneModel(learner);
target.setWeights(learner.getWeights());

const best = (values) => values.indexOf(Math.max(...values));
const memory = [];

async function learn() {
  const steps = Array.from({ length: 32 }, () => chosen(memory));
  const x = steps.map(({ place }) => seen(place));
  const values = learner.predictSync(x).toArray();
  const after = target.predictSync(steps.map(({ next }) => seen(next))).toArray();
  // What is known of the move that was made; of the others, what the learner says.
  for (const [i, { move, reward, ends }] of steps.entries()) {
    values[i][move] = reward + (ends ? 0 : DISCOUNT * Math.max(...after[i]));
  }
  await learner.trainOnBatch(x, values);
}

let made = 0;
let arrived = 0;
const walks = Number(options.walks);
for (let walk = 1; walk <= walks; walk++) {
  const curiosity = Math.max(0.05, 1 - walk / (0.6 * walks));
  // From anywhere, so that it sees the goal soon.
  let [place, ends] = [chosen(FREE), false];
  for (let i = 0; i < 25 && !ends; i++) {
    const values = learner.predictSync([seen(place)]).toArray()[0];
    const move = random() < curiosity ? Math.floor(random() * MOVES.length) : best(values);
    const result = step(place, MOVES[move]);
    memory.push({ place, move, ...result });
    ({ next: place, ends } = result);
    if (memory.length >= 32) await learn();
    if (++made % 100 === 0) target.setWeights(learner.getWeights());
  }
  if (cellAt(place) === 'G') arrived++;
  if (walk % 60 === 0) {
    console.log(`Walks ${walk - 59} to ${walk}: ${arrived} arrived`);
    arrived = 0;
  }
}

console.log();
const answers = learner.predictSync(Array.from({ length: ROWS * COLUMNS }, (_, place) => seen(place))).toArray();
for (let row = 0; row < ROWS; row++) {
  const cells = Array.from({ length: COLUMNS }, (_, column) => {
    const place = row * COLUMNS + column;
    return '#G'.includes(cellAt(place)) ? cellAt(place) : MOVES[best(answers[place])].arrow;
  });
  console.log(cells.join(' '));
}
let [place, count] = [0, 0];
while (cellAt(place) !== 'G' && count < 30) {
  place = step(place, MOVES[best(answers[place])]).next;
  count++;
}
console.log(`\nThe goal is ${count} moves away`);
