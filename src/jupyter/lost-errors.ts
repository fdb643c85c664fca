import { Stopped } from './cell-runner.js';
import { describeThrown, type Locate } from './traceback.js';

/**
 * Has the process keep stacks that reach a cell's own line, and print errors that nobody catches, in terms of the
 * user's code, rather than end.
 * @returns undoes it
 */
export function reportErrors(locate: Locate): () => void {
  const { stackTraceLimit, prepareStackTrace } = Error;
  // The cell's own line is often further down than the ten calls that Node keeps.
  Error.stackTraceLimit = 60;
  // V8's own text names cells; what tools put in its place (test runners, source-map-support) may not.
  Reflect.deleteProperty(Error, 'prepareStackTrace');
  const onLost = (reason: unknown): void => {
    if (reason instanceof Stopped) return;
    process.stderr.write(`${describeThrown(reason, undefined, locate).traceback.join('\n')}\n`);
  };
  process.on('unhandledRejection', onLost);
  process.on('uncaughtException', onLost);
  return () => {
    process.off('unhandledRejection', onLost);
    process.off('uncaughtException', onLost);
    Object.assign(Error, { stackTraceLimit, prepareStackTrace });
  };
}
