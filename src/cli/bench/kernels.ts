import type { Prepared } from '../../analysis/measure.js';
import { s4dLayer } from '../../layers/s4d.js';
import { adamwSteps } from '../../ops/adamw/index.js';
import * as ops from '../../ops/index.js';
import { random } from '../../random.js';
import * as tf from '../../tf.js';
import { blockCase, lifCase, matmulCase, normal, type Pass, prepared } from './cases.js';
import * as counts from './counts.js';

export interface KernelCase {
  kernel: string;
  prepare(): Prepared;
  needs: counts.Ways[];
}

/** The size of the paper's block, at which kernels are held against the floor. */
const SIZE = { batch: 8, length: 2048, width: 256, state: 64 } as const;
const ELEMENTS = SIZE.batch * SIZE.length * SIZE.width;
const PARAMETERS = 1 << 20;

/** @param tiles  whether dense products are done on the tile unit */
export function kernelCases(tiles: boolean): KernelCase[] {
  return [
    ...(['forward', 'train'] as const).flatMap((pass) => casesOf(pass, tiles)),
    { kernel: 'adamw 1M parameters', prepare: optimizer, needs: counts.adamw(PARAMETERS) },
  ];
}

function casesOf(pass: Pass, tiles: boolean): KernelCase[] {
  const { width: H, state: N } = SIZE;
  const [rows, cols] = [SIZE.batch * SIZE.length, 2 * H];
  const product = { rows, inner: H, cols, pass };
  const block = { ...SIZE, neuron: 'bptt', pass, bidirectional: false, trainableB: false } as const;
  const spikes = (rate: number): KernelCase => ({
    kernel: `spike matmul, ${100 * rate} %, ${pass}`,
    prepare: () => matmulCase({ ...product, rate }),
    needs: counts.spikeMatmul(rows, H, cols, rate, pass, tiles),
  });
  return [
    {
      kernel: `s4d, ${pass}`,
      prepare: () => scan(pass, false),
      needs: counts.scan(ELEMENTS, N, pass, false),
    },
    {
      kernel: `spiking scan, ${pass}`,
      prepare: () => scan(pass, true),
      needs: counts.scan(ELEMENTS, N, pass, true),
    },
    {
      kernel: `lif, ${pass}`,
      prepare: () => lifCase({ ...SIZE, neuron: 'bptt', pass }),
      needs: counts.lif(ELEMENTS, pass),
    },
    {
      kernel: `sdn, ${pass}`,
      prepare: () => lifCase({ ...SIZE, neuron: 'sdn', pass }),
      needs: counts.sdn(ELEMENTS, pass),
    },
    {
      kernel: `dense matmul, ${pass}`,
      prepare: () => matmulCase({ ...product, rate: null }),
      needs: counts.matmul(rows, H, cols, pass, tiles),
    },
    ...[0.01, 0.1, 0.3].map(spikes),
    { kernel: `glu, ${pass}`, prepare: () => glu(pass), needs: counts.glu(ELEMENTS, pass) },
    { kernel: `layer norm, ${pass}`, prepare: () => norm(pass, 'layer'), needs: counts.norm(ELEMENTS, pass) },
    { kernel: `batch norm, ${pass}`, prepare: () => norm(pass, 'batch'), needs: counts.norm(ELEMENTS, pass) },
    {
      kernel: `block, ${pass}`,
      prepare: () => blockCase(block),
      needs: [
        ...counts.scan(ELEMENTS, N, pass, true),
        ...counts.spikeMatmul(rows, H, cols, 0.1, pass, tiles),
        ...counts.glu(ELEMENTS, pass),
      ],
    },
  ];
}

function scan(pass: Pass, spiking: boolean): Prepared {
  const { batch, length, width: H, state: N } = SIZE;
  const layer = s4dLayer(
    { H, N, bidirectional: false, trainableB: false, init: 's4dLin', dt_min: 0.001, dt_max: 0.1 },
    random(1),
  );
  const gain = tf.ones([H]) as tf.Tensor1D;
  const apply = (x: tf.Tensor): tf.Tensor =>
    spiking ? layer.fire(x as tf.Tensor3D, gain, {}, {})[0] : layer.apply(x as tf.Tensor3D, gain)[0];
  const parameters = Object.values(layer.parameters);
  return prepared(pass, apply, normal([batch, length, H], 1), parameters, [gain, ...parameters]);
}

function glu(pass: Pass): Prepared {
  const { batch, length, width } = SIZE;
  return prepared(pass, (x) => ops.glu(x as tf.Tensor2D), normal([batch * length, 2 * width], 1), [], []);
}

function norm(pass: Pass, kind: 'layer' | 'batch'): Prepared {
  const { batch, length, width } = SIZE;
  const [weight, bias] = [tf.ones([width]), tf.zeros([width])] as tf.Tensor1D[];
  const apply = (x: tf.Tensor): tf.Tensor => ops.norm(x as tf.Tensor2D, weight, bias, { kind }).y;
  return prepared(pass, apply, normal([batch * length, width], 1), [weight, bias], [weight, bias]);
}

function optimizer(): Prepared {
  const array = (): Float32Array => new Float32Array(PARAMETERS).fill(0.5);
  const change = {
    parameter: array(),
    gradient: array(),
    m: array(),
    v: array(),
    learningRate: 0,
    weightDecay: 0,
  };
  return {
    run: () => adamwSteps([change], { betas: [0.9, 0.999], eps: 1e-8, step: 1 }),
    dispose: () => {},
  };
}
