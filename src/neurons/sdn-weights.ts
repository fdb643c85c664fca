import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { readSafetensors, type SafetensorsEntry } from '../files/safetensors.js';
import { SDN_SHAPES, type SdnWeights } from '../ops/sdn/index.js';
import * as tf from '../tf.js';

/** What a trained network predicts: the decayed membrane potential (SDN) or the spike (SDN-S). */
export type SdnTarget = 'membrane' | 'spike';

/** Names of the official code, for each part of the network. */
export const SDN_NAMES: Readonly<Record<keyof SdnWeights, string>> = {
  w1: 'conv1.weight',
  b1: 'conv1.bias',
  w2: 'conv2.weight',
  b2: 'conv2.bias',
  w3: 'conv3.weight',
  b3: 'conv3.bias',
};

/** Where the weights that come with the package lie; each file's metadata tell how it was made. */
const SHIPPED = fileURLToPath(new URL('../../data/sdn/', import.meta.url));

/** Path of the weights that come with the package. @throws RangeError naming the decays there are */
export function shippedSdn(tau: number, target: SdnTarget): string {
  const path = join(SHIPPED, `${target}-tau-${tau}.safetensors`);
  if (!existsSync(path)) {
    const there = readdirSync(SHIPPED)
      .sort()
      .filter((name) => name.startsWith(`${target}-tau-`));
    const where = target === 'spike' ? 'sdnSpike' : 'sdn';
    const known = there.map((name) => name.replace(/^.*-tau-|\.safetensors$/g, '')).join(', ');
    throw new RangeError(
      `${where}: no ${target} network for tau = ${tau} comes with the package (there are: ${known || 'none'}; train one with trainSDN and pass its file as weights)`,
    );
  }
  return path;
}

/** Reads a file of weights into frozen variables. */
export function loadSdnWeights(path: string): { weights: SdnWeights; buffers: Record<string, tf.Variable> } {
  const { tensors } = readSafetensors(path);
  const problems = Object.entries(SDN_NAMES).flatMap(([key, name]) => {
    const shape = SDN_SHAPES[key as keyof SdnWeights];
    const found = tensors.get(name);
    if (!found) return [`${name} is missing`];
    return found.shape.join() === shape.join()
      ? []
      : [`${name} is [${found.shape.join(', ')}], not [${shape.join(', ')}]`];
  });
  if (problems.length > 0)
    throw new RangeError(`sdn: ${path} holds no network: ${problems.join('; ')} (write it with trainSDN)`);
  const buffers: Record<string, tf.Variable> = {};
  for (const name of Object.values(SDN_NAMES)) {
    const { data, shape } = tensors.get(name) as SafetensorsEntry;
    buffers[name] = tf.tidy(() => tf.variable(tf.tensor(Float32Array.from(data, Number), [...shape]), false));
  }
  const weights = Object.fromEntries(Object.entries(SDN_NAMES).map(([key, name]) => [key, buffers[name]]));
  return { weights: weights as unknown as SdnWeights, buffers };
}
