export {
  type ClassPlotOptions,
  type ConfusionOptions,
  calibrationCurve,
  confusionMatrix,
  gainsCurve,
  prCurve,
  rocCurve,
} from './classification';
export {
  type ActivationCurvesOptions,
  activationCurves,
  type ScheduleCurvesOptions,
  scheduleCurves,
} from './function_curves';
export { type LayersSource, layerCurves } from './layer_curves';
export { LivePlot, type LivePlotOptions } from './live_plot';
export { type LossCurvesOptions, lossCurves } from './loss_curves';
export { predictedOverTrue, type RegressionPlotOptions, residuals } from './regression';
export type { Picture, PlotOptions } from './render';
export { type ReportedModel, type ReportedRun, type ReportOptions, report } from './report';
export { type CurvesSource, trainingCurves } from './training_curves';
export { type WithLayers, weightHistograms } from './weight_histograms';
