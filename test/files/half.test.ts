import { inflateSync } from 'node:zlib';
import { describe, expect, it, test } from 'vitest';
import { fromHalf, widenedBfloat16 } from '../../src/files/half.js';
import { readNpz } from '../../src/files/npz.js';
import { decodeSafetensors } from '../../src/files/safetensors.js';
import { loadTorch } from '../../src/files/torch/load.js';
import { spikingSSM } from '../../src/layers/spiking-ssm.js';
import { loadOfficialState, officialState } from '../../src/train/official-state.js';
import { zipOf } from './archives.js';
import { npyOf } from './npy-bytes.js';

/** Bits of float16 and their numbers: IEEE 754-2008, table of binary16. */
const HALVES: [number, number][] = [
  [0x3c00, 1],
  [0xc000, -2],
  [0x7bff, 65504],
  [0x0400, 2 ** -14],
  [0x03ff, 1023 * 2 ** -24],
  [0x0001, 2 ** -24],
  [0x8000, -0],
  [0x7c00, Number.POSITIVE_INFINITY],
  [0xfc00, Number.NEGATIVE_INFINITY],
  [0x7e00, Number.NaN],
  [0x3555, 0.333251953125],
];
const BFLOATS: [number, number][] = [
  [0x3f80, 1],
  [0xc040, -3],
  [0x0001, 2 ** -133],
  [0x7f80, Number.POSITIVE_INFINITY],
  [0x7fc0, Number.NaN],
  [0x3eab, 0.333984375],
];

test.each(HALVES)('float16 %i is %d', (bits, value) => {
  expect(fromHalf(bits)).toBe(value);
});

test.each(BFLOATS)('bfloat16 %i is %d', (bits, value) => {
  expect(widenedBfloat16(Uint16Array.of(bits).buffer)[0]).toBe(value);
});

/** A safetensors file of one tensor. */
function fileOf(dtype: string, bits: readonly number[], width = 2): Uint8Array {
  const data = width === 2 ? Buffer.from(Uint16Array.from(bits).buffer) : Buffer.from(bits);
  const header = Buffer.from(
    JSON.stringify({ w: { dtype, shape: [bits.length], data_offsets: [0, data.length] } }),
  );
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(header.length));
  return Buffer.concat([length, header, data]);
}

describe('safetensors', () => {
  it.each([
    ['F16', HALVES],
    ['BF16', BFLOATS],
  ] as const)('%s comes as F32, exactly', (dtype, cases) => {
    const { tensors } = decodeSafetensors(
      fileOf(
        dtype,
        cases.map(([bits]) => bits),
      ),
      'FILE',
    );
    const entry = tensors.get('w')!;
    expect([entry.dtype, entry.shape]).toEqual(['F32', [cases.length]]);
    expect([...entry.data]).toEqual(cases.map(([, value]) => value));
  });

  it.each(['F8_E4M3', 'F8_E5M2', 'F8_E8M0', 'F4', 'C64'])('%s is refused with what to do', (dtype) => {
    expect(() => decodeSafetensors(fileOf(dtype, [1, 2], 1), 'FILE')).toThrow(
      `readSafetensors: FILE, tensor "w": ${dtype} numbers are not read, they need the scales of their own code (convert them: tensor.float()`,
    );
  });
});

/** torch 2.13: OrderedDict(w [2, 3], half [3], b [2], n, view = w[:, 1:]), _use_new_zipfile_serialization=False. */
const LEGACY = inflateSync(
  Buffer.from(
    'eNptktlu00AUhr0lAUNL2Slr2R2WiDRtEt9AhFCFNGw1N75BVuoMtZFl57fHqQBVyk0i4Bm44JLH6OvwCEhIcGy3Ealsecb2mTPff87vGSvf9ODP943fKx9+vllujJWXv1SadyEZ9pIkScM4EpEbBc6Ix4kfhZApwV6glcAXIuAODwd+P4TyxdYpKD4OuZP4n3gCdReaYVcomHhRLFBhiq3Slx8KVJlmaxkjCrdRY1qakqZLMgF3Bakk+ut4wGM+eOa7QodUtyAbtkw7dqC4Iopdr+Gkwg8S3Yn5VuoHA0fwMIliZ7SqQzUMu5YJU2Z/m0MrtugbQdQXb4ugjoq9SDlmy2ya6+1us9Uy211U8xrdYUplVV8JHNlkElOYOsVRpjJ5Cv2rl5VzTOC4hYW8C68fvMeiR6regdJzCs2ETswLrXc6nTaWvBpTSeBkJqBOcIrJE5wu4GcEzlo4lze8hfNz5Kd5E832jH7hMN1cfYRloitEv5iXP8GljH65oF8RuGrhWk4PsTJHf0E/ZEa+fojcNdfWcIPIMpFvErleL4i3BG5buJObMfL5Du4WUK/UYsMrrK1vMpmsVaa4V1h7v6A9EHhooZEdiXfZMSxByGWOKmVGqGU9aLxRlf6/xk9o6tFNY0zjR089WHos7f39rMzyenvy/ntt//kPBXvOXw==',
    'base64',
  ),
);

describe('a file of PyTorch before 1.6', () => {
  it('gives every tensor', async () => {
    const state = await loadTorch(LEGACY, {}, 'FILE');
    const plain = [...state].map(([name, { dtype, shape, data }]) => [
      name,
      dtype,
      shape,
      Array.from(data, Number),
    ]);
    expect(plain).toEqual([
      ['w', 'F32', [2, 3], [0, 1, 2, 3, 4, 5]],
      ['half', 'F32', [3], [1.5, -2, 65504]],
      ['b', 'F32', [2], [1, -3]],
      ['n', 'I64', [], [7]],
      ['view', 'F32', [2, 2], [1, 2, 4, 5]],
    ]);
  });

  it('is an error wherever it is cut, and so are bytes behind it', async () => {
    for (let size = 20; size < LEGACY.length; size += 13) {
      await expect(loadTorch(LEGACY.subarray(0, size), {}, 'FILE')).rejects.toThrow('loadTorch: FILE: ');
    }
    await expect(loadTorch(Buffer.concat([LEGACY, Buffer.of(1)]), {}, 'FILE')).rejects.toThrow(
      '1 bytes follow its last storage',
    );
  });

  it('older still is refused with what to do', async () => {
    const tar = Buffer.alloc(1024);
    tar.write('ustar', 257);
    await expect(loadTorch(tar, {}, 'FILE')).rejects.toThrow(
      '(convert it: torch.save(torch.load(path), path)',
    );
  });
});

describe('a state dict with names in front', () => {
  const options = { inputs: { kind: 'real' as const, size: 1 }, classes: 2, layers: 1, H: 4, N: 2 };
  const renamed = (front: (name: string) => string, seed: number) => {
    const model = spikingSSM({ ...options, seed });
    const state = new Map([...officialState(model)].map(([name, entry]) => [front(name), entry]));
    const values = [...model.parameters['encoder.weight'].dataSync()];
    model.dispose();
    return { state, values };
  };
  const loaded = (state: ReturnType<typeof officialState>, given?: { prefix: string }): number[] => {
    const model = spikingSSM({ ...options, seed: 9 });
    try {
      loadOfficialState(model, state, given);
      return [...model.parameters['encoder.weight'].dataSync()];
    } finally {
      model.dispose();
    }
  };

  it.each(['module.', '_orig_mod.', '_orig_mod.module.', 'module._orig_mod.', 'net.'])(
    '%s is found',
    (front) => {
      const { state, values } = renamed((name) => front + name, 3);
      expect(loaded(state)).toEqual(values);
    },
  );

  it('beside other tensors it has to be said, and the message says it in few words', () => {
    const { state, values } = renamed((name) => `module.${name}`, 3);
    state.set('optimizer.step', state.values().next().value!);
    expect(loaded(state, { prefix: 'module.' })).toEqual(values);
    const message = (() => {
      try {
        loaded(state);
        return '';
      } catch (error) {
        return (error as Error).message;
      }
    })();
    expect(message).toContain('for names that begin with "module." pass prefix: \'module.\'');
    expect(message.length).toBeLessThan(800);
  });
});

it('an .npz with an array that cannot be read gives the others', async () => {
  const good = npyOf('<f4', [2], new Uint8Array(Float32Array.of(1, 2).buffer));
  const bad = npyOf('|O', [1], Buffer.from('\x80\x04N.', 'latin1'));
  const archive = zipOf([
    { name: 'x.npy', content: good },
    { name: 'names.npy', content: bad },
  ]);
  const found = await readNpz(archive, undefined, 'FILE');
  expect(Object.keys(found)).toEqual(['x']);
  expect([...found.x.data]).toEqual([1, 2]);
  expect(() => found.names).toThrow('readNpy: FILE, array "names": expected numbers');
  await expect(readNpz(archive, ['names'], 'FILE')).rejects.toThrow('an object array holds pickled Python');
});
