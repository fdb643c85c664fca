// Writes build/vendor/tfjs-gradients.js. tfjs-core's main file has no gradients and no methods on tensors; those lie in
// modules of their own that Node cannot import (their imports have no file endings), so they are bundled into one file.
// What they share with the core is found in tfjs's tables of the process, not in its modules.
import { rolldown } from 'rolldown';

const entry = '\0tfjs-gradients';
const modules = ['register_all_gradients.js', 'public/chained_ops/register_all_chained_ops.js'];
const plugin = {
  name: 'tfjs-gradients',
  resolveId: (id) => (id === entry ? id : null),
  load: (id) =>
    id === entry ? modules.map((name) => `import '@tensorflow/tfjs-core/dist/${name}';`).join('\n') : null,
};

export async function bundleGradients(file) {
  const bundle = await rolldown({ input: entry, platform: 'node', plugins: [plugin] });
  await bundle.write({ file, format: 'esm', minify: true, comments: { legal: true } });
}
