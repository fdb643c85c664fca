import * as tasks from '../tasks/index.js';
import type { Task } from '../tasks/task.js';
import type { RecipeName } from './index.js';

/**
 * The data of each recipe; options are those of the task's own function. What takes time to make or read is
 * prepared on a second thread. To add one: a line here.
 */
export const recipeTasks: Readonly<Record<RecipeName, (options: Record<string, unknown>) => Promise<Task>>> =
  {
    smnist: (options) => tasks.mnist({ permute: false, ...options }),
    psmnist: (options) => tasks.mnist({ permute: true, ...options }),
    listops: tasks.listops,
    text: tasks.text,
    image: tasks.image,
    retrieval: tasks.retrieval,
    pathfinder: (options) => tasks.inBackground('pathfinder', options),
    pathx: (options) => tasks.inBackground('pathx', options),
    'speech-commands': (options) => tasks.inBackground('speechCommands', options),
    'dvs-gesture': tasks.dvsGesture,
    'wikitext-2': (options) => tasks.wikitext({ version: 2, ...options }),
    'wikitext-2-characters': (options) => tasks.wikitext({ version: 2, unit: 'characters', ...options }),
    'wikitext-103': (options) => tasks.wikitext({ version: 103, ...options }),
  };
