export { type MnistOptions, mnist } from './mnist.js';
export { type CsvOptions, csv } from './own/csv.js';
export type { ArrayNames, ArrayOptions } from './own/dense.js';
export { idx } from './own/idx.js';
export { numpy } from './own/numpy.js';
export type { OwnOptions, SetName } from './own/options.js';
export { type Example, type SequencesOptions, sequences } from './own/sequences.js';
export type { OwnTask } from './own/task.js';
export { type WavFolderOptions, wavFolder } from './own/wav-folder.js';
