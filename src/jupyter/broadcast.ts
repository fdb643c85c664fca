import type { MimeBundle } from './output.js';

/**
 * `globalThis[BROADCAST]` is there while a notebook runs and shows or updates displays of the running cell; its
 * meaning is that of `Deno.jupyter.broadcast`. Code that works in a terminal too draws there when it is missing.
 */
export const BROADCAST: unique symbol = Symbol.for('Jupyter.broadcast') as typeof BROADCAST;

/**
 * `globalThis[CELL_SIGNAL]()` is the AbortSignal of the running cell while a notebook runs, so that long work
 * ends when the user stops the cell.
 */
export const CELL_SIGNAL: unique symbol = Symbol.for('Jupyter.signal') as typeof CELL_SIGNAL;

export interface BroadcastContent {
  data?: MimeBundle;
  metadata?: Record<string, unknown>;
  transient?: { display_id?: string };
  /** Of `clear_output`: clear when the next output comes rather than at once. */
  wait?: boolean;
}

/** @throws TypeError  for a message type that is not one of the three */
export type Broadcast = (
  type: 'display_data' | 'update_display_data' | 'clear_output',
  content: BroadcastContent,
) => Promise<void>;

/** The running notebook's broadcast, if there is one. */
export function currentBroadcast(): Broadcast | undefined {
  return Reflect.get(globalThis, BROADCAST) as Broadcast | undefined;
}
