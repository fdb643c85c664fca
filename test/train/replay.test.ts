import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { useBackend } from '../../src/backend/index.js';
import type { ApplyOptions } from '../../src/layers/model.js';
import type { SpikingSSM } from '../../src/layers/spiking-ssm.js';
import * as tf from '../../src/tf.js';
import { train } from '../../src/train/loop.js';
import { replay } from '../../src/train/replay.js';
import { models } from '../models.js';
import { StandIn, standInTask } from './stand-in.js';

beforeAll(() => useBackend('cpu'));
let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'replay-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

const model = models({
  inputs: { kind: 'real', size: 2 },
  classes: 3,
  H: 4,
  N: 4,
  layers: 2,
  dropout: 0.2,
  norm: { placement: 'pre', kind: 'batch' },
});
const values = ({ parameters, buffers }: SpikingSSM) =>
  Object.entries({ ...parameters, ...buffers }).map(([name, variable]) => [name, ...variable.dataSync()]);

/** Trains until step 3, at which a parameter holds an infinity. */
async function failing(one: SpikingSSM): Promise<{ message: string; before: unknown }> {
  const C = one.parameters['model.s4_layers.1.kernel.C'];
  let before: unknown;
  const run = train(one, standInTask(), {
    batch: 8,
    steps: 6,
    folder,
    onStep: ({ step, end }) => {
      if (step !== 2 || end !== null) return;
      const spoilt = C.dataSync().slice();
      spoilt[3] = Infinity;
      tf.tidy(() => C.assign(tf.tensor(spoilt, C.shape)));
      before = values(one);
    },
  });
  const message = await run.then(
    () => '',
    (error: Error) => error.message,
  );
  return { message, before };
}

describe('a step whose numbers are not finite', () => {
  it('ends the run, names parameter, layer and step, and leaves the model as before the step', async () => {
    const one = model();
    const { message, before } = await failing(one);
    expect(message).toMatch(
      /^train: .* at step 3; first non-finite parameter: model\.s4_layers\.1\.kernel\.C; first non-finite signal: current of layer 1; first non-finite gradient: .* \(lower the learning rate.*\); look into it with replay\('.*failure\.safetensors'\)$/,
    );
    expect(values(one)).toEqual(before);
  });

  it('is done again by replay: same batch, same masks, same state', async () => {
    const { message } = await failing(model());
    const [fresh, again] = [model({ seed: 5 }), model({ seed: 6 })];
    const count = tf.memory().numTensors;
    const first = replay(join(folder, 'failure.safetensors'), fresh);
    expect(tf.memory().numTensors).toBe(count);
    expect(message).toContain(first.message);
    expect(message).toContain(first.places);
    expect(first.step).toBe(3);
    const bad = first.extents.filter(({ notFinite }) => notFinite > 0);
    expect(bad[0]).toMatchObject({ kind: 'parameter', name: 'model.s4_layers.1.kernel.C', notFinite: 1 });
    expect(first.extents.map(({ name }) => name)).toEqual(
      expect.arrayContaining(['current of layer 0', 'spikes of layer 1', 'logits', 'encoder.weight']),
    );
    expect(replay(join(folder, 'failure.safetensors'), again)).toEqual(first);
    expect(values(again)).toEqual(values(fresh));
  });

  it('in an evaluation is told as that of the step before it', async () => {
    class Spoilt extends StandIn {
      override apply(x: tf.Tensor, options: ApplyOptions = {}): tf.Tensor {
        const logits = super.apply(x, options);
        return options.training ? logits : tf.tidy(() => tf.mul(logits, Number.NaN));
      }
    }
    const one = new Spoilt();
    const run = train(one, standInTask(), { batch: 8, steps: 6, evaluate: 4, folder });
    await expect(run).rejects.toThrow(/^train: validation loss is NaN after step 4; .*replay\(/);
    expect(replay(join(folder, 'failure.safetensors'), one)).toMatchObject({ step: 4, loss: null });
    one.dispose();
  });

  it('keeps a batch that holds the NaN itself', async () => {
    const one = model();
    const run = train(one, standInTask({ train: 8, spoil: 4 }), { batch: 8, folder });
    await expect(run).rejects.toThrow(
      /^train: the input of step 1 must hold finite numbers, got NaN at .*replay\(/,
    );
    expect(() => replay(join(folder, 'failure.safetensors'), one)).toThrow(
      /^apply: x must hold finite numbers, got NaN at example/,
    );
  });
});

it('a file of another kind is refused', async () => {
  const one = model();
  await train(one, standInTask(), { batch: 8, steps: 2, folder });
  expect(() => replay(join(folder, 'last.safetensors'), one)).toThrow(
    /^replay: .*last\.safetensors holds no failed step/,
  );
});
