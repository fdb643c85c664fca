// Writes declarations of the packages that our public types name, each as one file that checks by itself: in strict mode,
// with every current compiler, without a browser's names. As published, tfjs-core's name WebGPU's and DOM's types and
// `Long`, arquero's and flechette's hold three errors, and whoever does not skip the check of libraries gets them all.
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { generateDtsBundle } from 'dts-bundle-generator';

/** What tfjs-core's declarations take from elsewhere; nothing of it can be had in Node. */
const ABSENT = [
  'File',
  'GPUBuffer',
  'HTMLCanvasElement',
  'HTMLImageElement',
  'HTMLSourceElement',
  'HTMLVideoElement',
  'ImageBitmap',
  'ImageData',
  'Long',
  'Navigator',
  'WebGLContextAttributes',
  'WebGLTexture',
];

export function bundleTypes(root, folder) {
  const source = (name) => join(root, 'src', `${name}.ts`);
  const [tfjs, arquero] = generateDtsBundle(
    ['tf', 'column-table'].map((name) => ({
      filePath: source(name),
      libraries: {
        inlinedLibraries: ['@tensorflow/tfjs-core', 'arquero', '@uwdata/flechette'],
        allowedTypesLibraries: [],
      },
      output: { noBanner: true, exportReferencedTypes: false },
    })),
    { preferredConfigPath: join(root, 'src', 'vendor', 'tsconfig.json') },
  );
  const absent = ABSENT.map((name) => `interface ${name} {}\n`).join('');
  writeFileSync(join(folder, 'tf.d.ts'), `${absent}${withoutHidden(tfjs)}\n${methods(root)}`);
  const mended = replaced(
    replaced(arquero, '...values?: ExprList[]', '...values: ExprList[]'),
    'getFactory;',
    'getFactory: any;',
  );
  writeFileSync(join(folder, 'column-table.d.ts'), mended);
}

/** Members that are not public would make a tensor of another copy of tfjs one of another type. */
function withoutHidden(text) {
  return text.replace(/^\s+(private|protected) [^;{]*;$/gm, '');
}

/** The methods on tensors, which the package declares one by one as additions to a module. */
function methods(root) {
  const folder = join(root, 'node_modules', '@tensorflow', 'tfjs-core', 'dist', 'public', 'chained_ops');
  const found = readdirSync(folder)
    .filter((name) => name.endsWith('.d.ts'))
    .map((name) => /interface Tensor<[^>]*> \{(.*?)\n {4}\}/s.exec(readFileSync(join(folder, name), 'utf8')))
    .flatMap((match) => match?.[1] ?? []);
  return `export interface Tensor<R extends Rank = Rank> {${found.join('')}\n}\n`;
}

function replaced(text, wrong, right) {
  if (!text.includes(wrong)) throw new Error(`the declarations no longer hold "${wrong}"`);
  return text.replace(wrong, right);
}
