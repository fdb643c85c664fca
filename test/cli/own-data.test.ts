import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { writeWav } from '../../src/files/wav-write.js';
import { readRun } from '../../src/train/read-run.js';
import { npyOf } from '../files/npy-bytes.js';

const program = join(import.meta.dirname, '..', '..', 'dist', 'cli', 'main.js');
let folder = '';
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'own-data-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

function spikingssm(args: string[], cwd = folder): { status: number | null; stdout: string; stderr: string } {
  const env = { ...process.env, SPIKINGSSM_BACKEND: 'cpu' };
  return spawnSync(process.execPath, [program, ...args], { cwd, env, encoding: 'utf8' });
}

/** Rows around 300 that fall or rise, told apart by their shape alone. */
const rows = Array.from({ length: 60 }, (_, i) => ({
  x: Array.from({ length: 6 }, (_, t) => 300 + (i % 5) / 10 + (i % 2 ? 1 : -1) * (t - 2.5) * 0.2),
  y: i % 2 ? 'rises' : 'falls',
}));
const header = 't0,t1,t2,t3,t4,t5';
const set = (...pairs: string[]) => pairs.flatMap((pair) => ['--set', pair]);
const quick = set('H=8', 'N=4', 'layers=1', 'training.steps=60', 'training.warmup=2', 'training.evaluate=20');
const args = ['--scale', 'tiny', ...quick];

function writeRows(name: string, chosen = rows): void {
  const lines = chosen.map(({ x, y }) => [...x, y].join(','));
  writeFileSync(join(folder, name), [`${header},class`, ...lines].join('\n'));
}

const train = (...more: string[]) => spikingssm(['train', ...more, ...args, ...set('task.standardise=true')]);

describe('a CSV file', () => {
  test('is trained on, and new files are predicted from raw rows as well as they were in training', () => {
    writeRows('beats.csv');
    const run = train('beats.csv', '--label', 'class');
    expect(run.status, run.stderr).toBe(0);
    expect(run.stderr).toMatch(/Test accuracy 100\.00 % of 6 examples/);
    const [name] = ['beats-tiny-seed1'];
    const path = join(folder, 'runs', readdirStarting(name));
    expect(readRun(path).config.task).toMatchObject({
      name: 'beats',
      source: join(folder, 'beats.csv'),
      classNames: ['falls', 'rises'],
      preparation: {
        reader: { maker: 'csv', options: { label: 'class', features: header.split(',') } },
        mean: [expect.any(Number)],
      },
    });

    // Another order of the columns, one more, no class, a class left out.
    const lines = rows.slice(0, 4).map(({ x }, i) => [i, ...x.toReversed()].join(','));
    writeFileSync(join(folder, 'new.csv'), [`id,${header.split(',').reverse()}`, ...lines].join('\n'));
    writeRows('known.csv', rows.slice(4, 10));
    const json = spikingssm(['predict', path, 'new.csv', 'known.csv', '--json']);
    expect(json.status, json.stderr).toBe(0);
    const found = JSON.parse(json.stdout);
    expect(found.map((one: { class: string }) => one.class)).toEqual(rows.slice(0, 10).map(({ y }) => y));
    expect(found[0]).toEqual({
      file: 'new.csv',
      key: 'row 0',
      class: 'falls',
      probabilities: { falls: expect.any(Number), rises: expect.any(Number) },
    });
    expect(found[4]).toMatchObject({ file: 'known.csv', label: 'falls' });

    // The file of its best model alone says the same.
    const alone = spikingssm(['predict', join(path, 'best.safetensors'), 'new.csv', 'known.csv', '--json']);
    expect(alone.stdout).toBe(json.stdout);
    const table = spikingssm(['predict', path, 'known.csv']);
    expect(table.stdout).toMatch(/^file +sequence +class +probability +label\nknown\.csv +row 0 +falls +\d/);
    expect(table.stdout).toMatch(/\n\nRight: 6 of 6 \(100\.0 %\)\n$/);
  });

  test('is found again from another folder, and other values are refused', () => {
    writeRows('again.csv');
    const where = join(folder, 'kept');
    expect(train('again.csv', '--label', 'class', '--folder', where).status).toBe(0);
    const elsewhere = join(folder, 'elsewhere');
    mkdirSync(elsewhere);
    const given = ['again.csv', '--label', 'class', '--folder', where, '--resume', ...args];
    const resumed = spikingssm(['train', ...given, ...set('task.standardise=true')], elsewhere);
    expect(resumed.status, resumed.stderr).toBe(0);
    writeRows(
      'again.csv',
      rows.map(({ x, y }) => ({ x: x.map((value, t) => value + t / 100), y })),
    );
    const changed = spikingssm(['train', ...given, ...set('task.standardise=true')], elsewhere);
    expect(changed.status).toBe(1);
    expect(changed.stderr).toMatch(/holds another run: .*the values of the training/);
  });

  test.each<[string, string[], RegExp]>([
    [
      'no label',
      ['beats.csv'],
      /^spikingssm: fromPath: beats\.csv needs label, the column with the class \(on the command line --label\)/m,
    ],
    ['no such column', ['beats.csv', '--label', 'clas'], /unknown column "clas" \(did you mean "class"\?/],
    ['no such file', ['beets.csv', '--label', 'class'], /^spikingssm: train: beets\.csv is not there/m],
    [
      'an unknown kind',
      ['notes.xyz'],
      /notes\.xyz is no file of a known kind \(known: a table with names in its first row \(\.csv, \.tsv\); a file/,
    ],
    [
      'a label of a recipe',
      ['smnist', '--label', 'class'],
      /--label is for data of your own, smnist is a recipe \(for a file of that name write \.\/smnist\)/,
    ],
    ['an unknown scale', ['beats.csv', '--label', 'class', '--scale', 'huge'], /unknown scale "huge"/],
    [
      'an unknown option',
      ['beats.csv', '--label', 'class', '--set', 'task.standardize=true'],
      /unknown option "standardize" \(did you mean "standardise"\?/,
    ],
  ])('with %s is refused in one line', (_, given, message) => {
    writeRows('beats.csv');
    writeFileSync(join(folder, 'notes.xyz'), '');
    const run = spikingssm(['train', ...given]);
    expect(run.status).toBe(1);
    expect(run.stderr).toMatch(message);
    expect(run.stderr).not.toMatch(/\n\s+at /);
  });

  test.each<[string, string, string, RegExp]>([
    ['a column missing', 'short.csv', 't0,t1\n1,2', /csv: short\.csv: unknown column "t2"/],
    [
      'text',
      'words.csv',
      `${header}\n1,2,3,x,5,6`,
      /words\.csv, line 2, column "t3": expected a number, got "x"/,
    ],
    ['no rows', 'empty.csv', header, /empty\.csv holds no sequence/],
    [
      'another kind',
      'a.wav',
      '',
      /a\.wav is of another kind than the data trained on, which are tables \(\.csv, \.tsv\)/,
    ],
    ['no file', 'none.csv', '', /none\.csv is not there/],
  ])('predict refuses %s', (_, name, text, message) => {
    if (text !== '' || name.endsWith('.wav')) writeFileSync(join(folder, name), text);
    const run = spikingssm(['predict', join(folder, 'runs', readdirStarting('beats-tiny-seed1')), name]);
    expect(run.status).toBe(1);
    expect(run.stdout).toBe('');
    expect(run.stderr).toMatch(message);
    expect(run.stderr).not.toMatch(/\n\s+at /);
  });
});

test('arrays of NumPy by their names, with the test set that the file has', () => {
  mkdirSync(join(folder, 'arrays'), { recursive: true });
  const values = (chosen: typeof rows) =>
    npyOf('<f4', [chosen.length, 6, 1], Buffer.from(Float32Array.from(chosen.flatMap(({ x }) => x)).buffer));
  const classes = (chosen: typeof rows) =>
    npyOf('|i1', [chosen.length], Buffer.from(chosen.map(({ y }) => Number(y === 'rises'))));
  for (const [name, bytes] of Object.entries({
    x: values(rows),
    y: classes(rows),
    z: values(rows.slice(0, 5)),
  })) {
    writeFileSync(join(folder, 'arrays', `${name}.npy`), bytes);
  }
  const run = train('arrays/x.npy', '--label', 'arrays/y.npy', '--folder', 'numpy');
  expect(run.status, run.stderr).toBe(0);
  const found = spikingssm(['predict', 'numpy', 'arrays/z.npy', '--json']);
  expect(found.status, found.stderr).toBe(0);
  expect(JSON.parse(found.stdout).map((one: { class: string }) => one.class)).toEqual([
    '0',
    '1',
    '0',
    '1',
    '0',
  ]);
});

test("an archive's training file with its test file beside it", () => {
  const lines = (chosen: typeof rows) => chosen.map(({ x, y }) => `${x.join(',')}:${y}`);
  const head = ['@timeStamps false', '@classLabel true rises falls', '@data'];
  writeFileSync(join(folder, 'Beats_TRAIN.ts'), [...head, ...lines(rows.slice(0, 50))].join('\n'));
  writeFileSync(join(folder, 'Beats_TEST.ts'), [...head, ...lines(rows.slice(50))].join('\n'));
  const run = train('Beats_TRAIN.ts', '--folder', 'archive');
  expect(run.status, run.stderr).toBe(0);
  expect(run.stderr).toMatch(/Test accuracy 100\.00 % of 10 examples/);
  const found = spikingssm(['predict', 'archive', 'Beats_TEST.ts', '--json']);
  expect(found.status, found.stderr).toBe(0);
  const said = JSON.parse(found.stdout);
  expect(said.map((one: { class: string }) => one.class)).toEqual(rows.slice(50).map(({ y }) => y));
  expect(said[0]).toMatchObject({ key: 'line 4', label: rows[50].y });
});

test('a text is learnt by its characters, and predict says what such a run is', () => {
  const lines = Array.from({ length: 30 }, (_, i) => `one and ${i % 2 ? 'two' : 'three'} and so on`);
  writeFileSync(join(folder, 'verse.txt'), lines.join('\n'));
  const run = spikingssm(['train', 'verse.txt', ...args, ...set('task.length=24'), '--folder', 'verse']);
  expect(run.status, run.stderr).toBe(0);
  expect(run.stderr).toMatch(/Test perplexity \d+\.\d\d, accuracy/);
  expect(readRun(join(folder, 'verse')).config.task.preparation?.vocabulary).toContain('w');
  const said = spikingssm(['predict', 'verse', 'verse.txt']);
  expect(said.status).toBe(1);
  expect(said.stderr).toMatch(
    /verse is a language model: it says what comes next at each step, and no class/,
  );
});

test('a folder of recordings, and single ones of another rate', () => {
  for (const [i, name] of [
    'high',
    'low',
    'high',
    'low',
    'high',
    'low',
    'high',
    'low',
    'high',
    'low',
  ].entries()) {
    mkdirSync(join(folder, 'calls', name), { recursive: true });
    const rate = name === 'high' ? 0.9 : 0.2;
    const samples = Float32Array.from({ length: 40 }, (_, t) => 0.5 * Math.sin(rate * t + i));
    writeWav(join(folder, 'calls', name, `${i}.wav`), samples, { sampleRate: 8000 });
  }
  const shares = set('task.test=0.2', 'task.validation=0.2');
  const run = spikingssm(['train', 'calls/', ...args, ...shares, '--folder', 'sounds']);
  expect(run.status, run.stderr).toBe(0);
  const faster = Float32Array.from({ length: 80 }, (_, t) => 0.5 * Math.sin(0.45 * t));
  writeWav(join(folder, 'one.wav'), faster, { sampleRate: 16_000 });
  const found = spikingssm(['predict', 'sounds', 'one.wav', 'calls', '--json']);
  expect(found.status, found.stderr).toBe(0);
  const [one, ...others] = JSON.parse(found.stdout);
  expect(one).toMatchObject({ file: 'one.wav', key: 'one.wav' });
  expect(one.label).toBeUndefined();
  expect(others).toHaveLength(10);
  expect(others[0]).toMatchObject({ file: 'calls', key: 'high/0.wav', label: 'high' });
  writeWav(join(folder, 'stereo.wav'), new Float32Array(80), { sampleRate: 8000, channels: 2 });
  const stereo = spikingssm(['predict', 'sounds', 'stereo.wav']);
  expect(stereo.status).toBe(1);
  expect(stereo.stderr).toMatch(/stereo\.wav has 2 channels, expected 1/);
});

test('a run that is not of a file says what to do', () => {
  const none = spikingssm(['predict', 'nowhere', 'beats.csv']);
  expect(none.status).toBe(1);
  expect(none.stderr).toMatch(/loadModel: nowhere is not there/);
});

function readdirStarting(begin: string): string {
  const { stdout } = spawnSync('ls', [join(folder, 'runs')], { encoding: 'utf8' });
  return stdout.split('\n').find((name) => name.startsWith(begin)) as string;
}

test('the help has an example of each', () => {
  expect(spikingssm(['train', '--help']).stdout).toMatch(/spikingssm train beats\.csv --label class/);
  expect(spikingssm(['predict', '--help']).stdout).toMatch(
    /spikingssm predict runs\/beats-small-seed1 new\.csv/,
  );
  expect(existsSync(join(folder, 'beats.csv')) && readFileSync(join(folder, 'beats.csv'), 'utf8')).toContain(
    'rises',
  );
});
