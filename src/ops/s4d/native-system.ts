import { floats } from '../native-tensor.js';
import type { HostTensor } from '../operation.js';

export type NativeShape = [batch: number, L: number, H: number, M: number, channels: number];
export type NativeSystem = [
  log_dt: Float32Array,
  log_A_real: Float32Array,
  A_imag: Float32Array,
  C: Float32Array,
  D: Float32Array,
  B: Float32Array,
];

/** The operation's inputs as the addon takes them. */
export function systemOf(inputs: Record<string, HostTensor>): { shape: NativeShape; system: NativeSystem } {
  const { x, log_dt, log_A_real, A_imag, B, C, D } = inputs;
  const [batch, L, H] = x.shape;
  const [channels, , M] = C.shape;
  return {
    shape: [batch, L, H, M, channels],
    system: [floats(log_dt), floats(log_A_real), floats(A_imag), floats(C), floats(D), floats(B)],
  };
}
