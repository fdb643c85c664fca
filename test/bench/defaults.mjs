// What the defaults of a model and of its training are chosen by: the calls of notebook 09, 128 steps of 16, and small archives
// of the UCR and UEA collections, 600 steps of up to 50; each setting with several seeds, right answers on the test set counted
// after the last step.
//   node test/bench/defaults.mjs FOLDER RESULTS.jsonl [SETTING …]
// FOLDER holds NAME_TRAIN.ts.gz and NAME_TEST.ts.gz. What stands in RESULTS.jsonl is not trained again. Prints the table.
import { appendFileSync, existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { evaluate, random, spikingSSM, tasks, train, useBackend } from '../../dist/index.js';
import { origin } from '../../dist/provenance.js';

const SETS = [
  'calls',
  'ItalyPowerDemand',
  'JapaneseVowels',
  'BasicMotions',
  'GunPoint',
  'ArrowHead',
  'PickupGestureWiimoteZ',
  'OSULeaf',
];
const SEEDS = [1, 2, 3];
const norm = (placement, kind) => ({ model: { norm: { placement, kind } } });
const both = ({ model, ...rest }) => ({ model: { ...model, bidirectional: true }, ...rest });
const trained = (training, { model }) => ({ model, training });

/** What is tried. Whatever a setting does not name is the default. */
const SETTINGS = {
  none: norm('none', 'layer'),
  'batch before': norm('pre', 'batch'),
  'layer before': norm('pre', 'layer'),
  'batch after': norm('post', 'batch'),
  'layer after': norm('post', 'layer'),
  'batch before, both ways': both(norm('pre', 'batch')),
  'layer before, both ways': both(norm('pre', 'layer')),
  'none, both ways': both(norm('none', 'layer')),
  'batch before, warm-up 30': trained({ warmup: 30 }, norm('pre', 'batch')),
  'batch before, rate 0.003': trained({ learningRate: 0.003 }, norm('pre', 'batch')),
  'batch before, rate 0.03': trained({ learningRate: 0.03 }, norm('pre', 'batch')),
  'layer before, rate 0.003': trained({ learningRate: 0.003 }, norm('pre', 'layer')),
  'batch before, running statistics as training leaves them': trained(
    { recalibrate: false },
    norm('pre', 'batch'),
  ),
};

const [folder, file, ...chosen] = process.argv.slice(2);
const names = chosen.length > 0 ? chosen : Object.keys(SETTINGS);
for (const name of names) if (!SETTINGS[name]) throw new Error(`no setting "${name}"`);
await useBackend('native');
const known = existsSync(file) ? readFileSync(file, 'utf8').trim().split('\n').map(JSON.parse) : [];
const has = (...of) => known.some(({ name, set, seed }) => [name, set, seed].join() === of.join());
for (const seed of SEEDS) {
  for (const set of SETS) {
    const [task, length] = await (set === 'calls' ? calls() : archive(set));
    for (const name of names) {
      if (has(name, set, seed)) continue;
      const { model: options, training } = SETTINGS[name];
      const model = spikingSSM({ inputs: task.input, classes: task.classes, ...options, seed });
      const run = await train(model, task, { ...length, evaluate: false, seed, ...training });
      const { accuracy, rate } = await evaluate(model, task.test, { keepSpikes: 0 });
      model.dispose();
      const { commit, machine } = origin();
      const one = { name, set, seed, accuracy, rate, seconds: run.seconds, commit, machine };
      known.push(one);
      appendFileSync(file, `${JSON.stringify(one)}\n`);
    }
  }
}
print();

/** Mean over the seeds, and over sets; in brackets, over the means of the sets, how far seeds lie apart. */
function print() {
  console.log(`| | ${SETS.join(' | ')} | mean | spikes |\n|---|${'---|'.repeat(SETS.length + 2)}`);
  for (const name of names) {
    const of = (set, what) =>
      known.filter((one) => one.name === name && one.set === set).map((one) => one[what]);
    const rows = SETS.map((set) => mean(of(set, 'accuracy')));
    const cells = SETS.map((set, i) => `${percent(rows[i])} (${percent(spread(of(set, 'accuracy')))})`);
    const rate = percent(mean(SETS.map((set) => mean(of(set, 'rate')))));
    console.log(`| ${name} | ${cells.join(' | ')} | ${percent(mean(rows))} | ${rate} |`);
  }
}

function mean(values) {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

function spread(values) {
  return Math.max(...values) - Math.min(...values);
}

function percent(share) {
  return (100 * share).toFixed(1);
}

/** The two files of a set as a task: `@data`, then a case a line, its channels and its class parted by colons. */
async function archive(name) {
  const cases = ['train', 'test'].flatMap((set) => {
    const text = gunzipSync(readFileSync(join(folder, `${name}_${set.toUpperCase()}.ts.gz`))).toString(
      'utf8',
    );
    const lines = text.slice(text.indexOf('@data')).split('\n').slice(1);
    return lines.filter((line) => line.trim() !== '').map((line) => ({ line: line.trim(), set }));
  });
  const channels = cases[0].line.split(':').length - 1;
  const examples = cases.map(({ line, set }) => {
    const parts = line.split(':');
    const rows = parts.slice(0, -1).map((part) => part.split(',').map(Number));
    const x = Array.from(
      { length: rows[0].length * channels },
      (_, i) => rows[i % channels][Math.floor(i / channels)],
    );
    return { x, y: parts.at(-1), set };
  });
  const task = await tasks.sequences(examples, { name, channels, validation: 0 });
  return [task, { steps: 600, batch: Math.min(50, task.train.size) }];
}

/** Whistled calls in noise, told apart by how their pitch moves. */
async function calls() {
  const source = random(7);
  const examples = Object.entries({
    rise: (t) => t,
    fall: (t) => 1 - t,
    arch: (t) => 4 * t * (1 - t),
  }).flatMap(([y, bend]) =>
    Array.from({ length: 120 }, () => {
      const [L, f0] = [source.integer(600, 1000), 150 + 150 * source.uniform()];
      let phase = 2 * Math.PI * source.uniform();
      const x = Float32Array.from({ length: L }, (_, n) => {
        phase += (2 * Math.PI * (f0 + 500 * bend(n / L))) / 4000;
        return Math.max(-1, Math.min(1, 0.4 * Math.sin(phase) + 0.15 * source.normal()));
      });
      return { x, y };
    }),
  );
  return [
    await tasks.sequences(examples, { name: 'calls', test: 0.2, validation: 0 }),
    { steps: 128, batch: 16 },
  ];
}
