import type { Command } from 'commander';

export function addCurve(program: Command): void {
  program
    .command('curve')
    .description('Put runs of one recipe together as the curve that later runs are held against')
    .argument(
      '<runs...>',
      'folders of runs that differ in nothing but their seed, or records of them (data/results/NAME.json)',
    )
    .requiredOption('--out <file>', 'data/curves/TASK-SCALE.json for the one that spikingssm train looks at')
    .addHelpText(
      'after',
      '\nExample:\n  spikingssm curve runs/smnist-small-seed1 runs/smnist-small-seed2 runs/smnist-small-seed3 --out data/curves/smnist-small.json',
    )
    .action(async (runs: string[], { out }: { out: string }) => {
      const { curveOf } = await import('../train/curve.js');
      const { curveRun } = await import('../train/curve-run.js');
      const { writeWhole } = await import('../files/write-whole.js');
      const curve = curveOf(runs.map(curveRun));
      writeWhole(out, [`${JSON.stringify(curve, undefined, 2)}\n`]);
      const points = curve.runs.map(({ seed, points: all }) => `seed ${seed}: ${all.length} evaluations`);
      console.log(`Wrote ${out}: ${points.join(', ')}`);
    });
}
