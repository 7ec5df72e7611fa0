// The losses by themselves: values, and gradients by the predictions.
import { CategoricalCrossentropy, MeanAbsoluteError, MeanSquaredError, SparseCategoricalCrossentropy } from 'gemsbok';

const probabilities = [
  [0.15, 0.75, 0.1],
  [0.75, 0.15, 0.1],
];
const oneHot = [
  [0, 1, 0],
  [1, 0, 0],
];
const examples = [
  { loss: new MeanAbsoluteError(), yTrue: [1, 0], yPred: [2, 3] },
  { loss: new MeanSquaredError(), yTrue: [1, 0], yPred: [2, 3] },
  { loss: new CategoricalCrossentropy(), yTrue: oneHot, yPred: probabilities },
  { loss: new SparseCategoricalCrossentropy(), yTrue: [1, 0], yPred: probabilities },
];

for (const { loss, yTrue, yPred } of examples) {
  const { value, gradient } = loss.valueAndGradient(yTrue, yPred);
  console.log(`${loss.name}: ${Number(value.toPrecision(7))}`);
  console.log('  gradient:', JSON.stringify(gradient.toArray()));
}
