import { type Dataset, disposeBatch } from '../../../src/tasks/task.js';

export interface Content {
  y: number;
  /** The steps up to the true length, row by row. */
  x: number[];
}

/** Every example of a set in stored order, its padding checked and dropped. */
export function contents(set: Dataset, batch = 3): Content[] {
  const all: Content[] = [];
  for (const one of set.batches({ batch })) {
    const [size, L, channels] = one.x.shape;
    const [x, y] = [one.x.dataSync<'float32'>(), one.y.dataSync<'int32'>()];
    for (let b = 0; b < size; b++) {
      const length = one.lengths?.[b] ?? L;
      const steps = x.subarray(b * L * channels, (b + 1) * L * channels);
      if (steps.subarray(length * channels).some((value) => value !== 0))
        throw new Error('padding is not zero');
      all.push({ y: y[b], x: [...steps.subarray(0, length * channels)] });
    }
    disposeBatch(one);
  }
  return all;
}
