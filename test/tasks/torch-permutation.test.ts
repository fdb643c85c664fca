import { expect, it } from 'vitest';
import { torchPermutation } from '../../src/tasks/torch-permutation.js';

// Expected numbers: torch 2.13 on a CPU, torch.randperm(n, generator=torch.Generator().manual_seed(seed)).
it('is the permutation of torch', () => {
  expect([...torchPermutation(10, 42)]).toEqual([2, 6, 1, 8, 4, 5, 0, 9, 3, 7]);
  const order = torchPermutation(50_000, 42);
  expect([...order.subarray(0, 8)]).toEqual([37542, 44491, 216, 43688, 41558, 32245, 27206, 10863]);
  expect([...order.subarray(-3)]).toEqual([40730, 25847, 33082]);
  expect(order.reduce((sum, value, i) => sum + value * i, 0) % 1_000_003).toBe(645_786);
});

it('refuses a seed that the twister does not take', () => {
  expect(() => torchPermutation(3, -1)).toThrow(/seed must be a whole number in \[0, 2\^32\), got -1/);
});
