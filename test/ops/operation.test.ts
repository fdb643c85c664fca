import { beforeAll, expect, test } from 'vitest';
import { useBackend } from '../../src/backend/index.js';
import { defineOperation, type HostTensor, registerHostForm, runOperation } from '../../src/ops/operation.js';
import * as tf from '../../src/tf.js';

beforeAll(() => useBackend('cpu'));

const map = ({ values, shape }: HostTensor, of: (x: number, i: number) => number): HostTensor => ({
  values: Float32Array.from(values, of),
  shape,
});

test('an input that notes stand in for is kept where a form leaves none', () => {
  const square = defineOperation('SquareOfTest', ['x'], { noted: ['x'] });
  const seen: string[][] = [];
  registerHostForm(square, 'cpu', {
    forward: ({ x }, { keep }) => [
      map(x, (value) => value * value),
      ...(keep ? [map(x, (value) => 2 * value)] : []),
    ],
    backward: ({ x, y1, dy0 }) => {
      seen.push(Object.entries({ x, y1, dy0 }).flatMap(([name, given]) => (given ? [name] : [])));
      return [map(dy0, (value, i) => value * (y1 ? y1.values[i] : 2 * x.values[i]))];
    },
  });
  for (const keep of [true, false]) {
    const slope = tf.grad((x) => runOperation(square, { x }, { keep })[0]);
    expect([...slope(tf.tensor1d([3, -1])).dataSync()]).toEqual([6, -2]);
  }
  expect(seen).toEqual([
    ['y1', 'dy0'],
    ['x', 'dy0'],
  ]);
});

test('a note that is shared is a constant behind the results', () => {
  const cube = defineOperation('CubeOfTest', ['x'], { shared: 1 });
  registerHostForm(cube, 'cpu', {
    forward: ({ x }, { keep }) => [
      map(x, (value) => value ** 3),
      ...(keep ? [map(x, (value) => 3 * value ** 2), map(x, () => 0)] : []),
    ],
    backward: ({ y1, y2, dy0 }) => {
      expect(y2).toBeDefined();
      return [map(dy0, (value, i) => value * y1.values[i])];
    },
  });
  const before = tf.memory().numTensors;
  tf.tidy(() => {
    const x = tf.tensor1d([2, -1]);
    const slope = tf.grad((x) => {
      const [y, note, ...more] = runOperation(cube, { x }, { keep: true });
      expect(more).toEqual([]);
      return tf.mul(y, note); // x^3 times 12 and 3
    })(x);
    expect([...slope.dataSync()]).toEqual([144, 9]);
    expect(runOperation(cube, { x }, { keep: false })).toHaveLength(1);
  });
  expect(tf.memory().numTensors).toBe(before);
});
