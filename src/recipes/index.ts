import { dvsGesture } from './dvs-gesture.js';
import { image, listops, pathfinder, pathx, retrieval, text } from './lra.js';
import { psmnist, smnist } from './mnist.js';
import type { Recipes } from './recipe.js';
import { speechCommands } from './speech.js';
import { wikitext2, wikitext2Characters, wikitext103 } from './wikitext.js';

export { ownRecipe } from './own.js';
export { type Recipe, type Recipes, releasedPostNorm, type Scale } from './recipe.js';
export { recipeTasks } from './task.js';

export type RecipeName =
  | 'smnist'
  | 'psmnist'
  | 'listops'
  | 'text'
  | 'image'
  | 'retrieval'
  | 'pathfinder'
  | 'pathx'
  | 'speech-commands'
  | 'dvs-gesture'
  | 'wikitext-2'
  | 'wikitext-2-characters'
  | 'wikitext-103';

/**
 * Hyper-parameters as data, by task and scale. To add a task: a line here and one in task.ts.
 * @example
 *   const model = spikingSSM({ ...recipes.smnist.small, seed: 1 });
 *   await train(model, await tasks.mnist(), recipes.smnist.small.training);
 * Source of scale `paper`: the released configurations of Shen et al. 2024, arXiv 2408.14909.
 */
export const recipes: Readonly<Record<RecipeName, Recipes>> = {
  smnist,
  psmnist,
  listops,
  text,
  image,
  retrieval,
  pathfinder,
  pathx,
  'speech-commands': speechCommands,
  'dvs-gesture': dvsGesture,
  'wikitext-2': wikitext2,
  'wikitext-2-characters': wikitext2Characters,
  'wikitext-103': wikitext103,
};
