import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { readTestReport } from '../../src/analysis/test-report.js';
import { folderName, settingsOf, withFittingWarmup } from '../../src/cli/train/settings.js';
import { spikingSSMConfig } from '../../src/layers/config.js';
import { lif } from '../../src/neurons/index.js';
import { type Recipe, recipes } from '../../src/recipes/index.js';
import { readRun } from '../../src/train/read-run.js';

const program = join(import.meta.dirname, '..', '..', 'dist', 'cli', 'main.js');
let folder = '';
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'train-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

interface Command {
  child: ChildProcess;
  stderr(): string;
  ended: Promise<{ code: number | null; signal: string | null }>;
}

function spikingssm(...args: string[]): Command {
  const env = { ...process.env, SPIKINGSSM_BACKEND: 'cpu' };
  const child = spawn(process.execPath, [program, ...args], { cwd: folder, env });
  let text = '';
  child.stderr.on('data', (chunk) => {
    text += chunk;
  });
  const ended = new Promise<{ code: number | null; signal: string | null }>((done) =>
    child.on('close', (code, signal) => done({ code, signal })),
  );
  return { child, stderr: () => text, ended };
}

function training(...args: string[]): Command {
  return spikingssm('train', ...args);
}

/** Waits until something is so; fails with the command's own words if it ends before. */
async function until({ child, stderr }: Command, happened: () => boolean): Promise<void> {
  while (!happened()) {
    if (child.exitCode !== null || child.signalCode !== null) throw new Error(`it ended: ${stderr()}`);
    await sleep(10);
  }
}

const set = (...pairs: string[]) => pairs.flatMap((pair) => ['--set', pair]);
const small = set('H=4', 'N=2', 'layers=1', 'task.trainExamples=40', 'task.validationExamples=4');
const short = set(
  'training.batch=2',
  'training.warmup=1',
  'training.validationExamples=4',
  'task.testExamples=30',
);

describe('spikingssm train', () => {
  test('trains, keeps the run, and evaluates its best model', async () => {
    const run = training(
      'smnist',
      '--scale',
      'tiny',
      ...small,
      ...short,
      ...set('training.steps=4', 'training.evaluate=2'),
      '--folder',
      'whole',
    );
    expect(await run.ended, run.stderr()).toEqual({ code: 0, signal: null });
    expect(run.stderr()).toMatch(
      /^Training smnist at scale tiny, seed 1, on cpu \(SPIKINGSSM_BACKEND names it\), in whole\n/,
    );
    expect(run.stderr()).toMatch(/step 4\/4 · .* spikes .* tokens\/s · done after/);
    const path = join(folder, 'whole');
    const { config, end } = readRun(path);
    expect(end).toBe('done');
    expect(config.model).toMatchObject({ H: 4, N: 2, layers: 1, seed: 1 });
    expect(config.training).toMatchObject({ batch: 2, steps: 4, seed: 1 });
    const report = readTestReport(path)!;
    expect(report).toMatchObject({ examples: 30 });
    expect([2, 4]).toContain(report.step);
    expect(run.stderr()).toContain(
      `Test accuracy ${(100 * (report.accuracy as number)).toFixed(2)} % of 30 examples`,
    );
    const again = training(
      'smnist',
      '--scale',
      'tiny',
      ...small,
      ...short,
      ...set('training.steps=4', 'training.evaluate=2'),
      '--folder',
      'whole',
    );
    expect((await again.ended).code).toBe(1);
    expect(again.stderr()).toMatch(/spikingssm: train: whole holds a run already/);

    const results = (...more: string[]): Command =>
      spikingssm('results', ...more, '--records', 'kept', '--out', 'RESULTS.md');
    const kept = results('whole');
    expect(await kept.ended, kept.stderr()).toEqual({ code: 0, signal: null });
    expect(readdirSync(join(folder, 'kept'))).toEqual(['smnist.svg', 'whole.json']);
    const page = readFileSync(join(folder, 'RESULTS.md'), 'utf8');
    expect(page).toContain(
      `| smnist | 1 x 4, N 2, LIF | ${(100 * (report.accuracy as number)).toFixed(2)} % |`,
    );
    expect(page).toContain('(kept/smnist.svg)');
    // The record is enough: the page comes out the same without the run.
    rmSync(path, { recursive: true });
    const without = results();
    expect(await without.ended, without.stderr()).toEqual({ code: 0, signal: null });
    expect(readFileSync(join(folder, 'RESULTS.md'), 'utf8')).toBe(page);
  });

  test('Ctrl-C saves and ends; --resume goes on from there', async () => {
    const args = [
      'smnist',
      '--scale',
      'tiny',
      ...small,
      ...short,
      ...set('training.steps=100000', 'training.evaluate=1000'),
      '--folder',
      'stopped',
    ];
    const path = join(folder, 'stopped');
    const first = training(...args);
    await until(first, () => existsSync(join(path, 'config.json')));
    first.child.kill('SIGINT');
    expect(await first.ended, first.stderr()).toEqual({ code: 130, signal: null });
    expect(first.stderr()).toMatch(
      /Saving and ending after this step[\s\S]*Saved after step \d+ in stopped; the same command with --resume goes on\.\n$/,
    );
    const before = readRun(path);
    expect(before.end).toBe('aborted');
    const second = training(...args, '--resume');
    await until(second, () => readRun(path).config.sessions.length === 2);
    second.child.kill('SIGINT');
    expect((await second.ended).code).toBe(130);
    expect(readRun(path).config.sessions[1].step).toBe(before.steps.length);
    expect(readRun(path).steps.slice(0, before.steps.length)).toEqual(before.steps);
  });

  test.each([
    ['SIGTERM', 143],
    ['SIGHUP', 129],
  ] as const)(
    '%s saves and ends with %i; a second command is refused while the first is at it',
    async (signal, code) => {
      const name = `asked-${signal}`;
      const args = [
        'smnist',
        '--scale',
        'tiny',
        ...small,
        ...short,
        ...set('training.steps=100000', 'training.evaluate=1000'),
        '--folder',
        name,
      ];
      const first = training(...args);
      await until(first, () => existsSync(join(folder, name, 'config.json')));
      const second = training(...args, '--resume');
      expect((await second.ended).code).toBe(1);
      expect(second.stderr()).toMatch(
        new RegExp(
          `spikingssm: train: ${name}: process ${first.child.pid} is at this already .*or take another folder\n$`,
        ),
      );
      first.child.kill(signal);
      expect(await first.ended, first.stderr()).toEqual({ code, signal: null });
      expect(first.stderr()).toMatch(/Saved after step \d+ in /);
      expect(readRun(join(folder, name)).end).toBe('aborted');
      expect(readdirSync(join(folder, name))).not.toContain('run.lock');
    },
  );

  test('a second Ctrl-C ends at once, in the middle of a step', async () => {
    // Hundreds of long sequences in plain loops: the step would take minutes.
    const path = join(folder, 'hurried');
    const run = training(
      'smnist',
      '--scale',
      'small',
      ...set(
        'training.batch=2000',
        'training.evaluate=false',
        'training.warmup=1',
        'training.validationExamples=10',
      ),
      '--folder',
      'hurried',
    );
    await until(run, () => existsSync(join(path, 'config.json')));
    run.child.kill('SIGINT');
    await until(run, () => run.stderr().includes('Ctrl-C again ends at once'));
    run.child.kill('SIGINT');
    expect(await run.ended).toEqual({ code: null, signal: 'SIGKILL' });
    expect(existsSync(join(path, 'metrics.jsonl'))).toBe(false);
  });

  test.each([
    [['mnist'], /^spikingssm: train: unknown task "mnist" \(did you mean "smnist" or "psmnist"\?/],
    [['smnist', '--scale', 'huge'], /^spikingssm: train: unknown scale "huge" \(known: tiny, small, paper\)/],
    [
      ['wikitext'],
      /unknown task "wikitext" \(did you mean "wikitext-2", "wikitext-2-characters" or "wikitext-103"\?/,
    ],
    [
      ['smnist', '--seed', '-1'],
      /error: option '--seed <number>' argument '-1' is invalid. It must be a whole number of/,
    ],
    [['smnist', '--seed', '1.5'], /argument '1.5' is invalid/],
    [['smnist', '--seed', '1e20'], /argument '1e20' is invalid/],
    [
      ['smnist', '--set', 'steps=3'],
      /^spikingssm: train: --set: unknown option "steps" \(did you mean "training.steps"\?/,
    ],
    [
      ['smnist', '--set', 'lr=3'],
      /^spikingssm: train: --set: unknown option "lr" \(did you mean "training.learningRate"\?/,
    ],
    [
      ['smnist', '--set', 'trainng.steps=3'],
      /^spikingssm: train: --set: unknown option "trainng" \(did you mean "training"\?/,
    ],
    [
      ['smnist', '--set', 'training.lr=3'],
      /^spikingssm: train: --set: unknown option of training "lr" \(did you mean "learningRate"\?/,
    ],
    [['smnist', '--set', 'neuron.tua=0.5'], /^spikingssm: lif: unknown option "tua" \(did you mean "tau"\?/],
    [['smnist', '--set', 'neuron.tau=2'], /^spikingssm: lif: tau must be in \(0, 1\), got 2/],
    [
      ['smnist', '--set', 'norm=btch'],
      /^spikingssm: spikingSSM: unknown norm "btch" \(did you mean "batch"\?/,
    ],
    [['smnist', '--set', 'H'], /^spikingssm: train: --set takes key=value, got "H"/],
  ])('%j fails with one clear line', async (args, message) => {
    const run = training(...args);
    expect((await run.ended).code).toBe(1);
    expect(run.stderr()).toMatch(message);
    expect(readdirSync(folder)).not.toContain('runs');
  });
});

test('--set reaches model, training and task, and takes the place of what it changes', () => {
  const { model, training, task } = settingsOf(recipes.smnist.small, [
    'neuron=gelu',
    'norm.kind=layer',
    'training.steps=7',
    'training.evaluate=false',
    'task.trainExamples=10',
    'training.batch=4',
  ]);
  expect(model).toMatchObject({ neuron: 'gelu', norm: { placement: 'pre', kind: 'layer' }, H: 64 });
  expect(training).toMatchObject({ steps: 7, batch: 4, evaluate: false });
  expect(training).not.toHaveProperty('epochs');
  expect(task).toEqual({ trainExamples: 10 });
  expect(recipes.smnist.small.norm).toEqual({ placement: 'pre', kind: 'batch' });
  expect(model).not.toHaveProperty('training');
  expect(() => settingsOf(recipes.smnist.small, ['=3'])).toThrow('--set takes key=value, got "=3"');
});

test('--set takes a neuron by name and changes its own options, in whatever order', () => {
  const modelOf = (...pairs: string[]) =>
    spikingSSMConfig(settingsOf(recipes.smnist.tiny, pairs).model).config;
  expect(modelOf('neuron=lif')).toEqual(modelOf());
  expect(modelOf('neuron.tau=0.5').neuron).toEqual(lif({ tau: 0.5 }).config);
  const sltt = lif({ tau: 0.5, gradient: 'sltt' }).config;
  expect(modelOf('neuron=sltt', 'neuron.tau=0.5').neuron).toEqual(sltt);
  expect(modelOf('neuron.tau=0.5', 'neuron=sltt').neuron).toEqual(sltt);
  expect(modelOf('neuron={"kind":"lif","tau":0.25}', 'neuron.reset=soft').neuron).toEqual(
    lif({ tau: 0.25, reset: 'soft' }).config,
  );
  expect(() => modelOf('neuron=gelu', 'neuron.tau=0.5')).toThrow('gelu: unknown option "tau"');
});

test('--set norm=KIND puts a norm before each block; a kind that stands nowhere is refused', () => {
  const normOf = (recipe: Recipe, ...pairs: string[]) =>
    spikingSSMConfig(settingsOf(recipe, pairs).model).config.norm;
  const { smnist } = recipes;
  expect(normOf(smnist.paper)).toMatchObject({ placement: 'none' });
  expect(normOf(smnist.paper, 'norm=batch')).toEqual({ placement: 'pre', kind: 'batch' });
  expect(normOf(smnist.tiny, 'norm=none')).toMatchObject({ placement: 'none' });
  expect(normOf(smnist.tiny, 'norm=layer', 'norm.placement=post')).toEqual({
    placement: 'post',
    kind: 'layer',
  });
  expect(() => normOf(smnist.paper, 'norm.kind=batch')).toThrow(
    'train: --set norm.kind changes nothing where norm.placement is none',
  );
});

test('a run shorter than the warm-up of its recipe has a shorter one, and says so', () => {
  const of = (...pairs: string[]) => {
    const { training } = settingsOf(recipes.smnist.tiny, pairs);
    return withFittingWarmup(training, pairs, 1000);
  };
  const { warmup } = recipes.smnist.tiny.training as { warmup: number };
  expect(warmup).toBeGreaterThan(5);
  expect(of('training.steps=3')).toMatchObject({
    training: { warmup: 0 },
    said: expect.stringMatching(/^The run has 3 steps: 0 of/),
  });
  const fits = of(`training.steps=${warmup}`);
  expect([fits.training.warmup, fits.said]).toEqual([warmup, undefined]);
  expect(of('training.epochs=1', 'training.batch=500').training.warmup).toBe(0);
  // What was asked for stays; `train` refuses it.
  expect(of('training.steps=3', 'training.warmup=9').training.warmup).toBe(9);
});

test('--set refuses what it would not change', () => {
  const refused = (...pairs: string[]) => expect(() => settingsOf(recipes.smnist.small, pairs));
  refused('training.seed=2').toThrow('train: --set does not change training.seed (pass --seed)');
  refused('seed=2').toThrow('train: --set does not change seed (pass --seed)');
  refused('training.folder=here').toThrow('train: --set does not change training.folder (pass --folder)');
  refused('training={"batch":4}').toThrow('train: --set changes one option of training at a time');
  refused('H=4', 'H=8').toThrow('train: --set gives H twice');
  refused('training..steps=4').toThrow('takes names with a dot between them');
  const { training } = settingsOf(recipes.smnist.small, ['training.steps=7', 'training.epochs=2']);
  // Which `train` refuses.
  expect(training).toMatchObject({ steps: 7, epochs: 2 });
});

test('the folder of a run is named after what was set, as far as a name may go', () => {
  expect(folderName('smnist-tiny-seed1', ['H=4', 'norm={"kind":"layer"}'])).toBe(
    'smnist-tiny-seed1-H=4-norm=__kind___layer__',
  );
  const many = Array.from({ length: 40 }, (_, i) => `training.option${i}=${i}`);
  const [one, other] = [many, [...many, 'H=4']].map((pairs) => folderName('smnist-tiny-seed1', pairs));
  expect(one).toMatch(/^smnist-tiny-seed1-training\.option0=0-/);
  expect([one.length, other.length]).toEqual([255, 255]);
  expect(other).not.toBe(one);
});
