import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { useBackend } from '../../../src/backend/index.js';
import { spikingSSM } from '../../../src/layers/spiking-ssm.js';
import { ownRecipe } from '../../../src/recipes/index.js';
import { fromPath } from '../../../src/tasks/own/from-path.js';
import { disposeBatch } from '../../../src/tasks/task.js';
import { text } from '../../../src/tasks/text/index.js';
import { train } from '../../../src/train/loop.js';
import { validate } from '../../../src/train/validate.js';

const folder = mkdtempSync(join(tmpdir(), 'text-file-'));
afterAll(() => rmSync(folder, { recursive: true }));
beforeAll(() => useBackend('cpu'));

function write(name: string, content: string | Buffer): string {
  const path = join(folder, name);
  writeFileSync(path, content);
  return path;
}
const verse = Array.from({ length: 20 }, (_, i) => `wer reitet so spät ${i % 2 ? 'durch' : 'in'} nacht`);

it('reads characters in windows, what follows each, and back', async () => {
  const task = await text(write('a.txt', `\ufeff${verse.join('\r\n')}\r\n`), { length: 16 });
  expect(task.classes).toBe(task.vocabulary.length);
  expect(task.preparation?.vocabulary).toEqual(task.vocabulary);
  expect(task.vocabulary).toContain('ä');
  const line = 'wer reitet so spät';
  expect(task.decode(task.encode(line))).toBe(line);
  expect(task.decode(task.encode('zwei\nreime\n'))).toBe('<unk>wei\nrei<unk>e\n');
  expect(() => task.decode([999])).toThrow(/token numbers in \[0, /);
  const [first] = task.train.batches({ batch: 1 });
  expect(task.decode(first.x.dataSync())).toBe(verse[0].slice(0, 16));
  expect(task.decode(first.y.dataSync())).toBe(verse[0].slice(1, 17));
  disposeBatch(first);
  // 16, 2 and 2 of 20 lines, of 27 and 30 characters by turns and a line end: 472, 59 and 59.
  expect([task.train.size, task.validation.size, task.test.size]).toEqual([30, 4, 4]);
});

it('reads words, and no line end after the last', async () => {
  const task = await text(write('w.txt', verse.join('\n')), {
    unit: 'words',
    length: 8,
    validation: 0,
    test: 0,
  });
  expect(task.validation.size).toBe(0);
  expect(task.decode(task.encode('wer reitet\nso spät'))).toBe('wer reitet\nso spät');
});

it('is learnt by the recipe for it', async () => {
  const task = await fromPath(write('learn.txt', verse.join('\n')), { length: 32 });
  const recipe = ownRecipe(task, 'tiny');
  expect(recipe).toMatchObject({ pool: 'none', tied: true });
  const model = spikingSSM({ ...recipe, seed: 1 });
  const before = (await validate(model, task.test)).loss;
  await train(model, task, { ...recipe.training, steps: 40, warmup: 2, evaluate: 20 });
  expect((await validate(model, task.test)).loss).toBeLessThan(0.7 * before);
  model.dispose();
});

it.each<[string, string | Buffer, object, RegExp]>([
  [
    'bytes that are no UTF-8',
    Buffer.from('Thé\nTh\xe9', 'latin1'),
    {},
    /^text: .*bad\.txt, line 1, byte 3: 0x/,
  ],
  ['nothing', '', {}, /is empty/],
  ['one long line', 'abc', { test: 0.6 }, /leaves nothing to train on: 1 lines/],
  ['one character', 'a', { unit: 'words', length: 0 }, /length must be a whole number of at least 1/],
  ['another unit', 'a', { unit: 'letters' }, /unit must be 'words' or 'characters', got letters/],
  ['another option', 'a', { lenght: 3 }, /unknown option "lenght"/],
])('refuses %s', async (_, content, options, message) => {
  await expect(text(write('bad.txt', content), options)).rejects.toThrow(message);
});

it('has no classes to be named', async () => {
  await expect(fromPath(write('c.txt', 'abc'), { label: 'x' })).rejects.toThrow(
    /is read as a text without classes/,
  );
});
