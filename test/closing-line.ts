import { appendFileSync, existsSync, readFileSync } from 'node:fs';
import type { Reporter, TestModule } from 'vitest/node';

/**
 * Prints `N passed, N failed[, N skipped]` alone on the last line, for scripts that read a test run. With TEST_COUNTS set
 * to a file's path, runs one after the other add up there, and the line of the last is the sum of all.
 */
export default class ClosingLine implements Reporter {
  onTestRunEnd(modules: readonly TestModule[]): void {
    const counts = { passed: 0, failed: 0, skipped: 0, pending: 0 };
    for (const module of modules) {
      for (const test of module.children.allTests()) counts[test.result().state] += 1;
      if (module.errors().length > 0) counts.failed += 1;
    }
    const { passed, failed, skipped } = withEarlierRuns({
      passed: counts.passed,
      failed: counts.failed,
      skipped: counts.skipped + counts.pending,
    });
    process.on('exit', () => {
      console.log(`${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`);
    });
  }
}

interface Counts {
  passed: number;
  failed: number;
  skipped: number;
}

function withEarlierRuns(counts: Counts): Counts {
  const path = process.env.TEST_COUNTS;
  if (!path) return counts;
  const lines = existsSync(path) ? readFileSync(path, 'utf8').split('\n').filter(Boolean) : [];
  appendFileSync(path, `${JSON.stringify(counts)}\n`);
  const all = [...lines.map((line) => JSON.parse(line) as Counts), counts];
  const sum = (key: keyof Counts): number => all.reduce((total, one) => total + one[key], 0);
  return { passed: sum('passed'), failed: sum('failed'), skipped: sum('skipped') };
}
