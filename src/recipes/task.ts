import { mnist } from '../tasks/index.js';
import type { Task } from '../tasks/task.js';
import type { recipes } from './index.js';

/** The name of a task that has recipes. */
export type RecipeName = keyof typeof recipes;

/** The data of each recipe; options are those of the task's own function. To add one: a line here. */
export const recipeTasks: Readonly<Record<RecipeName, (options: Record<string, unknown>) => Promise<Task>>> =
  {
    smnist: (options) => mnist({ ...options, permute: false }),
    psmnist: (options) => mnist({ ...options, permute: true }),
  };
