import { type SpikingSSM, spikingSSM } from '../../layers/spiking-ssm.js';
import { random } from '../../random.js';
import * as tf from '../../tf.js';
import { lossGradients } from '../../train/gradients.js';
import { loadOfficialState } from '../../train/official-state.js';
import { adamW } from '../../train/optimizer.js';
import { noError, type RelativeError, relativeError } from './compare.js';
import { blockOptions, type GoldenFile, numberOf } from './file.js';
import { optimizerOf } from './groups.js';

/** Trains a whole model for the file's steps on its one batch and compares logits, losses, gradients, parameters. */
export function checkTraining(file: GoldenFile): RelativeError {
  const model = modelOf(file);
  const start = startOf(file);
  const error = noError();
  const [x, y] = [file.tensor('x'), file.tensor('target', 'int32') as tf.Tensor1D];
  loadOfficialState(model, start);
  const logits = tf.tidy(() => model.apply(x, { training: true }).dataSync());
  error.forward = relativeError(logits, file.values('logits0'));
  loadOfficialState(model, start); // that pass has moved the running statistics
  const optimizer = adamW(model, optimizerOf(file, model));
  const losses: number[] = [];
  for (let step = 0; step < numberOf(file, 'steps'); step++) {
    const { loss, gradients } = lossGradients(model, { x, y }, random(0));
    losses.push(loss);
    if (step === 0) error.gradients = worst(file, 'grad0.', gradients);
    optimizer.step(gradients, 1);
    tf.dispose(gradients);
  }
  error.losses = relativeError(losses, file.values('losses'));
  error.parameters = worst(file, 'final.', { ...model.parameters, ...model.buffers });
  tf.dispose([x, y]);
  optimizer.dispose();
  model.dispose();
  return error;
}

function modelOf(file: GoldenFile): SpikingSSM {
  const { metadata } = file;
  const [, , size] = file.tensors.get('x')?.shape ?? [];
  return spikingSSM({
    ...blockOptions(file),
    inputs: { kind: 'real', size },
    classes: numberOf(file, 'classes'),
    layers: numberOf(file, 'layers'),
    // The released code's post-norm is computed and dropped.
    norm: {
      placement: metadata.prenorm === 'True' ? 'pre' : 'none',
      kind: metadata.norm === 'batch' ? 'batch' : 'layer',
    },
    pool: 'mean',
  });
}

/** Parameters and running statistics before the first step. */
function startOf({ tensors }: GoldenFile): GoldenFile['tensors'] {
  const prefix = /^(param|buffer)\./;
  return new Map(
    [...tensors]
      .filter(([name]) => prefix.test(name))
      .map(([name, entry]) => [name.replace(prefix, ''), entry]),
  );
}

function worst(file: GoldenFile, prefix: string, of: Readonly<Record<string, tf.Tensor>>): number {
  let largest = 0;
  for (const name of file.names(prefix)) {
    const unusedNorm = name.startsWith('model.norms.') && file.metadata.prenorm !== 'True';
    if (unusedNorm) continue;
    const got = of[name];
    largest = Math.max(largest, got ? relativeError(got.dataSync(), file.values(prefix + name)) : Infinity);
  }
  return largest;
}
