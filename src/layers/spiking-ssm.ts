import { checkTensor, checkValues } from '../ops/check.js';
import { checkKeys } from '../options.js';
import { random as seeded } from '../random.js';
import * as tf from '../tf.js';
import { type AdaptiveTokens, adaptiveTokens } from './adaptive.js';
import { type SpikingSSMConfig, type SpikingSSMOptions, spikingSSMConfig } from './config.js';
import { encoder, head, pooled } from './heads.js';
import { lengthMask } from './mask.js';
import { APPLY_OPTIONS, type ApplyOptions, type Model, type ParameterGroup, type Probe } from './model.js';
import { nativeStep, type SpikingSSMState } from './native-step.js';
import { normLayer } from './norm.js';
import { pairHead } from './pair-head.js';
import { type BlockState, type SpikingBlock, spikingBlock } from './spiking-block.js';
import { printSummary } from './summary.js';

export type { SpikingSSMState } from './native-step.js';

export interface SpikingSSM extends Model {
  readonly config: SpikingSSMConfig;
  /**
   * One step of a sequence, with the numbers and spikes that `apply` gives for the whole of it.
   * @param x  float32 [batch, size], or token numbers int32 [batch]
   * @param state  what the step before returned; for the first one `initialState(batch)`
   * @returns  logits [batch, classes] of all steps so far (pool `mean`) or of this one, and the next state. Both are the
   *   caller's, and so stay the input and the state that came in: free each when it is done with (`tf.dispose`)
   * @throws RangeError  for a bidirectional model
   * @example
   *   let state = model.initialState(1);
   *   for (const value of values) {
   *     const x = tf.tensor2d([[value]]);
   *     const [logits, next] = model.step(x, state);
   *     tf.dispose([x, state]);
   *     state = next;
   *     console.log(logits.dataSync());
   *     logits.dispose();
   *   }
   *   tf.dispose(state);
   */
  step(
    x: tf.Tensor,
    state: SpikingSSMState,
    options?: Pick<ApplyOptions, 'probe'>,
  ): [tf.Tensor2D, SpikingSSMState];
  /** The state before the first step: the caller's, who frees it (`tf.dispose(state)`) after the step that it goes into. */
  initialState(batch: number): SpikingSSMState;
  /** Prints a table of the parameters. */
  summary(print?: (line: string) => void): void;
}

/**
 * A SpikingSSM: encoder, spiking state-space blocks with residual connections, pooling, linear head.
 * Every parameter has its official name, so that a PyTorch state dict loads (`loadOfficialState`).
 * @param options  sizes, neuron, threshold, norm …; the defaults stand in config.ts
 * @throws TypeError, RangeError  for an unknown option or a value out of range
 * @example
 *   const model = spikingSSM({ inputs: { kind: 'real', size: 1 }, classes: 10, H: 64, N: 16, neuron: 'sdn', seed: 1 });
 *   const logits = model.apply(tf.zeros([2, 784, 1]));   // [2, 10]
 * Source: Shen et al. 2024, arXiv 2408.14909.
 */
export function spikingSSM(options: SpikingSSMOptions): SpikingSSM {
  const { config, neuron } = spikingSSMConfig(options);
  const { H, inputs, classes, pool } = config;
  const random = seeded(config.seed);
  const adaptive = config.adaptive && adaptiveTokens(classes, H, config.adaptive, random.fork());
  const start: AdaptiveTokens['encoder'] = adaptive
    ? adaptive.encoder
    : encoder(inputs, H, random.fork(), config.tied);
  const blocks = Array.from({ length: config.layers }, () =>
    spikingBlock({ ...config, neuron }, random.fork()),
  );
  const norms = config.norm.placement === 'none' ? [] : blocks.map(() => normLayer(config.norm.kind, H));
  const end = adaptive
    ? adaptive.head
    : config.pairs
      ? pairHead(H, classes, random.fork())
      : head(H, classes, random.fork(), config.tied ? start.parameters.weight : undefined);

  const parts: [prefix: string, part: Named][] = [
    ['encoder', start],
    ...blocks.map((block, i): [string, Named] => [`model.s4_layers.${i}`, block]),
    ...norms.map((norm, i): [string, Named] => [`model.norms.${i}`, norm]),
    [adaptive ? 'loss' : 'decoder', end],
  ];
  const parameters = collect(parts, ({ parameters }) => parameters);
  const buffers = collect(parts, ({ buffers }) => buffers ?? {});

  /** One layer with its residual connection and norm. */
  function layer(
    i: number,
    x: tf.Tensor3D,
    run: ApplyOptions,
    state?: BlockState,
    mask?: tf.Tensor3D,
  ): [tf.Tensor3D, BlockState] {
    const normed = config.norm.placement === 'pre' ? norms[i].apply(x, run, mask) : x;
    // A backward kernel begins in the padding: it must find nothing there.
    const input = mask && config.bidirectional ? tf.mul<tf.Tensor3D>(normed, mask) : normed;
    const probe =
      run.probe && ((name: Probe['name'], value: tf.Tensor3D) => run.probe?.({ layer: i, name, value }));
    const onSpikes = run.onSpikes && ((value: tf.Tensor3D) => run.onSpikes?.({ layer: i, value }));
    const [sum, next] = blocks[i].apply(input, { ...run, probe, onSpikes, residual: x }, state);
    return [config.norm.placement === 'post' ? norms[i].apply(sum, run, mask) : sum, next];
  }

  const inOnePass =
    config.tied || config.pairs ? () => undefined : nativeStep(config, { parameters, buffers, blocks });

  return {
    config,
    parameters,
    buffers,
    group: (name) => groupOf(name, blocks),
    runningStatistics: norms.length > 0 && config.norm.kind === 'batch',
    ...(adaptive && { lossHead: adaptive.head }),
    apply: (x, run = {}) => {
      checkKeys('apply', run, APPLY_OPTIONS);
      checkInput(x, config, true);
      return tf.tidy(() => {
        let hidden = start.apply(config.pairs ? apart(x) : x, run);
        const mask = lengthMask(run.lengths, hidden.shape[0], hidden.shape[1]);
        for (let i = 0; i < blocks.length; i++) [hidden] = layer(i, hidden, run, undefined, mask);
        if (pool !== 'none') return end.apply(pooled(hidden, pool, run.lengths));
        if (run.hidden) return hidden;
        const [batch, L] = hidden.shape;
        return tf.reshape(end.apply(tf.reshape(hidden, [batch * L, H])), [batch, L, classes]);
      });
    },
    initialState: (batch) => ({
      layers: blocks.map((block) => block.initialState(batch)),
      sum: tf.zeros([batch, H]),
      steps: 0,
    }),
    step: (x, state, run = {}) => {
      checkKeys('step', run, ['probe']);
      const { probe } = run;
      if (config.pairs) throw new RangeError('step: a model of pairs needs whole sequences (use apply)');
      if (config.bidirectional) {
        throw new RangeError(
          'step: a bidirectional model needs the whole sequence (use apply, or bidirectional: false)',
        );
      }
      checkInput(x, config, false);
      if (!state) throw new TypeError('step: the state is missing (begin with model.initialState(batch))');
      const fast = probe ? undefined : inOnePass(x, state);
      if (fast) return fast;
      return tf.tidy(() => {
        let hidden = start.apply(tf.expandDims(x, 1));
        const layers: BlockState[] = [];
        for (let i = 0; i < blocks.length; i++)
          [hidden, layers[i]] = layer(i, hidden, { probe }, state.layers[i]);
        const last = tf.reshape(hidden, [-1, H]) as tf.Tensor2D;
        const sum = tf.add(state.sum, last) as tf.Tensor2D;
        const steps = state.steps + 1;
        return [
          end.apply(pool === 'mean' ? (tf.div(sum, steps) as tf.Tensor2D) : last),
          { layers, sum, steps },
        ];
      });
    },
    summary: (print) => printSummary(parameters, buffers, print),
    dispose: () => {
      for (const variable of Object.values({ ...parameters, ...buffers })) variable.dispose();
    },
  };
}

interface Named {
  parameters: Readonly<Record<string, tf.Variable>>;
  buffers?: Readonly<Record<string, tf.Variable>>;
}

function collect(
  parts: readonly [string, Named][],
  of: (part: Named) => Readonly<Record<string, tf.Variable>>,
): Record<string, tf.Variable> {
  return Object.fromEntries(
    parts.flatMap(([prefix, part]) =>
      Object.entries(of(part)).map(([name, variable]) => [`${prefix}.${name}`, variable]),
    ),
  );
}

/** Blocks know their own groups; encoder and head are trained like any weight; biases and norms do not decay. */
function groupOf(name: string, blocks: readonly SpikingBlock[]): ParameterGroup {
  const [, i, rest] = /^model\.s4_layers\.(\d+)\.(.+)$/.exec(name) ?? [];
  if (rest) return blocks[Number(i)].group(rest);
  return { decay: !/[._]bias(es\.\d+)?$/.test(name) && !name.startsWith('model.norms.') };
}

/** The two sequences of each pair next to each other, as so many examples. */
function apart(x: tf.Tensor): tf.Tensor {
  return tf.reshape(x, [-1, ...x.shape.slice(2)]);
}

function checkInput(x: tf.Tensor, { inputs, pairs }: SpikingSSMConfig, sequence: boolean): void {
  const steps = sequence ? (pairs ? [-1, 2, -1] : [-1, -1]) : [-1];
  const where = sequence ? 'apply' : 'step';
  const axes = sequence ? (pairs ? ['example', 'sequence', 'step'] : ['example', 'step']) : ['example'];
  const { kind, size } = inputs;
  if (kind === 'tokens') {
    checkTensor(where, 'x', x, steps, 'int32');
    checkValues(where, 'x', x, axes, `token numbers in [0, ${size})`, (value) => value >= 0 && value < size);
  } else {
    checkTensor(where, 'x', x, [...steps, size]);
    checkValues(where, 'x', x, [...axes, 'channel'], 'finite numbers', Number.isFinite);
  }
}
