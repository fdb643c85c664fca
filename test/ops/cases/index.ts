import { crossEntropyCases } from './cross-entropy.js';
import { embeddingCases } from './embedding.js';
import { geluCases } from './gelu.js';
import { gluCases } from './glu.js';
import { lifCases } from './lif.js';
import { matmulCases } from './matmul.js';
import { normCases } from './norm.js';
import { s4dCases } from './s4d.js';
import { sdnCases } from './sdn.js';
import { spikeGluCases } from './spike-glu.js';
import { spikingScanCases } from './spiking-scan.js';

/** One line an operation. */
export const cases = [
  ...s4dCases,
  ...spikingScanCases,
  ...lifCases,
  ...sdnCases,
  ...matmulCases,
  ...gluCases,
  ...spikeGluCases,
  ...geluCases,
  ...embeddingCases,
  ...normCases,
  ...crossEntropyCases,
];
