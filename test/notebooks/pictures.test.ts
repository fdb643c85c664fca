import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { readNotebook } from '../../src/jupyter/notebook.js';
import { bundleMetadata } from '../../src/jupyter/picture-size.js';

const folder = join(import.meta.dirname, '..', '..', 'notebooks');

test.each(readdirSync(folder).filter((name) => name.endsWith('.ipynb')))(
  'every figure of %s carries a picture for viewers that do not trust it',
  (name) => {
    const outputs = readNotebook(join(folder, name)).cells.flatMap((cell) =>
      cell.cell_type === 'code' ? cell.outputs : [],
    );
    const drawn = outputs.flatMap((output) =>
      'data' in output && 'application/vnd.plotly.v1+json' in output.data ? [output] : [],
    );
    expect(drawn.length).toBeGreaterThan(0);
    for (const { data, metadata } of drawn) {
      expect(bundleMetadata(data)).toHaveProperty(['image/png', 'width']);
      expect(metadata).toMatchObject(bundleMetadata(data));
    }
  },
);
