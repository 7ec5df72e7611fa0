// @ts-check
import { Adam, Dense, Dot, EarlyStopping, Embedding, Flatten, Input, layers, Model, setRandomSeed } from 'gemsbok';
import { draw, readOptions, save } from './helpers.mjs';

const { seed, ratings, folder } = readOptions(
  'Learns tastes from ratings, and recommends films that a user has not seen.',
  {
    seed: '1',
    ratings: '12000',
    folder: '.',
  },
);
setRandomSeed(Number(seed));

const [USERS, FILMS] = [200, 120];
const KINDS = ['comedy', 'horror', 'romance', 'science fiction'];
const rows = rated(Number(ratings), Number(seed));
const [train, valid] = [Math.floor(0.8 * rows.length), Math.floor(0.9 * rows.length)];

const [user, film] = [new Input({ shape: [1], name: 'user' }), new Input({ shape: [1], name: 'film' })];
/** A vector for each user or film, and a number: how kind the user is, how good the film. @param {Input} input @param {number} inputDim */
const vectors = (input, inputDim) =>
  /** @type {const} */ ([8, 1]).map((outputDim) => {
    const embedding = new Embedding({
      inputDim,
      outputDim,
      embeddingsRegularizer: outputDim > 1 ? { class_name: 'L2', config: { l2: 1e-5 } } : null,
      name: `${input.name}_${outputDim}`,
    });
    return new Flatten().apply(embedding.apply(input));
  });
const [[taste, kindness], [style, quality]] = [vectors(user, USERS), vectors(film, FILMS)];
const match = new Dot({ axes: 1 }).apply([taste, style]);
const stars = new Dense({ units: 1 }).apply(layers.concatenate([match, kindness, quality]));
const model = new Model({ inputs: [user, film], outputs: stars });
model.compile({ optimizer: new Adam({ learningRate: 0.005 }), loss: 'mse', metrics: ['root_mean_squared_error'] });
/** @param {readonly { user: number; film: number; stars: number }[]} part */
const dataOf = (part) => ({
  x: { user: part.map((row) => [row.user]), film: part.map((row) => [row.film]) },
  y: part.map((row) => row.stars),
});
const [training, validation, test] = [
  dataOf(rows.slice(0, train)),
  dataOf(rows.slice(train, valid)),
  dataOf(rows.slice(valid)),
];
await model.fit(training.x, training.y, {
  epochs: 60,
  batchSize: 64,
  validationData: [validation.x, validation.y],
  callbacks: [new EarlyStopping({ monitor: 'val_loss', patience: 4, restoreBestWeights: true })],
  verbose: 0,
});

const { root_mean_squared_error: off } = await model.evaluate(test.x, test.y);
console.log(
  `Off by ${off.toFixed(2)} stars; guessing the mean of the film: ${offOfMeans().toFixed(2)}; the noise is 0.5`,
);
const somebody = 7;
const seen = new Set(rows.filter((row) => row.user === somebody).map((row) => row.film));
const unseen = Array.from({ length: FILMS }, (_, i) => i).filter((one) => !seen.has(one));
const expected = await model.predict({ user: unseen.map(() => [somebody]), film: unseen.map((one) => [one]) });
const best = unseen.map((one, i) => ({ one, stars: expected.data[i] })).sort((a, b) => b.stars - a.stars);
console.log(`User ${somebody} likes ${KINDS[somebody % KINDS.length]} best, and should see:`);
for (const { one, stars } of best.slice(0, 5)) {
  console.log(`  film ${one} (${KINDS[one % KINDS.length]}), ${stars.toFixed(1)} stars`);
}
const [styles] = model.getLayer('film_8').getWeights();
const plane = principalPlane(styles.data, 8);
await save(
  folder,
  'recommender-films',
  draw({
    width: 480,
    height: 400,
    data: { values: plane.map(([first, second], i) => ({ first, second, kind: KINDS[i % KINDS.length] })) },
    mark: { type: 'point', filled: true, size: 70, opacity: 0.85 },
    encoding: {
      x: { field: 'first', type: 'quantitative', title: 'first principal component' },
      y: { field: 'second', type: 'quantitative', title: 'second principal component' },
      color: { field: 'kind', type: 'nominal', title: null, legend: { orient: 'bottom' } },
      shape: { field: 'kind', type: 'nominal', title: null },
    },
  }),
);

/** How far off the mean of each film is. */
function offOfMeans() {
  const means = Array.from({ length: FILMS }, (_, film) => {
    const own = rows.slice(0, train).filter((row) => row.film === film);
    return own.reduce((sum, row) => sum + row.stars, 0) / Math.max(1, own.length);
  });
  const part = rows.slice(valid);
  return Math.sqrt(part.reduce((sum, row) => sum + (row.stars - means[row.film]) ** 2, 0) / part.length);
}

/**
 * Rows on the two directions in which they differ most, by the power method.
 *
 * @param {ArrayLike<number>} data
 * @param {number} width
 */
function principalPlane(data, width) {
  const count = data.length / width;
  const mean = Array.from(
    { length: width },
    (_, j) => Array.from({ length: count }, (_, i) => data[i * width + j]).reduce((a, b) => a + b) / count,
  );
  let rest = Array.from({ length: count }, (_, i) => mean.map((value, j) => data[i * width + j] - value));
  const columns = [0, 1].map(() => {
    let direction = mean.map((_, j) => 1 + j / width);
    for (let step = 0; step < 100; step++) {
      const shadows = rest.map((row) => row.reduce((sum, value, j) => sum + value * direction[j], 0));
      const next = mean.map((_, j) => rest.reduce((sum, row, i) => sum + shadows[i] * row[j], 0));
      const length = Math.hypot(...next);
      direction = next.map((value) => value / length);
    }
    const shadows = rest.map((row) => row.reduce((sum, value, j) => sum + value * direction[j], 0));
    rest = rest.map((row, i) => row.map((value, j) => value - shadows[i] * direction[j]));
    return shadows;
  });
  return columns[0].map((first, i) => [first, columns[1][i]]);
}

/**
 * Each user likes one kind best, and dislikes the next one.
 *
 * @param {number} count
 * @param {number} state
 */
function rated(count, state) {
  const random = () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
  const goodness = Array.from({ length: FILMS }, () => random() - 0.5);
  return Array.from({ length: count }, () => {
    const [user, film] = [Math.floor(USERS * random()), Math.floor(FILMS * random())];
    const apart = (film - user + KINDS.length * USERS) % KINDS.length;
    const noise = random() + random() + random() - 1.5;
    const stars = 3 + [1.4, -1.2, -0.1, -0.1][apart] + goodness[film] + noise;
    return { user, film, stars: Math.min(5, Math.max(1, stars)) };
  });
}
