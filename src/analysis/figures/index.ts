export { type Figure, figure, jupyterDisplay } from './figure.js';
export { type ImageSequenceOptions, imageSequence } from './image-sequence.js';
export { type LearningCurveInput, learningCurve } from './learning-curve.js';
export { type MembraneTraceInput, membraneTrace } from './membrane-trace.js';
export { type RasterOptions, raster, type SpikeTrain } from './raster.js';
export type * from './spec.js';
export { type SpikingRateInput, spikingRate } from './spiking-rate.js';
export { axis, colourOrder, colours } from './theme.js';
