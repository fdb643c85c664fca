import * as tf from '@tensorflow/tfjs';
import { beforeAll, expect, test } from 'vitest';
import { useBackend } from '../../src/backend/index.js';
import { defineOperation, type HostTensor, registerHostForm, runOperation } from '../../src/ops/operation.js';

beforeAll(() => useBackend('cpu'));

test('an input that notes stand in for is kept where a form leaves none', () => {
  const square = defineOperation('SquareOfTest', ['x'], { noted: ['x'] });
  const seen: string[][] = [];
  const map = ({ values, shape }: HostTensor, of: (x: number, i: number) => number): HostTensor => ({
    values: Float32Array.from(values, of),
    shape,
  });
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
