export { type BarsInput, bars } from './bars.js';
export { type ChannelRatesInput, channelRates } from './channel-rates.js';
export {
  type ComparisonInput,
  type ComparisonPanel,
  comparison,
} from './comparison.js';
export { type ConfusionInput, confusion } from './confusion.js';
export { type Curve, type CurveAxis, type CurvesInput, curves } from './curves.js';
export { type Figure, figure, jupyterDisplay } from './figure.js';
export { type HistogramInput, histogram } from './histogram.js';
export { type ImageSequenceOptions, imageSequence } from './image-sequence.js';
export { type LearningCurveInput, learningCurve } from './learning-curve.js';
export { type LearningRateInput, learningRate } from './learning-rate.js';
export { type MembraneTraceInput, membraneTrace } from './membrane-trace.js';
export { type ParetoInput, type ParetoPoint, pareto, paretoFront } from './pareto.js';
export { type RasterOptions, raster, type SpikeTrain } from './raster.js';
export { type RateOverTimeInput, rateOverTime } from './rate-over-time.js';
export { type RegressionInput, regression } from './regression.js';
export type * from './spec.js';
export { type SpikingRateInput, spikingRate } from './spiking-rate.js';
export { axis, colourOrder, colours } from './theme.js';
export { type ValidationCurve, validationCurves } from './validation-curves.js';
