import type { Batch, Dataset } from '../tasks/task.js';

/** The same data set, showing each batch before the model sees it. */
export function watched(dataset: Dataset, see: (batch: Batch) => void): Dataset {
  return {
    ...dataset,
    batches: function* (options) {
      for (const batch of dataset.batches(options)) {
        see(batch);
        yield batch;
      }
    },
  };
}
