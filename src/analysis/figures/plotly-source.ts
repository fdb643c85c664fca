import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';

/** Plotly's script as published (4.8 MB): one file for a browser, read from the installed package. */
export function plotlySource(): string {
  return readFileSync(createRequire(import.meta.url).resolve('plotly.js-dist-min/plotly.min.js'), 'utf8');
}
