import { table } from 'arquero';
import type { ColumnTable } from '../column-table.js';
import { origin } from '../provenance.js';

/**
 * Where a notebook's numbers come from, one fact a row: package and commit, device, machine, date, and what the
 * caller adds.
 * @param facts  more rows, such as `{ seed: 1, scale: 'tiny' }`
 * @example provenance({ seed: 1, minutes: run.seconds / 60 })
 */
export function provenance(facts: Readonly<Record<string, string | number>> = {}): ColumnTable {
  const { version, commit, backend, tfjs, machine, date } = origin();
  const rows: Record<string, string> = {
    package: `spikingssm ${version}, commit ${commit ?? 'unknown'}`,
    backend: `${backend} (tfjs ${tfjs})`,
    machine,
    date,
    ...Object.fromEntries(Object.entries(facts).map(([name, value]) => [name, String(value)])),
  };
  return table({ what: Object.keys(rows), value: Object.values(rows) });
}
