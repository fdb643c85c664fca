import { AsyncResource } from 'node:async_hooks';
import { randomUUID } from 'node:crypto';

/** A two-way channel between the notebook's code and code in the front end, such as a widget's. */
export interface Comm {
  readonly id: string;
  readonly target: string;
  /** @param data  JSON data; bytes go in `buffers` */
  send(data: unknown, buffers?: readonly Uint8Array[]): void;
  close(data?: unknown): void;
  /** Set it to receive what the front end sends. */
  onMessage?: (data: unknown, buffers: Uint8Array[]) => void;
  /** Set it to hear when the front end closes the channel. */
  onClose?: (data: unknown) => void;
}

/** What the kernel offers at `globalThis[COMMS]`. */
export interface CommHost {
  register(target: string, onOpen: (comm: Comm, data: unknown) => void): void;
  open(target: string, data: unknown): Comm;
}

export const COMMS: unique symbol = Symbol.for('Jupyter.comms') as typeof COMMS;

/** Accepts channels that the front end opens to `target`. @throws Error outside Jupyter */
export function registerComm(target: string, onOpen: (comm: Comm, data: unknown) => void): void {
  commHost('registerComm').register(target, onOpen);
}

/** Opens a channel to the front end's `target`. @throws Error outside Jupyter */
export function openComm(target: string, data: unknown = {}): Comm {
  return commHost('openComm').open(target, data);
}

function commHost(caller: string): CommHost {
  const host = Reflect.get(globalThis, COMMS) as CommHost | undefined;
  if (!host) throw new Error(`${caller}: there is no front end here (open the notebook in Jupyter)`);
  return host;
}

export type CommAction = 'comm_open' | 'comm_msg' | 'comm_close';

export interface CommTable extends CommHost {
  /** A message from the front end. */
  receive(action: CommAction, content: Record<string, unknown>, buffers: Uint8Array[]): void;
}

/** Keeps the open channels. @param post  sends to the front end */
export function commTable(
  post: (action: CommAction, content: Record<string, unknown>, buffers: Uint8Array[]) => void,
): CommTable {
  const targets = new Map<string, { accept: (comm: Comm, data: unknown) => void; scope: AsyncResource }>();
  const open = new Map<string, { comm: Comm; scope: AsyncResource }>();

  function channel(id: string, target: string, scope: AsyncResource): Comm {
    const comm: Comm = {
      id,
      target,
      send: (data, buffers = []) => {
        if (!open.has(id)) throw new Error(`comm: ${target} is closed`);
        post('comm_msg', { comm_id: id, data: plain(data) }, [...buffers]);
      },
      close: (data = {}) => {
        if (open.delete(id)) post('comm_close', { comm_id: id, data: plain(data) }, []);
      },
    };
    open.set(id, { comm, scope });
    return comm;
  }

  return {
    register: (target, accept) => void targets.set(target, { accept, scope: new AsyncResource('comm') }),
    open: (target, data) => {
      const comm = channel(randomUUID(), target, new AsyncResource('comm'));
      post('comm_open', { comm_id: comm.id, target_name: target, data: plain(data) }, []);
      return comm;
    },
    receive(action, content, buffers) {
      const id = String(content.comm_id);
      const known = open.get(id);
      if (action === 'comm_msg') handle(known?.scope, () => known?.comm.onMessage?.(content.data, buffers));
      else if (action === 'comm_close') {
        open.delete(id);
        handle(known?.scope, () => known?.comm.onClose?.(content.data));
      } else {
        const target = String(content.target_name);
        const registered = targets.get(target);
        // The protocol's answer to a target that nobody has registered.
        if (!registered) return post('comm_close', { comm_id: id, data: {} }, []);
        const { accept, scope } = registered;
        const comm = channel(id, target, scope);
        handle(scope, () => accept(comm, content.data));
      }
    },
  };
}

/** Runs a handler as a part of the cell that has set it, where its outputs and errors show. */
function handle(scope: AsyncResource | undefined, handler: () => void): void {
  scope?.runInAsyncScope(() => {
    try {
      handler();
    } catch (error) {
      console.error(error);
    }
  });
}

/** What JSON makes of it, so that a mistake is the sender's error. */
function plain(data: unknown): unknown {
  return JSON.parse(JSON.stringify(data ?? {}));
}
