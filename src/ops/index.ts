// One line an operation.
export { type CrossEntropyResult, crossEntropy, crossEntropyOperation } from './cross-entropy/index.js';
export { embedding, embeddingOperation, rowsOf } from './embedding/index.js';
export { gelu, geluOperation } from './gelu/index.js';
export { type GluOptions, glu, gluOperation } from './glu/index.js';
export { lifComposite } from './lif/composite.js';
export { type LifOptions, lif, lifOperation, scaledSpikes } from './lif/index.js';
export { affine } from './matmul/index.js';
export { type NormResult, norm, normOperation } from './norm/index.js';
export type { Operation } from './operation.js';
export { type S4dParameters, s4d, s4dOperation } from './s4d/index.js';
export { sdnComposite } from './sdn/composite.js';
export { type SdnWeights, sdn, sdnOperation } from './sdn/index.js';
export {
  type SdnSpikeGradient,
  type SdnSpikeOptions,
  sdnSpike,
  sdnSpikeOperation,
} from './sdn-spike/index.js';
export { type SpikeGluOptions, spikeGlu, spikeGluOperation } from './spike-glu/index.js';
export { spikeMatmul } from './spike-matmul/index.js';
export { spikingScan, spikingScanOperation } from './spiking-scan/index.js';
