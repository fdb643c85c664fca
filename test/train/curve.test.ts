import { describe, expect, it } from 'vitest';
import { type Curve, curveOf, expectedBand, watchCurve } from '../../src/train/curve.js';
import type { StoredRun } from '../../src/train/read-run.js';
import type { EpochRecord, StepEvent } from '../../src/train/run.js';

const evaluation = (step: number, validationAccuracy: number | null): EpochRecord => ({
  epoch: 1,
  step,
  trainLoss: 1,
  trainAccuracy: 0.5,
  validationLoss: 1,
  validationAccuracy,
  seconds: 1,
});

function run(seed: number, accuracies: number[], more: object = {}): StoredRun {
  const config = {
    task: { name: 'smnist', classes: 10, length: 784, input: { kind: 'real', size: 1 } },
    model: { H: 8, seed },
    training: { seed, batch: 8, ...more },
    sessions: [{ commit: 'abc', step: 0 }],
  };
  return {
    folder: `runs/${seed}`,
    config,
    options: config.training,
    epochs: accuracies.map((accuracy, i) => evaluation(100 * (i + 1), accuracy)),
  } as unknown as StoredRun;
}

const curve = (): Curve => curveOf([run(1, [0.5, 0.9]), run(2, [0.52, 0.9]), run(3, [0.54])]);

describe('a curve', () => {
  it('keeps every run’s accuracies, seed and origin', () => {
    const { config, runs } = curve();
    expect(runs.map(({ seed, points }) => [seed, points])).toEqual([
      [
        1,
        [
          { step: 100, accuracy: 0.5 },
          { step: 200, accuracy: 0.9 },
        ],
      ],
      [
        2,
        [
          { step: 100, accuracy: 0.52 },
          { step: 200, accuracy: 0.9 },
        ],
      ],
      [3, [{ step: 100, accuracy: 0.54 }]],
    ]);
    expect(runs[1].sessions).toEqual([{ commit: 'abc', step: 0 }]);
    expect(config.sessions).toEqual([]);
  });

  it('gives the interval of one more run', () => {
    // s = 0.02, t(2, 99.5 %) = 9.925: 9.925 * 0.02 * sqrt(4/3)
    const band = expectedBand(curve(), 100)!;
    expect(band.mean).toBeCloseTo(0.52, 12);
    expect(band.high - band.mean).toBeCloseTo(0.229208, 6);
    expect(band.mean - band.low).toBeCloseTo(0.229208, 6);
    expect(expectedBand(curve(), 200)).toMatchObject({ low: 0.9, high: 0.9 });
    expect(expectedBand(curve(), 300)).toBeUndefined();
  });

  it('is made of runs of one recipe with seeds of their own', () => {
    expect(() => curveOf([run(1, [0.5])])).toThrow('curve: at least 2 runs are needed, got 1');
    expect(() => curveOf([run(1, [0.5]), run(1, [0.5])])).toThrow(
      'every run needs a seed of its own, got 1, 1',
    );
    expect(() => curveOf([run(1, [0.5]), run(2, [0.5], { batch: 16 })])).toThrow(
      'curve: runs/2 is another recipe than runs/1: training.batch is 16, was 8',
    );
  });
});

describe('watchCurve', () => {
  it('says once of each evaluation outside the band, and nothing of the others', () => {
    const lines: string[] = [];
    const watch = watchCurve(curve(), (line) => void lines.push(line));
    const event = (latest: EpochRecord | null) => ({ evaluation: latest }) as StepEvent;
    watch(event(null));
    watch(event(evaluation(100, 0.4)));
    watch(event(evaluation(200, 0.8)));
    watch(event(evaluation(200, 0.8)));
    watch(event(evaluation(300, 0.1)));
    watch(event(evaluation(400, null)));
    expect(lines).toEqual([
      'Unexpected: validation accuracy 80.00 % after step 200 is below the 90.00 % to 90.00 % expected from 3 runs of this recipe (mean 90.00 %)',
    ]);
    watchCurve(curve(), (line) => void lines.push(line))(event(evaluation(100, 0.9)));
    expect(lines[1]).toContain('is above the 29.08 % to 74.92 %');
  });
});
