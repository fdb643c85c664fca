import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { checkBlock } from './block.js';
import { LIMITS, passes, type RelativeError } from './compare.js';
import { readGolden } from './file.js';
import { checkTraining } from './training.js';

export interface GoldenResult {
  name: string;
  /** Undefined where the file could not be run. */
  error?: RelativeError;
  /** Why it could not be run. */
  problem?: string;
  pass: boolean;
}

/** Checks one file of official numbers on the current backend. */
export function checkGolden(folder: string, name: string): GoldenResult {
  try {
    const file = readGolden(join(folder, name));
    const error = file.tensors.has('losses') ? checkTraining(file) : checkBlock(file);
    return { name, error, pass: passes(error) };
  } catch (error) {
    return { name, problem: error instanceof Error ? error.message : String(error), pass: false };
  }
}

/** The golden files of a folder. @throws RangeError  when there are none, or no such folder */
export function goldenFiles(folder: string): string[] {
  if (!existsSync(folder)) throw new RangeError(`golden: no folder ${folder}`);
  const files = readdirSync(folder).filter((name) => name.endsWith('.safetensors'));
  if (files.length === 0) throw new RangeError(`golden: ${folder} holds no .safetensors file`);
  return files.sort();
}

/** `name  forward 1.2e-7  gradients 3.1e-6  losses -  PASS` */
export function goldenLine({ name, error, problem, pass }: GoldenResult): string {
  const verdict = pass ? 'PASS' : 'FAIL';
  if (!error) return `${name}  ${problem}  ${verdict}`;
  const training = error.losses > 0 || error.parameters > 0;
  const figure = (value: number): string => value.toExponential(1);
  const parts = [
    `forward ${figure(error.forward)}`,
    `gradients ${figure(error.gradients)}`,
    training ? `losses ${figure(error.losses)}  parameters ${figure(error.parameters)}` : 'losses -',
    ...(error.spikes > LIMITS.spikes ? [`${error.spikes} spikes differ`] : []),
  ];
  return `${name}  ${parts.join('  ')}  ${verdict}`;
}
