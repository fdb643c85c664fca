import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { beforeAll, describe, expect, test } from 'vitest';
import { availableBackends, useBackend } from '../../src/backend/index.js';
import { allocate, forReader, hold, release, withScratch } from '../../src/backend/native/memory.js';
import { random } from '../../src/random.js';
import * as tf from '../../src/tf.js';

const here = availableBackends().native === true;
const FLOATS = 1 << 16;

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;

describe.skipIf(!here)('memory of large tensors', () => {
  beforeAll(async () => {
    await useBackend('native');
  });

  test('blocks of any sizes in any order do not overlap, begin at a line, and serve again without more slabs', () => {
    const source = random(3);
    const round = (): Set<ArrayBufferLike> => {
      const live: Float32Array[] = [];
      const buffers = new Set<ArrayBufferLike>();
      for (let i = 0; i < 400; i++) {
        if (live.length > 0 && source.uniform() < 0.45) {
          const [values] = live.splice(source.integer(0, live.length - 1), 1);
          expect(values.every((value) => value === values[0])).toBe(true);
          release(values);
        } else {
          const values = hold(allocate(FLOATS + source.integer(0, 4 * FLOATS))).fill(i);
          buffers.add(values.buffer);
          live.push(values);
        }
      }
      const [first] = live;
      expect(live.every(({ byteOffset }) => (byteOffset - first.byteOffset) % 64 === 0)).toBe(true);
      live.forEach(release);
      return buffers;
    };
    const before = round();
    // As long as all of its slab: only if everything that was freed has come together again.
    const whole = allocate(1 << 24);
    expect(before.has(whole.buffer)).toBe(true);
    release(whole);
    for (const buffer of round()) expect(before.has(buffer)).toBe(true);
  });

  test('a shorter tensor uses the memory of a longer one', () => {
    const long = allocate(3 * FLOATS);
    const { buffer, byteOffset } = long;
    release(hold(long));
    const short = allocate(2 * FLOATS);
    expect([short.buffer, short.byteOffset]).toEqual([buffer, byteOffset]);
    release(short);
  });

  test('what was released once is not released again', () => {
    const first = hold(allocate(FLOATS));
    release(first);
    const second = hold(allocate(FLOATS));
    release(first);
    const third = allocate(FLOATS);
    expect(third.byteOffset).not.toBe(second.byteOffset);
    release(second);
    release(third);
  });

  test('who reads gets a copy, small arrays are passed on', () => {
    const [large, small] = [allocate(FLOATS), allocate(8)];
    expect(forReader(large).buffer).not.toBe(large.buffer);
    expect(forReader(small)).toBe(small);
    expect(hold(small)).toBe(small);
    release(large);
  });

  test('a part of a tensor becomes a tensor of its own by a copy', () => {
    const whole = hold(allocate(FLOATS).fill(3));
    const part = hold(whole.subarray(8, 16));
    expect(part.buffer).not.toBe(whole.buffer);
    expect([...part]).toEqual(Array(8).fill(3));
    expect(hold(whole)).not.toBe(whole);
    release(whole);
  });

  test('scratch is free again after the call', () => {
    const places: number[] = [];
    for (let i = 0; i < 2; i++) withScratch(FLOATS, ({ byteOffset }) => places.push(byteOffset));
    expect(places[1]).toBe(places[0]);
  });

  test('memory of a tensor that nobody disposed of comes back when it is collected', async () => {
    const places = new Set<string>();
    for (let round = 0; round < 4; round++) {
      const { buffer, byteOffset } = hold(allocate(1 << 24));
      places.add(`${buffer.byteLength} ${byteOffset}`);
      await new Promise(setImmediate);
      collect();
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    expect(places.size).toBe(1);
  });

  const double = (x: tf.Tensor): tf.Tensor => tf.add(x, x);
  const of = (value: number): tf.Tensor => tf.tidy(() => double(tf.fill([FLOATS], value / 2)));

  test('what dataSync gave stays as it was after the tensor is gone', () => {
    const first = of(1);
    const values = first.dataSync();
    first.dispose();
    const others = [of(2), of(3)];
    expect(values.every((value) => value === 1)).toBe(true);
    tf.dispose(others);
  });

  test('a slice stays as it was after the whole is gone', () => {
    const whole = of(1);
    const part = tf.slice(whole, [8], [FLOATS - 16]);
    whole.dispose();
    const others = [of(2), of(3)];
    expect(part.dataSync().every((value) => value === 1)).toBe(true);
    tf.dispose([part, ...others]);
  });

  test('a tensor of lengths that change from step to step finds its memory again', () => {
    const store = tf.backend() as unknown as { data: { get(id: object): { values: Float32Array } } };
    const bufferOf = ({ dataId }: tf.Tensor): ArrayBufferLike => store.data.get(dataId).values.buffer;
    const buffers = Array.from({ length: 40 }, (_, i) => {
      const x = tf.tidy(() => double(tf.ones([FLOATS + 1000 * ((7 * i) % 40)])));
      const buffer = bufferOf(x);
      x.dispose();
      return buffer;
    });
    expect(new Set(buffers).size).toBe(1);
  });
});
