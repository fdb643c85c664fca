import type { History } from './history.js';
import type { Content, MainThread } from './main-thread.js';
import type { Publisher } from './publisher.js';
import { type Message, textOf } from './wire.js';

/** Answers execute_requests, and knows the cell that runs. */
export interface Execution {
  execute(message: Message): Promise<Content>;
  /** The text of a result of request `id`, for the history. */
  result(id: number, text: string): void;
  /** The running cell's request, if its number is `id`. */
  request(id: number): Message | undefined;
  /** Notes that the user wants the cell to end; returns whether by force: the second time, or where nothing runs. */
  stop(): boolean;
}

interface Running {
  id: number;
  message: Message;
  count: number;
  /** Kept in the history. */
  stored: boolean;
  /** How often the user has asked for its end. */
  stops: number;
}

export function execution(main: MainThread, iopub: Publisher, history: History): Execution {
  let executionCount = 0;
  let running: Running | undefined;

  return {
    async execute(message) {
      const { content, header } = message;
      const code = textOf(content, 'code');
      const silent = content.silent === true;
      const stored = !silent && content.store_history !== false;
      if (code.trim() === '') {
        return { status: 'ok', execution_count: executionCount, payload: [], user_expressions: {} };
      }
      const count = stored ? ++executionCount : executionCount;
      const allowStdin = content.allow_stdin === true;
      const userExpressions = (content.user_expressions ?? {}) as Record<string, string>;
      const reply = main.ask(header, (id) => {
        running = { id, message, count, stored, stops: 0 };
        return { type: 'execute', id, code, count, silent, allowStdin, userExpressions };
      });
      // While the main thread compiles, not before; its outputs come later all the same.
      if (!silent) iopub.publish(header, 'execute_input', JSON.stringify({ code, execution_count: count }));
      if (stored) history.add(count, code);
      try {
        return await reply;
      } finally {
        running = undefined;
      }
    },
    result(id, text) {
      if (running?.id === id && running.stored) history.addOutput(running.count, text);
    },
    request: (id) => (running?.id === id ? running.message : undefined),
    stop: () => (running ? running.stops++ > 0 : true),
  };
}
