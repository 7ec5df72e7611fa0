import * as classes from './classes';
import { perSample } from './per_sample';

/** The values of {@link BinaryCrossentropy}, one for each sample. */
export const binaryCrossentropy = perSample(classes.BinaryCrossentropy);
/** The values of {@link BinaryFocalCrossentropy}, one for each sample. */
export const binaryFocalCrossentropy = perSample(classes.BinaryFocalCrossentropy);
/** The values of {@link CategoricalCrossentropy}, one for each sample. */
export const categoricalCrossentropy = perSample(classes.CategoricalCrossentropy);
/** The values of {@link CategoricalFocalCrossentropy}, one for each sample. */
export const categoricalFocalCrossentropy = perSample(classes.CategoricalFocalCrossentropy);
/** The values of {@link CategoricalGeneralizedCrossEntropy}, one for each sample. */
export const categoricalGeneralizedCrossEntropy = perSample(classes.CategoricalGeneralizedCrossEntropy);
/** The values of {@link CategoricalHinge}, one for each sample. */
export const categoricalHinge = perSample(classes.CategoricalHinge);
/** The values of {@link Circle}, one for each sample. */
export const circle = perSample(classes.Circle);
/** The values of {@link CosineSimilarity}, one for each sample. */
export const cosineSimilarity = perSample(classes.CosineSimilarity);
/** The values of {@link Dice}, one for each sample. */
export const dice = perSample(classes.Dice);
/** The values of {@link GaussianNLL}, one for each sample. */
export const gaussianNll = perSample(classes.GaussianNLL);
/** The values of {@link Hinge}, one for each sample. */
export const hinge = perSample(classes.Hinge);
/** The values of {@link Huber}, one for each sample. */
export const huber = perSample(classes.Huber);
/** The values of {@link KLDivergence}, one for each sample. */
export const klDivergence = perSample(classes.KLDivergence);
/** The values of {@link LogCosh}, one for each sample. */
export const logCosh = perSample(classes.LogCosh);
/** The values of {@link MeanAbsoluteError}, one for each sample. */
export const meanAbsoluteError = perSample(classes.MeanAbsoluteError);
/** The values of {@link MeanAbsolutePercentageError}, one for each sample. */
export const meanAbsolutePercentageError = perSample(classes.MeanAbsolutePercentageError);
/** The values of {@link MeanSquaredError}, one for each sample. */
export const meanSquaredError = perSample(classes.MeanSquaredError);
/** The values of {@link MeanSquaredLogarithmicError}, one for each sample. */
export const meanSquaredLogarithmicError = perSample(classes.MeanSquaredLogarithmicError);
/** The values of {@link Poisson}, one for each sample. */
export const poisson = perSample(classes.Poisson);
/** The values of {@link Quantile}, one for each sample. */
export const quantile = perSample(classes.Quantile);
/** The values of {@link SparseCategoricalCrossentropy}, one for each sample. */
export const sparseCategoricalCrossentropy = perSample(classes.SparseCategoricalCrossentropy);
/** The values of {@link SquaredHinge}, one for each sample. */
export const squaredHinge = perSample(classes.SquaredHinge);
/** The values of {@link Tversky}, one for each sample. */
export const tversky = perSample(classes.Tversky);
/** The values of {@link Tweedie}, one for each sample. */
export const tweedie = perSample(classes.Tweedie);
