import { type Prepared, summary, type Times, type Turn, timed } from '../../analysis/measure.js';
import type { Peer } from './peer.js';
import type { Contestant, SuiteCase } from './plan.js';

export interface Entry extends Times {
  side: 'ours' | 'peer';
  label: string;
  /** How many times as long the first peer takes, by medians, minima and processor time; null without and for peers. */
  ratio: number | null;
  ratioOfMinima: number | null;
  ratioOfCpu: number | null;
  nanosecondsPerToken: number | null;
}

export interface CaseResult {
  name: string;
  entries: Entry[];
  /** Contestants that could not be timed, and why. */
  problems: Record<string, string>;
}

/** Least time that a contestant is given in a round. */
const TURN_MS = 200;
/** From here on one run is warm-up enough, and half the rounds must do. */
const SLOW_MS = 2000;

interface Runner {
  contestant: Contestant;
  turns: Turn[];
  lastMs: number;
  run(count: number): Promise<Turn>;
  end(): void;
}

/** Times the contestants of a case in turn: each warmed up, then one after the other in every round. */
export async function runRounds(one: SuiteCase, peer: Peer | undefined, rounds: number): Promise<CaseResult> {
  const problems: Record<string, string> = {};
  const runners: Runner[] = [];
  for (const contestant of one.contestants) {
    if (contestant.side === 'peer' && !peer) continue;
    try {
      const runner = contestant.side === 'ours' ? here(contestant) : await there(contestant, peer as Peer);
      for (let i = 0; i === 0 || (i === 1 && runner.lastMs < SLOW_MS); i++) {
        [runner.lastMs] = (await runner.run(1)).times;
      }
      runners.push(runner);
    } catch (error) {
      problems[contestant.label] = error instanceof Error ? error.message : String(error);
    }
  }
  const slow = runners.some(({ lastMs }) => lastMs > SLOW_MS);
  for (let round = 0; round < (slow ? Math.ceil(rounds / 2) : rounds); round++) {
    for (const runner of runners) {
      const turn = await runner.run(Math.min(1000, Math.ceil(TURN_MS / runner.lastMs)));
      runner.lastMs = Math.min(...turn.times);
      runner.turns.push(turn);
    }
  }
  for (const runner of runners) runner.end();
  await peer?.ask({ clear: true });
  const against = runners.find(({ contestant }) => contestant.side === 'peer');
  const reference = against && summary(against.turns);
  const entries = runners.map(({ contestant: { side, label }, turns }): Entry => {
    const own = summary(turns);
    const compared = side === 'ours' ? reference : undefined;
    return {
      side,
      label,
      ...own,
      ratio: compared ? compared.medianMs / own.medianMs : null,
      ratioOfMinima: compared ? compared.minMs / own.minMs : null,
      ratioOfCpu: compared ? compared.cpuMs / own.cpuMs : null,
      nanosecondsPerToken: one.tokens === null ? null : (1e6 * own.minMs) / one.tokens,
    };
  });
  return { name: one.name, entries, problems };
}

function here(contestant: Contestant & { side: 'ours' }): Runner {
  const work: Prepared = contestant.prepare();
  return {
    contestant,
    turns: [],
    lastMs: 0,
    run: async (count) => timed(work, (done) => done < count),
    end: () => work.dispose(),
  };
}

async function there(contestant: Contestant & { side: 'peer' }, peer: Peer): Promise<Runner> {
  const { label, request } = contestant;
  const { error } = await peer.ask({ ...request, as: label });
  if (error) throw new Error(error);
  return {
    contestant,
    turns: [],
    lastMs: 0,
    run: async (count) => {
      const { error, ms, cpuMs } = await peer.ask({ run: count, of: label });
      if (!ms || cpuMs === undefined) throw new Error(error);
      return { times: ms, cpuMs };
    },
    end: () => {},
  };
}

/** `case: label median 1.2 ms, min 1.1, max 2.0, 12 runs, 30.1x` a line each. */
export function resultLines({ name, entries, problems }: CaseResult): string[] {
  const figure = (value: number): string => value.toPrecision(4);
  return [
    name,
    ...entries.map((entry) =>
      [
        `  ${entry.label.padEnd(20)}`,
        `median ${figure(entry.medianMs).padStart(9)} ms`,
        `min ${figure(entry.minMs).padStart(9)}`,
        `max ${figure(entry.maxMs).padStart(9)}`,
        `${String(entry.runs).padStart(5)} runs`,
        `cpu ${figure(entry.cpuMs).padStart(9)}`,
        ...ratiosOf(entry),
        ...(entry.nanosecondsPerToken === null ? [] : [`${figure(entry.nanosecondsPerToken)} ns a token`]),
      ].join('  '),
    ),
    ...Object.entries(problems).map(([label, problem]) => `  ${label}: ${problem}`),
  ];
}

function ratiosOf({ ratio, ratioOfMinima, ratioOfCpu }: Entry): string[] {
  if (ratio === null || ratioOfMinima === null || ratioOfCpu === null) return [];
  const figure = (value: number): string => `${value.toPrecision(3)}x`;
  return [`${figure(ratio)} (minima ${figure(ratioOfMinima)}, cpu ${figure(ratioOfCpu)})`];
}
