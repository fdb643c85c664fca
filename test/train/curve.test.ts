import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { type Curve, curveOf, expectedBand, watchCurve } from '../../src/train/curve.js';
import { type CurveRun, curveRun } from '../../src/train/curve-run.js';
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

function run(seed: number, accuracies: number[], more: object = {}): CurveRun {
  const config = {
    task: { name: 'smnist', classes: 10, length: 784, input: { kind: 'real', size: 1 } },
    model: { H: 8, seed },
    training: { seed, batch: 8, ...more },
    sessions: [{ commit: 'abc', step: 0 }],
  };
  const evaluations = accuracies.map((accuracy, i) => ({ step: 100 * (i + 1), accuracy }));
  return { name: `smnist-seed${seed}`, config, evaluations } as unknown as CurveRun;
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
    // s = 0.02, t(2, 99.5 %) = 9.924843: 9.924843 * 0.02 * sqrt(4/3)
    const band = expectedBand(curveOf([run(1, [0.5]), run(2, [0.52]), run(3, [0.54])]), 100)!;
    expect(band.mean).toBeCloseTo(0.52, 12);
    expect(band.high - band.mean).toBeCloseTo(0.229204, 6);
    expect(band.mean - band.low).toBeCloseTo(0.229204, 6);
    expect(expectedBand(curve(), 300)).toBeUndefined();
  });

  it('takes its spread from two evaluations before a step and two after it', () => {
    const [quiet, loud] = [0.5, 0.5].map((value, seed) => value + 0.02 * seed);
    // Distances from the mean: 0.01 at steps 100 to 500, 0.1 at 600. Of two runs each step has one degree of freedom.
    const two = curveOf([
      run(1, [quiet, quiet, quiet, quiet, quiet, 0.4]),
      run(2, [loud, loud, loud, loud, loud, 0.6]),
    ]);
    const reach = (step: number): number => {
      const { high, mean } = expectedBand(two, step)!;
      return high - mean;
    };
    // s^2 = 2 * 0.01^2 with 5 and 3 degrees, t 4.032143 and 5.840909
    expect(reach(300)).toBeCloseTo(4.0321429836 * Math.sqrt(2e-4 * 1.5), 9);
    expect(reach(100)).toBeCloseTo(5.8409093097 * Math.sqrt(2e-4 * 1.5), 9);
    // (4 * 2e-4 + 0.02) / 5 in the reach of the loud step
    expect(reach(400)).toBeCloseTo(4.0321429836 * Math.sqrt((0.0208 / 5) * 1.5), 9);
  });

  it('is made of runs of one recipe with seeds of their own', () => {
    expect(() => curveOf([run(1, [0.5])])).toThrow('curve: at least 2 runs are needed, got 1');
    expect(() => curveOf([run(1, [0.5]), run(1, [0.5])])).toThrow(
      'every run needs a seed of its own, got 1, 1',
    );
    expect(() => curveOf([run(1, [0.5]), run(2, [0.5], { batch: 16 })])).toThrow(
      'curve: smnist-seed2 is another recipe than smnist-seed1: training.batch is 16, was 8',
    );
  });
});

describe('curveRun', () => {
  const folder = mkdtempSync(join(tmpdir(), 'curve-'));
  afterAll(() => rmSync(folder, { recursive: true }));

  it('reads a record, and names a file that is none', () => {
    const file = join(folder, 'a.json');
    writeFileSync(file, JSON.stringify({ ...run(1, [0.5]), steps: 100 }));
    expect(curveRun(file)).toEqual(run(1, [0.5]));
    for (const text of ['null', '{}', '{"config": {"training": {"seed": 1}}}']) {
      writeFileSync(file, text);
      expect(() => curveRun(file)).toThrow(/^curve: .*a\.json is no record of a run/);
    }
    writeFileSync(file, '{');
    expect(() => curveRun(file)).toThrow(/^curve: cannot read .*a\.json \(/);
    expect(() => curveRun(join(folder, 'none.json'))).toThrow(/^curve: cannot read .*none\.json \(ENOENT/);
  });

  it('reads a folder', () => {
    const { name, config } = run(1, []);
    const path = join(folder, name);
    mkdirSync(path);
    writeFileSync(join(path, 'config.json'), JSON.stringify(config));
    const record = { kind: 'evaluation', epoch: 1, step: 100, validationAccuracy: 0.5 };
    const unseen = { ...record, step: 200, validationAccuracy: null };
    writeFileSync(join(path, 'metrics.jsonl'), `${JSON.stringify(record)}\n${JSON.stringify(unseen)}\n`);
    expect(curveRun(path)).toEqual(run(1, [0.5]));
  });
});

describe('watchCurve', () => {
  const event = (latest: EpochRecord | null) => ({ evaluation: latest }) as StepEvent;
  // Mean 0.51, 0.6, 0.7, s^2 = 2e-4 with three degrees: 0.1012 to either side.
  const two = curveOf([run(1, [0.5, 0.59, 0.69]), run(2, [0.52, 0.61, 0.71])]);
  const said = (accuracies: (number | null)[]): string[] => {
    const lines: string[] = [];
    const watch = watchCurve(two, (line) => void lines.push(line));
    watch(event(null));
    accuracies.forEach((accuracy, i) => {
      // The loop tells of the latest evaluation at every step.
      for (const _ of [1, 2]) watch(event(evaluation(100 * (i + 1), accuracy)));
    });
    return lines;
  };

  it('says when two evaluations in a row are outside the band on one side', () => {
    expect(said([0.5, 0.4, 0.45])).toEqual([
      'Unexpected: validation accuracy 45.00 % after step 300 is below the 59.88 % to 80.12 % expected from 2 runs of this recipe (mean 70.00 %), as it was the time before',
    ]);
    expect(said([0.7, 0.8])[0]).toContain('after step 200 is above the 49.88 % to 70.12 %');
  });

  it('says nothing of one alone, of two sides, of steps beyond the curve or without an evaluation', () => {
    expect(said([0.3, 0.6, 0.3])).toEqual([]);
    expect(said([0.3, 0.8, 0.3])).toEqual([]);
    expect(said([0.5, 0.6, 0.3, 0.1, 0.1])).toEqual([]);
    expect(said([0.3, null, 0.7])).toEqual([]);
  });
});
