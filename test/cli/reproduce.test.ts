import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { figure, jupyterDisplay } from '../../src/analysis/figures/figure.js';
import { axis } from '../../src/analysis/figures/theme.js';
import { type ReproductionData, reproduction } from '../../src/analysis/reproduction.js';
import { chosenClaims, claimsOf } from '../../src/cli/reproduce/claims.js';
import { reproductionPage } from '../../src/cli/reproduce/page.js';
import { writeNotebook } from '../../src/jupyter/notebook.js';

const data: ReproductionData = {
  id: 'table-9',
  title: 'Table 9: a & b',
  scale: 'tiny',
  seeds: [1, 2],
  numbers: [
    { what: 'accuracy', unit: '%', paper: 85.45, ours: 91.23456, sd: 0.512345 },
    { what: 'speed-up', unit: '', paper: null, ours: 12.3 },
  ],
  why: 'Another task, < the paper’s.',
};

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'reproduce-'));
});
afterEach(() => {
  rmSync(folder, { recursive: true });
});

describe('reproduction', () => {
  it('shows itself as data, a table and a text', () => {
    const bundle = reproduction(data)[jupyterDisplay]();
    expect(bundle['application/vnd.spikingssm.reproduction+json']).toEqual(data);
    expect(bundle['text/plain']).toBe(
      'Table 9: a & b\naccuracy (%): paper 85.45, ours 91.23 ± 0.51\nspeed-up: paper –, ours 12.3\n' +
        'Scale tiny, seeds 1, 2. Another task, < the paper’s.',
    );
    expect(bundle['text/html']).toContain('a &amp; b');
    expect(bundle['text/html']).toContain('Another task, &lt; the paper’s.');
  });

  it('refuses an id that is no word for a command line, and no numbers', () => {
    expect(() => reproduction({ ...data, id: 'Table 2' })).toThrow(
      'reproduction: id must be small letters, digits and hyphens, got "Table 2"',
    );
    expect(() => reproduction({ ...data, numbers: [] })).toThrow('"table-9" must hold at least one number');
  });
});

describe('the page', () => {
  it('holds what a notebook showed: numbers, sentence and the picture before them', async () => {
    const chart = figure(
      [{ type: 'bar', x: ['a'], y: [1] }],
      { title: { text: 'The chart' }, xaxis: axis('X', ''), yaxis: axis('Y', 's') },
      'a chart',
    );
    const result = (bundle: Record<string, unknown>) => ({
      output_type: 'execute_result' as const,
      execution_count: 1,
      data: bundle,
      metadata: {},
    });
    const path = join(folder, '09-test.ipynb');
    const outputs = [result(await chart[jupyterDisplay]()), result(reproduction(data)[jupyterDisplay]())];
    writeNotebook(path, {
      cells: [{ cell_type: 'code', id: 'a', metadata: {}, source: '1', execution_count: 1, outputs }],
      metadata: {},
      nbformat: 4,
      nbformat_minor: 5,
    });
    const claims = claimsOf(path);
    expect(claims).toMatchObject([{ data, notebook: path }]);
    const page = reproductionPage(claims, ['08.ipynb: it broke'], 'tiny');
    expect(page).toContain('91.23 ± 0.51');
    expect(page).toContain('The chart');
    expect(page).toContain('href="09-test.html"');
    expect(page).toContain('A notebook failed:</strong> 08.ipynb: it broke');
    expect(page).not.toContain('<pre class="source">');
  });

  it('names what there is where an id is unknown', () => {
    const claim = { data, notebook: 'n.ipynb', html: '' };
    expect(chosenClaims([claim], [])).toEqual([claim]);
    expect(() => chosenClaims([claim], ['table-8'])).toThrow(
      'reproduce: no table or figure "table-8" (there are: table-9)',
    );
  });
});

describe('spikingssm reproduce', () => {
  const root = join(import.meta.dirname, '..', '..');
  const program = join(root, 'dist', 'cli', 'main.js');

  it('lists what the committed notebooks hold', () => {
    const { stdout, status } = spawnSync(process.execPath, [program, 'reproduce', '--list'], {
      encoding: 'utf8',
    });
    expect(stdout).toMatch(/^table-1 +Table 1: training speed {2}\(03-training-speed\.ipynb\)$/m);
    expect(stdout).toMatch(/^energy-wikitext +/m);
    expect(status).toBe(0);
  });

  it('fails with one clear line for an unknown id or scale', () => {
    const unknown = spawnSync(process.execPath, [program, 'reproduce', 'table-99'], { encoding: 'utf8' });
    expect(unknown.stderr).toMatch(
      /^spikingssm: reproduce: no table or figure "table-99" \(there are: [^\n]+\)\n$/,
    );
    expect(unknown.status).toBe(1);
    const scale = spawnSync(process.execPath, [program, 'reproduce', '--scale', 'big'], { encoding: 'utf8' });
    expect(scale.stderr).toContain("argument 'big' is invalid. Allowed choices are tiny, small, paper.");
  });
});
