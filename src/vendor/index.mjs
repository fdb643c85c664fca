// Writes build/vendor: what other packages do not publish in a form that can be used. The names are those it has in dist/.
import { mkdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { bundleGradients } from './gradients.mjs';
import { bundleTypes } from './types.mjs';

const root = join(dirname(fileURLToPath(import.meta.url)), '..', '..');
const folder = join(root, 'build', 'vendor');
mkdirSync(folder, { recursive: true });
await bundleGradients(join(folder, 'tfjs-gradients.js'));
bundleTypes(root, folder);
