export { type MnistOptions, mnist } from './mnist.js';
