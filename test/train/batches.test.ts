import { expect, it } from 'vitest';
import { random } from '../../src/random.js';
import { disposeBatch } from '../../src/tasks/task.js';
import { endlessBatches } from '../../src/train/batches.js';
import { type Log, standInTask } from './stand-in.js';

it('ends by its signal while it passes over what was done already', async () => {
  const log: Log = [];
  const { train } = standInTask({ train: 400, log });
  const controller = new AbortController();
  const start = { epoch: 1, batches: 90, order: random(1).state() };
  setImmediate(() => controller.abort());
  for await (const { batch } of endlessBatches(train, 4, start, controller.signal)) {
    disposeBatch(batch);
    break;
  }
  expect(log.length).toBeLessThan(90);
});
