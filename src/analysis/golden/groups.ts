import type { Model } from '../../layers/model.js';
import type { AdamWOptions } from '../../train/optimizer.js';
import type { GoldenFile } from './file.js';

interface Group {
  learningRate: number;
  weightDecay: number;
  names: string[];
}

/**
 * The rate and decay that, with the model's own parameter groups, train it as the file says.
 * @throws RangeError  naming each parameter that the model would train otherwise
 */
export function optimizerOf(
  file: GoldenFile,
  model: Model,
): Required<Pick<AdamWOptions, 'learningRate' | 'weightDecay'>> {
  const groups = readGroups(file);
  const learningRate = Math.max(...groups.map((group) => group.learningRate));
  const weightDecay = Math.max(...groups.map((group) => group.weightDecay));
  const others: string[] = [];
  for (const group of groups) {
    for (const name of group.names) {
      if (!(name in model.parameters)) continue; // a norm that the released code never uses
      const { maxLearningRate = Infinity, decay } = model.group(name);
      const [rate, own] = [Math.min(learningRate, maxLearningRate), decay ? weightDecay : 0];
      if (rate !== group.learningRate || own !== group.weightDecay) {
        others.push(`${name} at rate ${rate}, decay ${own}, not ${group.learningRate}, ${group.weightDecay}`);
      }
    }
  }
  if (others.length > 0) throw new RangeError(`golden: ${file.path}: the model trains ${others.join('; ')}`);
  return { learningRate, weightDecay };
}

/** From the metadata, a Python list: `[((0.01, 0.01), ['encoder.weight', …]), ((0.01, 0.0), […]), …]`. */
function readGroups({ path, metadata }: GoldenFile): Group[] {
  const pattern = /\(\(([\d.e+-]+), ([\d.e+-]+)\), \[([^\]]*)\]\)/g;
  const groups = [...(metadata.groups ?? '').matchAll(pattern)].map(
    ([, learningRate, weightDecay, names]) => ({
      learningRate: Number(learningRate),
      weightDecay: Number(weightDecay),
      names: [...names.matchAll(/'([^']*)'/g)].map(([, name]) => name),
    }),
  );
  if (groups.length === 0) {
    throw new RangeError(`golden: ${path}: groups must list rates, decays and names, got ${metadata.groups}`);
  }
  return groups;
}
