import { readFileSync } from 'node:fs';

/**
 * The most memory that this process ever had resident, in KiB. Where the system tells it, not from getrusage: that
 * begins with what the parent had when it started this process.
 */
export function peakKiB(): number {
  let status = '';
  try {
    status = readFileSync('/proc/self/status', 'utf8');
  } catch {
    // Not on Linux.
  }
  const peak = /^VmHWM:\s*(\d+) kB$/m.exec(status);
  return peak ? Number(peak[1]) : process.resourceUsage().maxRSS;
}
