import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, describe, expect, it } from 'vitest';
import { readWav } from '../../../src/files/wav.js';
import { writeWav } from '../../../src/files/wav-write.js';
import { mfcc } from '../../../src/tasks/mfcc.js';
import { csv } from '../../../src/tasks/own/csv.js';
import { idx } from '../../../src/tasks/own/idx.js';
import { numpy } from '../../../src/tasks/own/numpy.js';
import { readInputs } from '../../../src/tasks/own/read-inputs.js';
import { wavFolder } from '../../../src/tasks/own/wav-folder.js';
import { disposeBatch } from '../../../src/tasks/task.js';
import { zipOf } from '../../files/archives.js';
import { npyOf } from '../../files/npy-bytes.js';
import { wavOf } from '../../files/wav-bytes.js';
import { contents } from './contents.js';

const folder = mkdtempSync(join(tmpdir(), 'own-'));
afterAll(() => rmSync(folder, { recursive: true }));
const all = { validation: 0, test: 0 };

function place(name: string, content: string | Uint8Array): string {
  const path = join(folder, name);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, content);
  return path;
}

describe('a CSV file', () => {
  it('with a sequence a row: the features are its steps, or several numbers of each', async () => {
    const path = place('wide.csv', '\ufeffa,class,b,c,d\n1,x,2,3,4\n\n"5",y,6e1, 7 ,8\n');
    const task = await csv(path, { ...all, label: 'class' });
    expect(task).toMatchObject({ length: 4, input: { size: 1 }, classNames: ['x', 'y'] });
    expect(contents(task.train)).toEqual([
      { x: [1, 2, 3, 4], y: 0 },
      { x: [5, 60, 7, 8], y: 1 },
    ]);
    expect(await csv(path, { ...all, label: 'class', channels: 2 })).toMatchObject({
      length: 2,
      input: { size: 2 },
    });
    const chosen = await csv(path, { ...all, label: 'class', features: ['d', 'a'] });
    expect(contents(chosen.train)[0].x).toEqual([4, 1]);
  });

  it('with a step a row: sequences of different lengths, wherever their rows stand', async () => {
    const path = place('long.csv', 'walk;who;x;y\nA;ann;1;2\nB;bob;5;6\nA;ann;3;4\n');
    const keys: string[] = [];
    const split = ({ key }: { key: string }) => {
      keys.push(key);
      return 'train' as const;
    };
    const task = await csv(path, { split, label: 'who', sequence: 'walk', delimiter: ';' });
    expect(task).toMatchObject({ length: 2, input: { size: 2 }, classNames: ['ann', 'bob'] });
    expect(contents(task.train)).toEqual([
      { x: [1, 2, 3, 4], y: 0 },
      { x: [5, 6], y: 1 },
    ]);
    expect(keys).toEqual(['A', 'B']);
  });

  it('with line ends of two systems, and spaces around names', async () => {
    const path = place('ends.csv', 'a,y,s\r\n1,p,A\n2,p, A\r\n3,q,B\n4,q,B \r\n');
    expect(contents((await csv(path, { ...all, label: 'y', sequence: 's' })).train)).toEqual([
      { x: [1, 2], y: 0 },
      { x: [3, 4], y: 1 },
    ]);
  });

  it.each([
    ['a,y\n1,p\n2,\n3,q\n', { label: 'y' }, /line 3, column "y": expected a name, got ""$/],
    ['s,y,a\n1,p,1\n ,q,2\n', { label: 'y', sequence: 's' }, /line 3, column "s": expected a name, got ""$/],
    [
      's,y,a\n1,p,1\n2,q,2\n',
      { label: 'y', sequence: 's', channels: 1 },
      /^csv: channels is for a sequence a row; with sequence each feature is a channel \(leave it out\)$/,
    ],
    [
      'a,y\n1,p\nx,q\n',
      { label: 'y' },
      /^csv: .*bad\.csv, line 3, column "a": expected a number, got "x" \(leave the column out/,
    ],
    ['a,y\n1,p\n,q\n', { label: 'y' }, /line 3, column "a": expected a number, got "" \(a value is missing/],
    ['a,y\n1,p\n1e99,q\n', { label: 'y' }, /line 3, column "a": expected a number, got "1e99" \(/],
    ['a,y\n1,p\n2\n', { label: 'y' }, /^csv: .*bad\.csv: .*expect 2, got 1 on line 3/],
    ['a,y\n1,p\n2,q,3\n', { label: 'y' }, /^csv: .*expect 2, got 3 on line 3/],
    ['a,y\n1,"p\n2,q\n', { label: 'y' }, /^csv: .*Quote Not Closed/],
    ['a,a\n1,2\n', { label: 'a' }, /^csv: .*two columns are named "a"$/],
    ['', { label: 'y' }, /^csv: .*expected a first row with the names of the columns, got an empty file$/],
    ['a,class\n1,p\n', { label: 'clas' }, /^csv: .*bad\.csv: unknown column "clas" \(did you mean "class"\?/],
    [
      's,y,a\n1,p,1\n1,q,2\n',
      { label: 'y', sequence: 's' },
      /line 3: sequence 1 is of class "p" and of "q"$/,
    ],
    [
      'a,b,y\n1,2,p\n',
      { label: 'y', channels: 3 },
      /^csv: channels must be a divisor of the 2 features, got 3$/,
    ],
    ['y\np\n', { label: 'y' }, /^csv: channels must be a divisor of the 0 features/],
  ])('is refused: %j', async (text, options, message) => {
    await expect(csv(place('bad.csv', text), options)).rejects.toThrow(message);
  });

  it('in another encoding, only where it is said', async () => {
    const text = 'a,y\n1,Thé\n2,Thè\n3,Thà\n';
    const path = join(folder, 'latin.csv');
    writeFileSync(path, Buffer.from(text, 'latin1'));
    await expect(csv(path, { ...all, label: 'y' })).rejects.toThrow(
      /^csv: .*latin\.csv, line 2, byte 5: 0xe9 is not UTF-8/,
    );
    const task = await csv(path, { ...all, label: 'y', encoding: 'latin1' });
    expect(task.classNames).toEqual(['Thà', 'Thè', 'Thé']);
    expect(task.preparation?.reader?.options).toMatchObject({
      encoding: 'latin1',
      delimiter: ',',
      decimal: '.',
    });
    const wide = join(folder, 'wide.csv');
    writeFileSync(wide, Buffer.from(`\ufeff${text}`, 'utf16le'));
    expect((await csv(wide, { ...all, label: 'y' })).classNames).toEqual(task.classNames);
  });

  const rows = (make: (i: number) => string, n = 8) =>
    Array.from({ length: n }, (_, i) => make(i)).join('\n');

  it.each([
    [
      'as pandas writes it',
      `,t0,t1,y\n${rows((i) => `${i},${i % 3},2,${i % 2}`)}`,
      'column 1 has no name and counts the rows',
    ],
    [
      'as R writes it',
      `"","t0","t1","y"\n${rows((i) => `"${i + 1}",${i % 3},2,${i % 2}`)}`,
      'column 1 has no name and counts the rows',
    ],
    [
      'read and written again',
      `Unnamed: 0,t0,t1,y\n${rows((i) => `${i},${i % 3},2,${i % 2}`)}`,
      'column "Unnamed: 0" counts the rows',
    ],
    ['an id', `t0,t1,id,y\n${rows((i) => `${i % 3},2,${i + 100},${i % 2}`)}`, 'column "id" counts the rows'],
    ['a column without a name', `t0,,t1,y\n${rows((i) => `${i % 3},5,2,${i % 2}`)}`, 'column 2 has no name'],
  ])('row numbers are no feature: %s', async (_, text, what) => {
    const path = place('index.csv', text);
    await expect(csv(path, { ...all, label: 'y' })).rejects.toThrow(
      `${what}: pass index: 'drop' to leave it out`,
    );
    const dropped = await csv(path, { ...all, label: 'y', index: 'drop' });
    expect(dropped.length).toBe(2);
    expect(dropped.notes?.join()).toContain(`${what}: left out`);
    expect((await csv(path, { ...all, label: 'y', index: 'keep' })).length).toBe(3);
    expect((await csv(path, { ...all, label: 'y', features: ['t0'] })).length).toBe(1);
  });

  it('a comma behind each line makes no column', async () => {
    const task = await csv(place('behind.csv', 'a,y,\n1,p,\n2,q,\n'), { ...all, label: 'y' });
    expect(task.length).toBe(1);
    expect(task.notes).toEqual(['column 3 has no name and no values, and is left out']);
  });

  it('with decimal commas, and a delimiter that is found and said', async () => {
    const path = place('comma.csv', 'x;z;y\n0,5;1,2;p\n-1,5e1;2;q\n');
    await expect(csv(path, { ...all, label: 'y' })).rejects.toThrow(
      'got "0,5" (a decimal comma? pass decimal: \',\')',
    );
    const task = await csv(path, { ...all, label: 'y', decimal: ',' });
    expect(contents(task.train)).toEqual([
      { x: [0.5, Math.fround(1.2)], y: 0 },
      { x: [-15, 2], y: 1 },
    ]);
    expect(task.notes).toEqual(['cells are told apart by ";"']);
    expect(task.preparation?.reader?.options).toMatchObject({ decimal: ',', delimiter: ';' });
  });

  it.each([
    ['1.234,5', '.', 'thousands apart'],
    ['1,234,567', '.', 'thousands apart'],
    ['NA', '.', 'a value is missing'],
    ['true', '.', 'write 1 and 0'],
    ['0.5', ',', 'a decimal point? leave decimal out'],
    ['0x1f', '.', 'leave the column out'],
  ] as const)('the cell %j with decimal %j is refused with what to do', async (cell, decimal, remedy) => {
    const path = place('cell.csv', `a;y\n1;p\n${cell};q\n`);
    await expect(csv(path, { ...all, label: 'y', decimal })).rejects.toThrow(remedy);
  });

  it('says where no row names the columns', async () => {
    const path = place('headless.csv', '0.1,0.2,1\n0.3,0.4,2\n');
    await expect(csv(path, { ...all, label: 'class' })).rejects.toThrow('the first row holds numbers only');
  });

  it('learns numbers: scaled by the training set, given back by what is kept', async () => {
    const path = place('real.csv', `a,y\n${rows((i) => `${i % 3},${i * 2.5}`, 20)}`);
    await expect(csv(path, { label: 'y' })).rejects.toThrow("measurements, not classes (targets: 'real'");
    const task = await csv(path, { ...all, label: 'y', targets: 'real' });
    expect(task).toMatchObject({ classes: 1, classNames: [], targets: 'real' });
    const scale = task.preparation?.targets as { mean: number[]; deviation: number[] };
    expect(scale.mean[0]).toBeCloseTo(23.75, 10);
    const [batch] = task.train.batches({ batch: 20 });
    expect([batch.y.dtype, batch.y.shape]).toEqual(['float32', [20, 1]]);
    const given = Array.from(batch.y.dataSync(), (value) => value * scale.deviation[0] + scale.mean[0]);
    given.forEach((value, i) => {
      expect(value).toBeCloseTo(i * 2.5, 5);
    });
    disposeBatch(batch);
    await expect(csv(path, { label: 'a', targets: 'real', classes: ['0'] })).rejects.toThrow(
      'leave classes out',
    );
  });
});

const x = npyOf('<f4', [4, 3], new Uint8Array(Float32Array.from({ length: 12 }, (_, i) => i).buffer));
const y = npyOf('<i8', [4, 1], new Uint8Array(BigInt64Array.of(7n, 3n, 7n, 3n).buffer));
const xTest = npyOf('|u1', [1, 3], Uint8Array.of(1, 2, 3));
const yTest = npyOf('<f8', [1], new Uint8Array(Float64Array.of(3).buffer));

describe('NumPy arrays', () => {
  it('of two files', async () => {
    const task = await numpy({ x: place('x.npy', x), y: place('y.npy', y) }, all);
    expect(task).toMatchObject({ length: 3, input: { size: 1 }, classNames: ['3', '7'] });
    expect(contents(task.train).slice(0, 2)).toEqual([
      { x: [0, 1, 2], y: 1 },
      { x: [3, 4, 5], y: 0 },
    ]);
  });

  it('of one archive, with a test set of their own', async () => {
    const names = { x, y, x_test: xTest, y_test: yTest };
    const file = place(
      'all.npz',
      zipOf(Object.entries(names).map(([n, content]) => ({ name: `${n}.npy`, content }))),
    );
    const task = await numpy(
      { file, x: 'x', y: 'y' },
      { validation: 0.25, test: { x: 'x_test', y: 'y_test' } },
    );
    expect([task.train.size, task.validation.size, task.test.size]).toEqual([3, 1, 1]);
    expect(contents(task.test)).toEqual([{ x: [1, 2, 3], y: 0 }]);
    await expect(numpy({ file, x: 'x', y: 'z' })).rejects.toThrow(
      /has no array "z" \(it has x, y, x_test, y_test\)$/,
    );
  });

  it('with channels, or flattened to one long sequence', async () => {
    const cube = npyOf(
      '|u1',
      [2, 2, 3],
      Uint8Array.from({ length: 12 }, (_, i) => i),
    );
    const names = { x: place('cube.npy', cube), y: place('two.npy', npyOf('|b1', [2], Uint8Array.of(1, 0))) };
    expect(await numpy(names, all)).toMatchObject({ length: 2, input: { size: 3 } });
    const flat = await numpy(names, { ...all, flatten: true });
    expect(flat).toMatchObject({ length: 6, input: { size: 1 }, classNames: ['0', '1'] });
    expect(contents(flat.train)[1]).toEqual({ x: [6, 7, 8, 9, 10, 11], y: 0 });
  });

  it.each([
    [npyOf('|u1', [4], Buffer.alloc(4)), y, /^numpy: x must be \[n, L\] or \[n, L, channels\], got \[4\]/],
    [
      npyOf('|u1', [4, 1, 1, 1], Buffer.alloc(4)),
      y,
      /got \[4,1,1,1\] \(flatten: true makes one long sequence/,
    ],
    [x, npyOf('|u1', [3], Buffer.alloc(3)), /^numpy: y must be \[4\] as x has 4 examples, got \[3\]$/],
    [
      x,
      npyOf('<f2', [4], Buffer.from([0, 0, 0, 0x38, 0, 0, 0, 0])),
      /^numpy: y must hold whole numbers, got 0\.5 at 1 /,
    ],
  ])('are refused: %#', async (badX, badY, message) => {
    await expect(numpy({ x: place('a.npy', badX), y: place('b.npy', badY) })).rejects.toThrow(message);
  });

  it('are refused where they hold no finite number, when the example is read', async () => {
    const bad = npyOf('<f4', [4, 1], new Uint8Array(Float32Array.of(1, 2, Number.NaN, 3).buffer));
    const task = await numpy({ x: place('nan.npy', bad), y: place('y.npy', y) }, all);
    expect(() => contents(task.train)).toThrow(/^numpy: example 2 holds NaN at step 0, channel 0$/);
  });
});

describe('idx files', () => {
  it('are read, gzipped or not', async () => {
    const images = Buffer.of(0, 0, 8, 3, 0, 0, 0, 2, 0, 0, 0, 2, 0, 0, 0, 1, 1, 2, 3, 4);
    const labels = Buffer.of(0, 0, 8, 1, 0, 0, 0, 2, 5, 4);
    const names = { x: place('images.gz', gzipSync(images)), y: place('labels', labels) };
    const task = await idx(names, { ...all, flatten: true });
    expect(contents(task.train)).toEqual([
      { x: [1, 2], y: 1 },
      { x: [3, 4], y: 0 },
    ]);
  });
});

describe('a folder of WAV files', () => {
  const sounds = join(folder, 'sounds');
  const sound = (name: string, samples: number[], sampleRate = 8000, channels = 1) =>
    writeWav(join(sounds, name), samples, { sampleRate, channels });
  sound('yes/b.wav', [0.25, 0.5, 0.75]);
  sound('no/a.WAV', [-0.5, 0.5]);
  sound('no/c.wav', [0.5]);
  place('sounds/no/notes.txt', 'not a sound');

  it('takes the class from the folder', async () => {
    const task = await wavFolder(sounds, all);
    expect(task).toMatchObject({
      classes: 2,
      length: 3,
      input: { kind: 'real', size: 1 },
      classNames: ['no', 'yes'],
    });
    expect(contents(task.train)).toEqual([
      { x: [-0.5, 0.5], y: 0 },
      { x: [0.5], y: 0 },
      { x: [0.25, 0.5, 0.75], y: 1 },
    ]);
  });

  it('takes the class from a function, leaves out what has none, cuts what is too long', async () => {
    const seen: string[] = [];
    const label = (path: string) => {
      seen.push(path);
      return path.endsWith('c.wav') ? undefined : path.split('/')[1][0];
    };
    const task = await wavFolder(sounds, { ...all, label, maxLength: 2 });
    expect(seen).toEqual(['no/a.WAV', 'no/c.wav', 'yes/b.wav']);
    expect(task.classNames).toEqual(['a', 'b']);
    expect(contents(task.train)[1].x).toEqual([0.25, 0.5]);
  });

  // Other systems refuse to make such a name.
  it.runIf(process.platform === 'linux').each([['file'], ['folder']])(
    'refuses a %s whose name is not UTF-8',
    async (kind) => {
      const base = join(folder, `latin-${kind}`);
      const name = Buffer.from('/Th\xe9', 'latin1');
      mkdirSync(base);
      const path = Buffer.concat([Buffer.from(base), name]);
      if (kind === 'folder') mkdirSync(path);
      const inside = Buffer.from(kind === 'folder' ? '/a.wav' : '.wav');
      writeFileSync(Buffer.concat([path, inside]), wavOf(Buffer.alloc(4)));
      await expect(wavFolder(base)).rejects.toThrow(/^wavFolder: expected names in UTF-8, got "Th\ufffd/);
    },
  );

  it('refuses different rates and channels, or makes them one', async () => {
    const mixed = join(folder, 'mixed');
    const tone = Array.from({ length: 800 }, (_, n) => Math.sin(n / 8) / 2);
    writeWav(join(mixed, 'a', '1.wav'), tone, { sampleRate: 16000 });
    writeWav(join(mixed, 'b', '2.wav'), tone, { sampleRate: 8000, channels: 2 });
    await expect(wavFolder(mixed)).rejects.toThrow(
      /^wavFolder: a\/1\.wav has 16000 samples a second, b\/2\.wav 8000 \(pass sampleRate to resample them\)$/,
    );
    await expect(wavFolder(mixed, { sampleRate: 8000 })).rejects.toThrow(
      /^wavFolder: a\/1\.wav has 1 channels, b\/2\.wav 2 \(pass mono: true to take their mean\)$/,
    );
    const task = await wavFolder(mixed, { ...all, sampleRate: 8000, mono: true });
    const [first, second] = contents(task.train);
    expect([first.x.length, second.x.length]).toEqual([400, 400]);
    expect(Math.abs(first.x[200] - tone[400])).toBeLessThan(1e-2);
    expect(second.x[200]).toBeCloseTo((tone[400] + tone[401]) / 2, 4);
  });

  it('refuses numbers that are none, and rates of a damaged header', async () => {
    const floats = new Uint8Array(Float32Array.of(0.5, Number.NaN).buffer);
    place('nan/a/1.wav', wavOf(Buffer.from(floats), { code: 3, bits: 32 }));
    place('nan/b/2.wav', wavOf(Buffer.alloc(4)));
    // A folder of that name is no recording.
    mkdirSync(join(folder, 'nan', 'b', 'more.wav'));
    const task = await wavFolder(join(folder, 'nan'), all);
    expect(() => contents(task.train)).toThrow(/^wavFolder: a\/1\.wav holds NaN at step 1, channel 0$/);
    place('rates/a/1.wav', wavOf(Buffer.alloc(400_000), { sampleRate: 1 }));
    await expect(wavFolder(join(folder, 'rates'), { sampleRate: 16_000 })).rejects.toThrow(
      /^wavFolder: a\/1\.wav has 1 samples a second, too far from 16000 to be resampled/,
    );
  });

  it('refuses a folder without recordings, a recording without a class and a file that changed', async () => {
    await expect(wavFolder(join(folder, 'sounds', 'none'))).rejects.toThrow(/ENOENT/);
    mkdirSync(join(folder, 'empty'));
    await expect(wavFolder(join(folder, 'empty'))).rejects.toThrow(
      /^wavFolder: .*empty holds no \.wav file with a label/,
    );
    await expect(wavFolder(join(sounds, 'no'))).rejects.toThrow(
      /^wavFolder: a\.WAV lies in no folder of its class \(pass label: \(path\) => …\)$/,
    );
    await expect(wavFolder(sounds, { sampleRate: 0.5 })).rejects.toThrow(/sampleRate must be a whole number/);
    const task = await wavFolder(sounds, all);
    sound('yes/b.wav', [0.25]);
    expect(() => contents(task.train)).toThrow(
      /^wavFolder: yes\/b\.wav has changed since the task was made$/,
    );
  });

  it('as cepstral coefficients or a spectrogram, of one channel, with lengths told of', async () => {
    const tone = (n: number, hertz: number) =>
      Float32Array.from({ length: n }, (_, i) => 0.5 * Math.sin((2 * Math.PI * hertz * i) / 8000));
    for (const [name, n] of [
      ['a/1', 1000],
      ['a/2', 900],
      ['b/1', 1500],
      ['b/2', 1000],
    ] as const) {
      writeWav(join(folder, 'tones', `${name}.wav`), tone(n, name.startsWith('a') ? 400 : 1500), {
        sampleRate: 8000,
      });
    }
    const where = join(folder, 'tones');
    const one = await wavFolder(where, { ...all, features: 'mfcc', maxLength: 1200 });
    expect(one).toMatchObject({ length: 13, input: { size: 20 }, sampleRate: 80 });
    expect(one.notes).toEqual([
      '1 of 4 recordings are cut to 1200 samples',
      '3 of 4 recordings are shorter than 1200 samples and end there',
    ]);
    const direct = mfcc(8000)(readWav(join(where, 'a', '2.wav')).samples);
    expect(contents(one.train)[1].x).toEqual([...direct]);
    expect((await wavFolder(where, { ...all, features: 'spectrogram' })).input.size).toBe(64);
    const inputs = await readInputs(join(where, 'a', '2.wav'), one.preparation!.reader!);
    expect([inputs.channels, [...inputs.read(0)]]).toEqual([20, [...direct]]);
    await expect(wavFolder(where, { features: 'mel' as never })).rejects.toThrow('unknown features "mel"');
    writeWav(join(folder, 'short', 'a', '1.wav'), tone(100, 400), { sampleRate: 8000 });
    writeWav(join(folder, 'short', 'b', '1.wav'), tone(200, 400), { sampleRate: 8000 });
    const short = await wavFolder(join(folder, 'short'), { ...all, features: 'mfcc' });
    expect(() => contents(short.train)).toThrow('has 100 samples, mfcc needs more than 100');
  });
});
