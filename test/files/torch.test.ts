import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { SafetensorsEntry } from '../../src/files/safetensors.js';
import { loadTorch } from '../../src/files/torch/load.js';
import { writeTorch } from '../../src/files/torch/save.js';
import { storedZip } from '../../src/files/zip-writer.js';
import { type Random, random } from '../../src/random.js';

const fixture = join(import.meta.dirname, 'fixtures', 'torch-state.pt');
const folder = mkdtempSync(join(tmpdir(), 'torch-'));
afterAll(() => rmSync(folder, { recursive: true }));

const values = (state: Map<string, SafetensorsEntry>, name: string) => [...state.get(name)!.data].map(Number);

/** A file of torch.save with this pickle; storage 0 holds three floats. */
function file(pickle: string, records: Record<string, Uint8Array> = {}): Uint8Array {
  const all = {
    'data.pkl': Buffer.from(pickle, 'latin1'),
    'data/0': new Uint8Array(Float32Array.of(1, 2, 3).buffer),
    ...records,
  };
  return Buffer.concat(
    storedZip(
      Object.entries(all).map(([path, data]) => ({ path: `x/${path}`, data })),
      64,
    ),
  );
}

const word = (text: string) => `X${String.fromCharCode(text.length)}\0\0\0${text}`;
const storage = (kind = 'FloatStorage', key = '0', size = 3) =>
  `(${word('storage')}ctorch\n${kind}\n${word(key)}${word('cpu')}K${String.fromCharCode(size)}tQ`;
const numbers = (...all: number[]) => `(${all.map((one) => `K${String.fromCharCode(one)}`).join('')}t`;
const tensor = (shape: number[], strides: number[], offset = 0, of = storage()) =>
  `ctorch._utils\n_rebuild_tensor_v2\n(${of}K${String.fromCharCode(offset)}${numbers(...shape)}${numbers(...strides)}\x89}tR`;
/** Tuples, each of the one before twice; the last is remembered as `times`. */
const doubled = (times: number) =>
  `)q\0${Array.from({ length: times }, (_, i) => `(${`h${String.fromCharCode(i)}`.repeat(2)}tq${String.fromCharCode(i + 1)}`).join('')}`;
const dict = (items: string) => `\x80\x02}(${items}u.`;

describe('a file of torch.save', () => {
  it('gives every tensor by name: views, halves, whole numbers, booleans', async () => {
    const state = await loadTorch(fixture);
    expect([...state].map(([name, { dtype, shape }]) => [name, dtype, shape])).toEqual([
      ['0.weight', 'F32', [3, 2]],
      ['0.bias', 'F32', [3]],
      ['1.weight', 'F32', [3]],
      ['1.bias', 'F32', [3]],
      ['1.running_mean', 'F32', [3]],
      ['1.running_var', 'F32', [3]],
      ['1.num_batches_tracked', 'I64', []],
      ['transposed', 'F32', [4, 3]],
      ['row', 'F32', [4]],
      ['half', 'F32', [5]],
      ['bfloat16', 'F32', [2]],
      ['double', 'F64', [1, 1]],
      ['bool', 'BOOL', [2]],
      ['bytes', 'U8', [2]],
      ['empty', 'F32', [0, 5]],
      ['parameter', 'F32', [1]],
    ]);
    expect(values(state, '0.weight')).toEqual([0, 1, 2, 3, 4, 5].map((i) => i / 8));
    expect(values(state, 'transposed')).toEqual([0, 4, 8, 1, 5, 9, 2, 6, 10, 3, 7, 11]);
    expect(values(state, 'row')).toEqual([4, 5, 6, 7]);
    expect(values(state, 'half')).toEqual([1.5, -0.25, 65504, 2 ** -24, Infinity]);
    expect(values(state, 'bfloat16')).toEqual([3, -0.0078125]);
    expect(values(state, 'double')).toEqual([1 / 3]);
    expect(values(state, 'bool')).toEqual([1, 0]);
    expect(values(state, 'bytes')).toEqual([0, 255]);
    expect(values(state, 'parameter')).toEqual([7]);
  });

  it('comes back as it was written', async () => {
    const path = join(folder, 'own.pt');
    const state = await loadTorch(fixture);
    writeTorch(path, state);
    expect(await loadTorch(path)).toEqual(state);
  });

  it('is found inside a larger one, by its usual names or by key', async () => {
    const inner = `}(${word('a')}${tensor([3], [1])}u`;
    for (const key of ['state_dict', 'model_state_dict']) {
      const state = await loadTorch(file(dict(`${word('epoch')}K\x07${word(key)}${inner}`)));
      expect(values(state, 'a')).toEqual([1, 2, 3]);
    }
    const other = file(dict(`${word('epoch')}K\x07${word('net')}${inner}`));
    expect(values(await loadTorch(other, { key: 'net' }), 'a')).toEqual([1, 2, 3]);
    await expect(loadTorch(other)).rejects.toThrow(
      'loadTorch: the file: "epoch" is no tensor, so this is no state dict (pass the key of the one among epoch, net)',
    );
    await expect(loadTorch(other, { key: 'model' })).rejects.toThrow(
      'it holds no state dict named "model" (it holds epoch, net)',
    );
  });
});

const python = process.env.SPIKINGSSM_BENCH_PYTHON;
if (!python)
  console.log(
    'PyTorch does not read our files here: no Python with torch (SPIKINGSSM_BENCH_PYTHON names one).',
  );
describe.skipIf(!python)('PyTorch itself', () => {
  let path = '';
  beforeAll(async () => {
    path = join(folder, 'for-torch.pt');
    writeTorch(path, await loadTorch(fixture));
  });

  it('reads what we write, with weights_only', () => {
    const program = `
import sys, torch
ours, theirs = (torch.load(path, weights_only=True) for path in sys.argv[1:])
assert list(ours) == list(theirs), list(ours)
for name, tensor in theirs.items():
    assert ours[name].shape == tensor.shape, name
    assert torch.equal(ours[name].double(), tensor.double()), name
print('equal')`;
    const { stdout, stderr } = spawnSync(python!, ['-c', program, path, fixture], { encoding: 'utf8' });
    expect(stdout, stderr).toBe('equal\n');
  });
});

describe('a pickle that is more than data', () => {
  it.each([
    ['a function', 'cos\nsystem\n', 'os.system'],
    ['a builtin', 'c__builtin__\neval\n', '__builtin__.eval'],
    ['a class of the model', 'cmodels.net\nNet\n', 'models.net.Net'],
    ['a name of the object prototype', 'cx\nconstructor\n', 'x.constructor'],
    ['a name from the stack', `${word('os')}${word('system')}\x93`, 'os.system'],
    ['an unknown storage', 'ctorch\nComplexFloatStorage\n', 'torch.ComplexFloatStorage'],
  ])('%s is refused by its name', async (_, code, name) => {
    await expect(loadTorch(file(`\x80\x02${code}(${word('echo')}tR.`))).rejects.toThrow(
      `refuses "${name}" (only tensors and plain containers are read; save model.state_dict() instead)`,
    );
  });

  it('names keys like those of objects without touching any', async () => {
    const state = await loadTorch(file(dict(`${word('__proto__')}${tensor([3], [1])}`)));
    expect(values(state, '__proto__')).toEqual([1, 2, 3]);
    expect(Object.hasOwn(Object.prototype, 'dtype')).toBe(false);
  });
});

describe('a damaged file', () => {
  const cases: [string, Uint8Array, string][] = [
    ['no zip', Buffer.from('not a zip at all'), 'loadTorch: the file: readZip: the file: '],
    ['no pickle', file('', {}).subarray(0, 0), 'loadTorch: the file: readZip: '],
    ['an empty pickle', file(''), 'byte 0 of the pickle: 1 bytes expected, the pickle ends (truncated)'],
    ['an unknown instruction', file('\x80\x02\xff'), 'byte 2 of the pickle: unknown instruction 0xff'],
    ['a newer protocol', file('\x80\x09'), 'protocol 9 is newer than 5'],
    ['a list', file('].'), 'it holds no state dict (save model.state_dict())'],
    ['nothing remembered', file('h\x05.'), 'nothing was remembered as 5'],
    ['a missing mark', file('t.'), 'an instruction without its mark'],
    [
      'a missing record',
      file(dict(`${word('a')}${tensor([3], [1], 0, storage('FloatStorage', '9'))}`)),
      'tensor "a": there is no record data/9',
    ],
    [
      'a short record',
      file(dict(`${word('a')}${tensor([3], [1], 0, storage('FloatStorage', '0', 4))}`)),
      'data/0 must hold 4 elements of 4 bytes, it holds 12 bytes',
    ],
    [
      'a tensor beyond its storage',
      file(dict(`${word('a')}${tensor([3], [1], 1)}`)),
      'a tensor [3] reaches element 3 of a storage of 3',
    ],
    [
      'strides of another rank',
      file(dict(`${word('a')}${tensor([3], [1, 1])}`)),
      'a tensor has 1 dimensions and 2 strides',
    ],
    [
      'a tensor blown up',
      file(dict(`${word('a')}${tensor([255, 255, 255], [0, 0, 0])}`)),
      'tensor "a": its tensors repeat the numbers of the file many times over',
    ],
    [
      'a size beyond all numbers, which no budget holds, before a tensor blown up',
      file(
        dict(
          `${word('a')}${tensor([...Array(130).fill(255), 0], Array(131).fill(0))}` +
            `${word('b')}${tensor([255, 255], [0, 0])}`,
        ),
      ),
      'has too many elements',
    ],
    [
      'a key that holds itself over and over, whose text has no end',
      file(`\x80\x02${doubled(18)}0}(h\x12Nu.`),
      '"something else" is no tensor, so this is no state dict',
    ],
    [
      'a name of that kind',
      file(`\x80\x02${doubled(18)}h\x12\x93.`),
      'refuses "something else.something else"',
    ],
    ['big-endian numbers', file('}.', { byteorder: Buffer.from('big') }), 'its numbers are big-endian'],
  ];
  it.each(cases)('%s', async (_, bytes, message) => {
    await expect(loadTorch(bytes)).rejects.toThrow(message);
  });

  it('is read with known options only', async () => {
    await expect(loadTorch(fixture, { kye: 'net' } as object)).rejects.toThrow(
      'loadTorch: unknown option "kye" (did you mean "key"?',
    );
  });

  it('is named', async () => {
    const path = join(folder, 'broken.pt');
    writeFileSync(path, 'PK');
    await expect(loadTorch(path)).rejects.toThrow(`loadTorch: ${path}: readZip: `);
    await expect(loadTorch(join(folder, 'none.pt'))).rejects.toThrow(/^loadTorch: .*none\.pt: .*ENOENT/);
  });
});

describe('10,000 mutated files', () => {
  const whole = readFileSync(fixture);
  const pickles = [
    dict(`${word('a')}${tensor([3], [1])}${word('b')}${tensor([3, 2], [1, 0])}`),
    `\x80\x02ccollections\nOrderedDict\n)Rq\0(${word('w')}q\x01${tensor([1, 3], [3, 1])}q\x02h\x01h\x02u}${word('_metadata')}]sb.`,
  ];

  function mutated(bytes: Uint8Array, draw: Random): Uint8Array {
    let result = Buffer.from(bytes);
    for (let i = draw.integer(1, 4); i > 0; i--) {
      const at = draw.integer(0, Math.max(0, result.length - 1));
      const what = draw.integer(0, 4);
      if (what === 0) result[at] ^= 1 << draw.integer(0, 7);
      else if (what === 1) result[at] = draw.integer(0, 255);
      else if (what === 2) result = result.subarray(0, at);
      else if (what === 3) {
        const length = draw.integer(1, 30);
        result = Buffer.concat([
          result.subarray(0, at),
          result.subarray(at, at + length),
          result.subarray(at),
        ]);
      } else result = Buffer.concat([result.subarray(0, at), result.subarray(at + draw.integer(1, 30))]);
    }
    return result;
  }

  it.each([
    [
      'the whole file',
      (i: number, draw: Random) => mutated(i % 2 ? whole : Buffer.from(file(pickles[0])), draw),
    ],
    [
      'the pickle in a sound archive',
      (i: number, draw: Random) =>
        file(Buffer.from(mutated(Buffer.from(pickles[i % 2], 'latin1'), draw)).toString('latin1')),
    ],
  ])('%s: a state dict or one clear error, and no memory kept', async (_, make) => {
    setFlagsFromString('--expose-gc');
    const collect = runInNewContext('gc') as () => void;
    const used = () => {
      collect();
      const { heapUsed, external } = process.memoryUsage();
      return heapUsed + external;
    };
    const draw = random(3);
    let [read, refused, before] = [0, 0, 0];
    for (let i = 0; i < 10_000; i++) {
      if (i === 1000) before = used();
      try {
        expect(await loadTorch(make(i, draw))).toBeInstanceOf(Map);
        read++;
      } catch (error) {
        expect(error).toBeInstanceOf(RangeError);
        expect((error as Error).message).toMatch(/^loadTorch: the file: ./);
        refused++;
      }
    }
    expect(refused).toBeGreaterThan(5000);
    expect(read + refused).toBe(10_000);
    expect(used() - before).toBeLessThan(20e6);
  });
});
