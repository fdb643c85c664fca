import { floats } from '../native-tensor.js';
import type { HostTensor } from '../operation.js';

/** The operation's inputs as the addon takes them. */
export interface NativeSystem {
  shape: [batch: number, L: number, H: number, M: number, channels: number];
  system: [
    log_dt: Float32Array,
    log_A_real: Float32Array,
    A_imag: Float32Array,
    C: Float32Array,
    D: Float32Array,
    B: Float32Array,
  ];
}

export function systemOf(inputs: Record<string, HostTensor>): NativeSystem {
  const { x, log_dt, log_A_real, A_imag, B, C, D } = inputs;
  const [batch, L, H] = x.shape;
  const [channels, , M] = C.shape;
  return {
    shape: [batch, L, H, M, channels],
    system: [floats(log_dt), floats(log_A_real), floats(A_imag), floats(C), floats(D), floats(B)],
  };
}
