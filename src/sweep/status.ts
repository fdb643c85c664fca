import { randomUUID } from 'node:crypto';

/** Sends a message of the Jupyter protocol to the notebook's reader; the kernel puts it under this symbol. */
type Broadcast = (
  messageType: 'display_data' | 'update_display_data',
  content: { data: Record<string, unknown>; metadata: object; transient: { display_id: string } },
) => Promise<void>;

/** Shows a line of text in place of the one before; `last` where none follows. */
export type Status = (text: string, last?: boolean) => Promise<void>;

/** Milliseconds between two updates. */
const DISPLAY_INTERVAL = 200;
const LINE_INTERVAL = 10_000;

/** One line that says how work is going: in a notebook a display updated in place, elsewhere a line every ten seconds. */
export function status(): Status {
  const broadcast = Reflect.get(globalThis, Symbol.for('Jupyter.broadcast')) as Broadcast | undefined;
  const interval = broadcast ? DISPLAY_INTERVAL : LINE_INTERVAL;
  const transient = { display_id: randomUUID() };
  let shown = Number.NEGATIVE_INFINITY;
  return async (text, last = false) => {
    const now = performance.now();
    if (!last && now - shown < interval) return;
    if (broadcast) {
      const type = shown === Number.NEGATIVE_INFINITY ? 'display_data' : 'update_display_data';
      shown = now;
      await broadcast(type, { data: { 'text/plain': text }, metadata: {}, transient });
    } else {
      shown = now;
      process.stderr.write(`${text}\n`);
    }
  };
}
