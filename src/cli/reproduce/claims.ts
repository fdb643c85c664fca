import { REPRODUCTION, type ReproductionData } from '../../analysis/reproduction.js';
import { PLOTLY } from '../../jupyter/html-output.js';
import { type CodeCell, readNotebook, type SavedOutput } from '../../jupyter/notebook.js';

/** One table or figure of the paper, as a notebook's outputs hold it. */
export interface Claim {
  data: ReproductionData;
  /** Path of the notebook. */
  notebook: string;
  /** Its table as HTML. */
  html: string;
  /** The last picture that the notebook shows before it; undefined where there is none. */
  picture?: SavedOutput;
}

/** What a notebook's outputs say of the paper: what `reproduction` returned there. */
export function claimsOf(path: string): Claim[] {
  const cells = readNotebook(path).cells.filter((cell): cell is CodeCell => cell.cell_type === 'code');
  const claims: Claim[] = [];
  let picture: SavedOutput | undefined;
  for (const output of cells.flatMap(({ outputs }) => outputs)) {
    if (!('data' in output)) continue;
    if (PLOTLY in output.data) picture = output;
    const data = output.data[REPRODUCTION] as ReproductionData | undefined;
    if (data) claims.push({ data, notebook: path, html: String(output.data['text/html']), picture });
  }
  return claims;
}

/**
 * Those with the given ids, or all.
 * @throws RangeError  `reproduce: no table or figure "table-9" (there are: table-1, table-2)`
 */
export function chosenClaims(known: readonly Claim[], ids: readonly string[]): Claim[] {
  if (ids.length === 0) return [...known];
  return ids.map((id) => {
    const claim = known.find(({ data }) => data.id === id);
    if (claim) return claim;
    const names = known.map(({ data }) => data.id).join(', ') || 'none; run the notebooks once';
    throw new RangeError(`reproduce: no table or figure "${id}" (there are: ${names})`);
  });
}
