export { type ImageOptions, image } from './image/index.js';
export { type ListopsOptions, listops, writeListops } from './listops/index.js';
export { type MnistOptions, mnist } from './mnist.js';
export { type PathfinderOptions, pathfinder, pathx, writePathfinder } from './pathfinder/index.js';
export { type TextOptions, text } from './text/index.js';
