import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { results } from '../../src/analysis/results.js';
import { resultsPage } from '../../src/analysis/results-page.js';
import { keepRecord, readRecords, runRecord } from '../../src/analysis/run-record.js';
import { readTestReport, testRun } from '../../src/analysis/test-report.js';
import { useBackend } from '../../src/backend/index.js';
import type { SpikingSSMOptions } from '../../src/layers/config.js';
import { indexedDataset } from '../../src/tasks/dataset.js';
import * as tf from '../../src/tf.js';
import { train } from '../../src/train/loop.js';
import { readRun } from '../../src/train/read-run.js';
import { models } from '../models.js';
import { standInTask } from '../train/stand-in.js';

const folder = mkdtempSync(join(tmpdir(), 'results-'));
afterAll(() => rmSync(folder, { recursive: true }));
beforeAll(() => useBackend('cpu'));
const model = models({ inputs: { kind: 'real', size: 2 }, classes: 3, H: 4, N: 2, layers: 1, v_th: 0.5 });
const task = { ...standInTask({ test: 10 }), notes: ['noise around three means'] };

async function run(name: string, seed: number, options: Partial<SpikingSSMOptions> = {}): Promise<string> {
  const path = join(folder, name);
  const one = model({ ...options, seed });
  await train(one, task, { steps: 4, batch: 8, seed, folder: path });
  await testRun(readRun(path), one, task);
  return path;
}

test('seeds stand in one row, beside the same model without spikes', async () => {
  const graded = { neuron: 'gelu', threshold: 'fixed' } as const;
  const folders = [
    await run('b', 2),
    await run('a', 1),
    await run('g', 1, graded),
    await run('h', 1, { H: 5 }),
    await run('i', 1, { ...graded, N: 4 }),
  ];
  const reports = folders.map((one) => readTestReport(one)!);
  // 10 examples of three classes: the most frequent one has four.
  expect(reports[0]).toMatchObject({
    examples: 10,
    perplexity: null,
    chance: 0.4,
    step: 4,
    notes: ['noise around three means'],
  });
  expect(reports[2].rate).toBeNull();
  const records = folders.map(runRecord);
  for (const record of records) keepRecord(record, join(folder, 'records'));
  const kept = readRecords(join(folder, 'records'));
  expect(kept).toHaveLength(5);
  expect(kept).toEqual(expect.arrayContaining(records));
  const rows = results(kept);
  expect(rows.map((row) => row.model)).toEqual(['1 x 4, N 2, LIF', '1 x 5, N 2, LIF', '1 x 4, N 4, GELU']);
  expect(rows[0]).toMatchObject({
    task: 'stand-in',
    seeds: [1, 2],
    accuracies: [reports[1].accuracy, reports[0].accuracy],
    withoutSpikes: [reports[2].accuracy],
    steps: 4,
    chance: 0.4,
  });
  expect(rows[0].rate).toBeCloseTo((reports[0].rate! + reports[1].rate!) / 2, 12);
  expect(rows[1].withoutSpikes).toEqual([]);
  expect(rows[2].rate).toBeNull();
  const page = resultsPage(rows);
  const lines = page.split('\n').filter((line) => line.startsWith('| stand-in'));
  expect(lines[0]).toMatch(
    /^\| stand-in \| 1 x 4, N 2, LIF \| [\d.]+ % \(2 seeds: [\d.]+ % to [\d.]+ %\) \| [\d.]+ % \| [\d.]+ % \| 40\.00 % \| 10 \| 4 \| 0\.0 min \| 1, 2 \| /,
  );
  expect(lines[1]).toContain('| not run | 40.00 % |');
  expect(lines[2]).toContain('| none |  | 40.00 % |');
  expect(page).toMatch(/\n- stand-in: noise around three means\n$/);
  const { config } = records[0];
  const penalised = { ...config, training: { ...config.training, ratePenalty: 2, rateTarget: 0.1 } };
  expect(results([{ ...records[0], config: penalised }])[0].model).toBe(
    '1 x 4, N 2, LIF, rate penalty 2 above 10 %',
  );
  const said: string[] = [];
  expect(results([records[0], ...records], (reason) => void said.push(reason))).toEqual(results(records));
  expect(said).toEqual([
    'b is left out: it is the same configuration with the same seed as b (remove one of them)',
  ]);
  for (const text of ['{', 'null', '[]', '{"name":"x"}'])
    writeFileSync(join(folder, 'records', 'damaged.json'), text);
  expect(readRecords(join(folder, 'records'), (reason) => void said.push(reason))).toEqual(kept);
  expect(said[1]).toMatch(/damaged\.json is left out: it is no record of a run \(it lacks/);
});

test('a label at every step is a language: perplexity beside accuracy', async () => {
  const path = join(folder, 'language');
  const one = models({
    inputs: { kind: 'tokens', size: 3 },
    classes: 3,
    H: 4,
    N: 2,
    layers: 1,
    v_th: 0.5,
    pool: 'none',
  })({ seed: 1 });
  const set = indexedDataset(
    Uint32Array.from({ length: 8 }, (_, i) => i),
    (examples) => ({
      x: tf.tensor2d(
        [...examples].map((i) => [i % 3, (i + 1) % 3, 0]),
        [examples.length, 3],
        'int32',
      ),
      y: tf.tensor2d(
        [...examples].map((i) => [(i + 1) % 3, 0, i % 2]),
        [examples.length, 3],
        'int32',
      ),
    }),
  );
  const input = { kind: 'tokens', size: 3 } as const;
  const language = { name: 'letters', classes: 3, length: 3, input, train: set, validation: set, test: set };
  await train(one, language, { steps: 2, batch: 4, seed: 1, folder: path });
  const { perplexity, loss } = await testRun(readRun(path), one, language);
  expect(perplexity).toBe(Math.exp(loss));
  const rows = results([runRecord(path)]);
  expect(rows[0]).toMatchObject({ perplexities: [perplexity], perplexitiesWithoutSpikes: [] });
  const page = resultsPage(rows);
  expect(page).toMatch(
    new RegExp(
      `\\| letters \\| [^|]+ \\| [\\d.]+ %, perplexity ${perplexity!.toFixed(2)} \\| .* \\| not run \\|`,
    ),
  );
});

test('where nothing is kept there are no records', () => {
  expect(readRecords(join(folder, 'nowhere'))).toEqual([]);
});

test('a run that was not evaluated is named', async () => {
  const path = join(folder, 'bare');
  await train(model(), task, { steps: 2, batch: 8, folder: path });
  expect(() => runRecord(path)).toThrow(/^results: .*bare has no test report \(spikingssm train makes one/);
});
