// The surrogates live beside the operations that differentiate through them; this is where users look for them.
export { type Surrogate, type SurrogateName, surrogates } from '../ops/surrogate.js';
