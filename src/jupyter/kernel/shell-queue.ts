import type { Message } from './wire.js';

/** Requests of the shell channel, one after the other. */
export interface ShellQueue {
  /** A request is being answered. */
  readonly working: boolean;
  add(message: Message): void;
  /** Has the cells that wait now refused rather than run: a front end sent them before it could know of the error. */
  abortCells(): Promise<void>;
}

/** @param refuse  answers a cell that is not to run */
export function shellQueue(
  answer: (message: Message) => Promise<void>,
  refuse: (message: Message) => Promise<void>,
): ShellQueue {
  const waiting: Message[] = [];
  const aborted: Message[] = [];
  let working = false;

  async function work(): Promise<void> {
    if (working) return;
    working = true;
    for (let message = waiting.shift(); message; message = waiting.shift()) {
      await answer(message);
      for (const cell of aborted.splice(0)) await refuse(cell);
    }
    working = false;
  }

  return {
    get working() {
      return working;
    },
    add(message) {
      waiting.push(message);
      void work();
    },
    async abortCells() {
      // Requests that have arrived but are not read yet.
      await new Promise((resolve) => setTimeout(resolve, 5));
      const isCell = ({ header }: Message): boolean => header.msg_type === 'execute_request';
      aborted.push(...waiting.filter(isCell));
      waiting.splice(0, waiting.length, ...waiting.filter((message) => !isCell(message)));
    },
  };
}
