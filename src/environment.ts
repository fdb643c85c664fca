import { suggestionsFor } from './suggestion.js';

/** The variables that are read. What their values may be stands where they are read. */
const VARIABLES = [
  'SPIKINGSSM_ADDON',
  'SPIKINGSSM_BACKEND',
  'SPIKINGSSM_BENCH_PYTHON',
  'SPIKINGSSM_DATA',
  'SPIKINGSSM_DEBUG',
  'SPIKINGSSM_ISA',
  'SPIKINGSSM_RUNS',
  'SPIKINGSSM_SCALE',
  'SPIKINGSSM_TENSORFLOW',
] as const;

/** What they begin with, and what it is mistaken for. */
const OURS = /^SPIKING_?SSM_?/i;

let looked = false;

/**
 * A variable of the environment; undefined where it is empty. The first time, those are named on the error output that look
 * like ours and are read by nothing.
 */
export function environment(name: (typeof VARIABLES)[number]): string | undefined {
  if (!looked) for (const line of unknownVariables(process.env)) process.stderr.write(`${line}\n`);
  looked = true;
  return process.env[name] || undefined;
}

/** A line for each variable that begins like ours, or nearly, and is none. */
export function unknownVariables(given: NodeJS.ProcessEnv): string[] {
  const known: readonly string[] = VARIABLES;
  return Object.keys(given)
    .filter((name) => !known.includes(name) && OURS.test(name))
    .map((name) => {
      const near = suggestionsFor(
        name.replace(OURS, ''),
        known.map((one) => one.replace(OURS, '')),
      )[0];
      const hint = near ? `did you mean SPIKINGSSM_${near}? ` : '';
      return `spikingssm: the variable ${name} is read by nothing (${hint}known: ${known.join(', ')})`;
    });
}
