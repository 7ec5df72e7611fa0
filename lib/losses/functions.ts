import * as classes from './classes';
import { perSample } from './per_sample';

/** Each returns the values of the class of its name with the reduction 'none', which is documented there. */
export const binaryCrossentropy = perSample(classes.BinaryCrossentropy);
export const binaryFocalCrossentropy = perSample(classes.BinaryFocalCrossentropy);
export const categoricalCrossentropy = perSample(classes.CategoricalCrossentropy);
export const categoricalFocalCrossentropy = perSample(classes.CategoricalFocalCrossentropy);
export const categoricalGeneralizedCrossEntropy = perSample(classes.CategoricalGeneralizedCrossEntropy);
export const categoricalHinge = perSample(classes.CategoricalHinge);
export const circle = perSample(classes.Circle);
export const cosineSimilarity = perSample(classes.CosineSimilarity);
export const dice = perSample(classes.Dice);
export const gaussianNll = perSample(classes.GaussianNLL);
export const hinge = perSample(classes.Hinge);
export const huber = perSample(classes.Huber);
export const klDivergence = perSample(classes.KLDivergence);
export const logCosh = perSample(classes.LogCosh);
export const meanAbsoluteError = perSample(classes.MeanAbsoluteError);
export const meanAbsolutePercentageError = perSample(classes.MeanAbsolutePercentageError);
export const meanSquaredError = perSample(classes.MeanSquaredError);
export const meanSquaredLogarithmicError = perSample(classes.MeanSquaredLogarithmicError);
export const poisson = perSample(classes.Poisson);
export const quantile = perSample(classes.Quantile);
export const sparseCategoricalCrossentropy = perSample(classes.SparseCategoricalCrossentropy);
export const squaredHinge = perSample(classes.SquaredHinge);
export const tversky = perSample(classes.Tversky);
export const tweedie = perSample(classes.Tweedie);
