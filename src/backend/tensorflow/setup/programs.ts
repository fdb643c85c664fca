import { spawn, spawnSync } from 'node:child_process';

/** The first of some commands that runs with these words; undefined where none does. */
export function firstThatRuns(
  commands: readonly (readonly string[])[],
  words: readonly string[],
): { command: readonly string[]; output: string } | undefined {
  for (const command of commands) {
    const [program, ...own] = command;
    const { status, stdout } = spawnSync(program, [...own, ...words], { encoding: 'utf8', timeout: 30_000 });
    if (status === 0) return { command, output: stdout.trim() };
  }
  return undefined;
}

export interface CallResult {
  /** Exit code; null where a signal ended it. */
  status: number | null;
  output: string;
  /** The end of what it wrote to standard error. */
  complaint: string;
}

/**
 * Runs a program to its end.
 * @param show    whether the user sees its output as it comes, such as a progress bar
 * @param signal  ends it
 */
export function call(
  command: readonly string[],
  words: readonly string[],
  { show = false, signal }: { show?: boolean; signal?: AbortSignal } = {},
): Promise<CallResult> {
  const [program, ...own] = command;
  return new Promise((resolve, reject) => {
    const child = spawn(program, [...own, ...words], {
      stdio: ['ignore', show ? 'inherit' : 'pipe', 'pipe'],
      signal,
    });
    let [output, complaint] = ['', ''];
    child.stdout?.on('data', (chunk) => {
      output += chunk;
    });
    child.stderr?.on('data', (chunk) => {
      complaint = (complaint + chunk).slice(-10_000);
    });
    child.on('error', reject);
    child.on('close', (status) => resolve({ status, output, complaint }));
  });
}
