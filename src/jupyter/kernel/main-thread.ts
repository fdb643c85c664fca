import type { ToMain } from './thread-messages.js';
import type { Header } from './wire.js';

export type Content = Record<string, unknown>;

/** Requests that the main thread answers, as the protocol thread sees them. */
export interface MainThread {
  /** Has the main thread answer a request, whose outputs meanwhile belong to the request's header. */
  ask(header: Header, make: (id: number) => ToMain): Promise<Content>;
  /** Takes the main thread's answer. */
  answered(id: number, content: Content): void;
  /** Header of request `id`; without one, of the latest. */
  parent(id?: number): Partial<Header>;
}

/** Requests of which late output still finds its way home. */
const REMEMBERED = 10_000;

export function mainThread(send: (message: ToMain) => void): MainThread {
  const parents = new Map<number, Header>();
  const answers = new Map<number, (content: Content) => void>();
  let latest = 0;
  return {
    ask(header, make) {
      const id = ++latest;
      parents.set(id, header);
      parents.delete(id - REMEMBERED);
      return new Promise((resolve) => {
        answers.set(id, resolve);
        send(make(id));
      });
    },
    answered(id, content) {
      answers.get(id)?.(content);
      answers.delete(id);
    },
    parent: (id = latest) => parents.get(id) ?? {},
  };
}
