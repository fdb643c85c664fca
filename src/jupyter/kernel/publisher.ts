import type { Sockets } from './sockets.js';
import type { Header } from './wire.js';

/** Printed text is sent in pieces of about this many characters, or after this many milliseconds. */
const PIECE = 256 * 1024;
const DELAY = 20;

export interface Publisher {
  /** Sends printed text, joined with what the same request printed just before. */
  print(parent: Partial<Header>, name: string, text: string): void;
  /** Sends any other message, after all that was printed. @param content  JSON text */
  publish(parent: Partial<Header>, type: string, content: string, buffers?: Uint8Array[]): void;
  /** Sends what waits. */
  flush(): void;
}

/** Orders and joins what goes out on iopub: front ends limit how many messages a second they take. */
export function publisher(sockets: Sockets): Publisher {
  let parent: Partial<Header> = {};
  let name = '';
  let texts: string[] = [];
  let length = 0;
  let timer: NodeJS.Timeout | undefined;

  function flush(): void {
    clearTimeout(timer);
    timer = undefined;
    if (texts.length === 0) return;
    const content = JSON.stringify({ name, text: texts.join('') });
    texts = [];
    length = 0;
    void sockets.publish({ type: 'stream', parent, content });
  }

  return {
    flush,
    print(from, to, text) {
      if (from !== parent || to !== name) flush();
      parent = from;
      name = to;
      texts.push(text);
      length += text.length;
      if (length >= PIECE) flush();
      else timer ??= setTimeout(flush, DELAY);
    },
    publish(from, type, content, buffers) {
      flush();
      void sockets.publish({ type, parent: from, content, buffers });
    },
  };
}
