// Adds the PNG to figures of executed notebooks that were saved without one, drawn from the very specification that is
// stored beside it; nothing is run again. node test/add-pictures.mjs NOTEBOOK… (after node src/setup.mjs)
import { drawSvg, toPng } from '../dist/analysis/figures/picture.js';
import { readNotebook, writeNotebook } from '../dist/jupyter/notebook.js';
import { bundleMetadata } from '../dist/jupyter/picture-size.js';

for (const path of process.argv.slice(2)) {
  const notebook = readNotebook(path);
  let added = 0;
  for (const { data, metadata } of notebook.cells.flatMap(({ outputs = [] }) => outputs)) {
    const spec = data?.['application/vnd.plotly.v1+json'];
    if (!spec || 'image/png' in data) continue;
    const png = await toPng(await drawSvg(spec), spec.layout);
    data['image/png'] = Buffer.from(png).toString('base64');
    Object.assign(metadata, bundleMetadata(data));
    added++;
  }
  if (added > 0) writeNotebook(path, notebook);
  console.log(`${path}: ${added} added`);
}
