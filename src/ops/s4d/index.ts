import * as tf from '../../tf.js';
import { checkTensor } from '../check.js';
import { defineOperation, hasForm, type Operation, registerHostForm, runOperation } from '../operation.js';
import { s4dComposite } from './composite.js';
import * as native from './native.js';
import * as reference from './reference.js';

/** The parameters of one diagonal state-space layer; M = N/2 modes stand for N by conjugate symmetry. */
export interface S4dParameters {
  /** ln of the step size dt  [H] */
  log_dt: tf.Tensor1D;
  /** Re A = -exp(log_A_real)  [H, M] */
  log_A_real: tf.Tensor2D;
  /** Im A  [H, M] */
  A_imag: tf.Tensor2D;
  /** Input vector, real and imaginary part  [H, M, 2]; default 1 */
  B?: tf.Tensor3D;
  /** Output vector  [1, H, M, 2], or [2, H, M, 2] for a causal and a reverse kernel */
  C: tf.Tensor4D;
  /** Skip connection  [H]; default 0 */
  D?: tf.Tensor1D;
}

export const s4dOperation: Operation = defineOperation(
  'S4d',
  ['x', 'log_dt', 'log_A_real', 'A_imag', 'B', 'C', 'D', 'state'],
  { outputs: 2 },
);
registerHostForm(s4dOperation, 'cpu', reference);
registerHostForm(s4dOperation, 'native', native);

/**
 * Diagonal state-space model over a sequence, discretised by zero-order hold:
 *   A = -exp(log_A_real) + i A_imag;  ABar = exp(dt A);  BBar = B (ABar - 1)/A
 *   h[t] = ABar h[t-1] + BBar x[t];   y[t] = 2 Re sum_m C h[t] + D x[t]
 * A second kernel in C runs on the reversed sequence and begins at the next step, as in the official code.
 * @param x      float32 [batch, L, H]
 * @param state  h before the first step, real and imaginary part  float32 [batch, H, M, 2]; default 0
 * @returns      y float32 [batch, L, H], and h after the last step [batch, H, M, 2]
 * @throws RangeError  for shapes that do not belong together
 * Source: Gu et al. 2022, arXiv 2206.11893 (S4D); Shen et al. 2024, arXiv 2408.14909.
 */
export function s4d(
  x: tf.Tensor3D,
  parameters: S4dParameters,
  state?: tf.Tensor4D,
): [tf.Tensor3D, tf.Tensor4D] {
  checkS4d('s4d', x, parameters, state);
  return tf.tidy(() => {
    const given = s4dInputs(x, parameters, state);
    if (!hasForm(s4dOperation)) return s4dComposite({ ...given, state });
    const keep = tf.engine().isTapeOn();
    return runOperation(s4dOperation, given, { keep }) as [tf.Tensor3D, tf.Tensor4D];
  });
}

/** @throws RangeError  for shapes that do not belong together */
export function checkS4d(
  where: string,
  x: tf.Tensor3D,
  parameters: S4dParameters,
  state?: tf.Tensor4D,
): void {
  const { log_dt, log_A_real, A_imag, B, C, D } = parameters;
  checkTensor(where, 'x', x, [-1, -1, -1]);
  const [batch, , H] = x.shape;
  checkTensor(where, 'A_imag', A_imag, [H, -1]);
  const M = A_imag.shape[1];
  checkTensor(where, 'log_dt', log_dt, [H]);
  checkTensor(where, 'log_A_real', log_A_real, [H, M]);
  checkTensor(where, 'C', C, [-1, H, M, 2]);
  if (C.shape[0] > 2) throw new RangeError(`${where}: C must hold 1 or 2 kernels, got ${C.shape[0]}`);
  if (B) checkTensor(where, 'B', B, [H, M, 2]);
  if (D) checkTensor(where, 'D', D, [H]);
  if (state) checkTensor(where, 'state', state, [batch, H, M, 2]);
}

/** B = 1 for every mode. */
export function unitB(H: number, M: number): tf.Tensor3D {
  return tf.tensor3d(
    Float32Array.from({ length: 2 * H * M }, (_, i) => 1 - (i % 2)),
    [H, M, 2],
  );
}

/** The operation's inputs, with defaults for what is not given. */
export function s4dInputs(
  x: tf.Tensor3D,
  { log_dt, log_A_real, A_imag, B, C, D }: S4dParameters,
  state?: tf.Tensor4D,
): Required<S4dParameters> & { x: tf.Tensor3D; state: tf.Tensor4D } & Record<string, tf.Tensor> {
  const [batch, , H] = x.shape;
  const M = A_imag.shape[1];
  return {
    x,
    log_dt,
    log_A_real,
    A_imag,
    B: B ?? unitB(H, M),
    C,
    D: D ?? tf.zeros<tf.Rank.R1>([H]),
    state: state ?? tf.zeros<tf.Rank.R4>([batch, H, M, 2]),
  };
}
