import { Concatenate, cloneModel, Dense, Flatten, Input, Model, Sequential } from 'gemsbok';
import { identifier, layer, MERGES, options, PLAIN } from './objects.mjs';
import { ownLayer, ownLoss, ownMetric } from './own.mjs';
import { hostile } from './values.mjs';

const shapeOf = (random) => random.list(random.pick([1, 1, 1, 1, 0, 2, 2, 3]), () => random.integer(1, 5));

function input(random, judge) {
  const strange = random.chance(0.02) ? hostile(random) : undefined;
  return judge.call('new Input', () => new Input({ shape: strange ?? shapeOf(random) })) ?? new Input({ shape: [3] });
}

function sequential(random, judge) {
  const layers = random
    .list(random.integer(0, 6), () => layer(random, judge, PLAIN))
    .filter((one) => one !== undefined);
  const all = random.chance(0.9) ? [input(random, judge), ...layers] : layers;
  if (random.chance(0.02)) all.splice(random.integer(0, all.length), 0, hostile(random));
  const given = random.chance(0.1) ? options(random, judge, Sequential) : undefined;
  const model = judge.call('new Sequential', () => new Sequential(all, given));
  if (model !== undefined) return model;
  // What fits, one by one.
  const fitting = new Sequential([input(random, judge)]);
  for (const one of layers) judge.call('add', () => fitting.add(one));
  return fitting;
}

function functional(random, judge) {
  const inputs = random.list(random.integer(1, 3), () => input(random, judge));
  const tensors = [...inputs];
  for (let i = random.integer(0, 7); i > 0; i--) {
    const merges = random.chance(0.3);
    const one = layer(random, judge, merges ? MERGES : PLAIN);
    if (one === undefined) continue;
    const read = merges ? random.list(random.integer(1, 3), () => random.pick(tensors)) : random.pick(tensors);
    const given = random.chance(0.01) ? hostile(random) : read;
    const tensor = judge.call('apply', () => one.apply(given));
    if (tensor !== undefined) tensors.push(tensor);
  }
  const outputs = random.list(random.integer(1, 3), () => random.pick(tensors));
  const model = judge.call(
    'new Model',
    () => new Model({ inputs, outputs: outputs.length === 1 ? outputs[0] : outputs }),
  );
  if (model !== undefined) return model;
  // Some inputs lead nowhere: into one output with them all.
  const flat = [...inputs, tensors.at(-1)].map((tensor) => new Flatten().apply(tensor));
  const all = flat.length === 1 ? flat[0] : new Concatenate().apply(flat);
  return judge.call('new Model', () => new Model({ inputs, outputs: new Dense({ units: 2 }).apply(all) }));
}

/** A model; undefined where the dice gave none. */
export function model(random, judge) {
  return random.chance(0.6) ? sequential(random, judge) : functional(random, judge);
}

/** How a model comes of others: it shares their layers, or has all of them anew. */
const RELATIVES = [
  (random, judge, first) => new Sequential([first, layer(random, judge, PLAIN) ?? new Dense({ units: 1 })]),
  (random, _, first) => new Sequential([first, ownLayer(random), new Dense({ units: 2 })]),
  (_, __, first) => new Sequential(first.layers),
  (random, _, first) => new Model({ inputs: first.inputs, outputs: (random.pick(first.layers) ?? first).output }),
  (random, _, first, other) => {
    const inputs = first.inputs.map(({ shape }) => new Input({ shape: shape.slice(1) }));
    const use = () => [first.apply(inputs.length === 1 ? inputs[0] : inputs)].flat();
    const more = random.chance(0.5) ? use() : [other.apply(use()[0])].flat();
    return new Model({ inputs, outputs: [...use(), ...more] });
  },
  (_, __, first) => cloneModel(first),
];

/** The model, and some that have parts of it, or of each other. */
export function relatives(random, judge, model) {
  const all = [model];
  for (let i = random.integer(1, 3); i > 0; i--) {
    const make = random.pick(RELATIVES);
    const one = judge.call('share parts', () => make(random, judge, random.pick(all), random.pick(all)));
    if (one !== undefined) all.push(one);
  }
  return all;
}

const metrics = (random, judge) =>
  random.list(random.integer(0, 3), () =>
    random.chance(0.1) ? ownMetric(random) : identifier(random, judge, 'metrics'),
  );

/** What `compile` takes for the outputs of a model: one, or a list. */
function perOutput(model, make) {
  // A model without a shape has no outputs yet.
  return !model.built || model.outputs.length === 1 ? make() : model.outputs.map(make);
}

/** Compiles with what the dice give, or plainly where that is refused. */
export function compile(random, judge, model) {
  const others = () => (random.chance(0.1) ? ownLoss(random) : identifier(random, judge, 'losses'));
  const loss = () => (random.chance(0.5) ? 'mse' : others());
  const given = {
    optimizer: identifier(random, judge, 'optimizers'),
    loss: perOutput(model, loss),
    ...(random.chance(0.4) && { metrics: perOutput(model, () => metrics(random, judge)) }),
    ...(random.chance(0.1) && { weightedMetrics: perOutput(model, () => metrics(random, judge)) }),
    ...(random.chance(0.05) && { lossWeights: hostile(random) }),
  };
  const compiled = judge.call('compile', () => {
    model.compile(random.chance(0.01) ? hostile(random) : given);
    return true;
  });
  if (compiled) return;
  judge.call('compile plainly', () => model.compile({ optimizer: 'adam', loss: perOutput(model, () => 'mse') }));
}
