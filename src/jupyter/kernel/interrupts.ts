import type { Killer } from '../interrupt.js';
import type { ToMain } from './thread-messages.js';

/** Interrupts the main thread until it has taken note. */
export interface Interrupts {
  /** @param force  also a cell that would end in its own way */
  interrupt(force: boolean): void;
  /** The main thread has taken note of interrupt `id`. */
  answered(id: number): void;
}

/** How often a thread that does not answer an interrupt is interrupted again, in milliseconds. */
const INSIST = 50;

export function interrupts(killer: Killer, send: (message: ToMain) => void): Interrupts {
  let sent = 0;
  let answered = 0;
  let forced = false;
  let insisting: NodeJS.Timeout | undefined;

  function insist(): void {
    killer.kill(sent, forced);
    send({ type: 'interrupt', id: sent, force: forced });
  }

  return {
    interrupt(force) {
      sent++;
      forced ||= force;
      send({ type: 'interrupt', id: sent, force: forced });
      insisting ??= setInterval(insist, INSIST);
    },
    answered(id) {
      answered = Math.max(answered, id);
      if (answered < sent) return;
      clearInterval(insisting);
      insisting = undefined;
      forced = false;
    },
  };
}
