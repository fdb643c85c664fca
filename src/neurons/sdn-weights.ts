import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import * as tf from '@tensorflow/tfjs';
import { readSafetensors } from '../files/safetensors.js';
import type { SdnWeights } from '../ops/index.js';

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
    const there = readdirSync(SHIPPED).filter((name) => name.startsWith(`${target}-tau-`));
    const known = there.map((name) => name.replace(/^.*-tau-|\.safetensors$/g, '')).join(', ');
    throw new RangeError(
      `sdn: no ${target} network for tau = ${tau} comes with the package (there are: ${known}; train one with trainSDN and pass its file as weights)`,
    );
  }
  return path;
}

/** Reads a file of weights into frozen variables. */
export function loadSdnWeights(path: string): { weights: SdnWeights; buffers: Record<string, tf.Variable> } {
  const { tensors } = readSafetensors(path);
  const buffers: Record<string, tf.Variable> = {};
  for (const name of Object.values(SDN_NAMES)) {
    const entry = tensors.get(name);
    if (!entry) throw new RangeError(`sdn: ${path} holds no tensor ${name} (write it with trainSDN)`);
    buffers[name] = tf.tidy(() =>
      tf.variable(tf.tensor(Float32Array.from(entry.data, Number), entry.shape), false),
    );
  }
  const weights = Object.fromEntries(Object.entries(SDN_NAMES).map(([key, name]) => [key, buffers[name]]));
  return { weights: weights as unknown as SdnWeights, buffers };
}
