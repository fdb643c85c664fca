/** The numbers of one AdamW step; all dimensionless but the learning rate, which has the parameter's unit. */
export interface AdamwNumbers {
  learningRate: number;
  weightDecay: number;
  /** Decay of the running means of the gradient and of its square. */
  betas: readonly [number, number];
  eps: number;
  /** Which step this is, counted from 1 (for the bias correction). */
  step: number;
}

/**
 * One AdamW step, in place: decoupled weight decay, then Adam with bias correction, in the order of
 * torch.optim.AdamW. Stored in float32, computed in float64.
 *   p = p (1 - lr wd);  m = b1 m + (1 - b1) g;  v = b2 v + (1 - b2) g^2
 *   p = p - lr / (1 - b1^t) * m / (sqrt(v) / sqrt(1 - b2^t) + eps)
 * @param parameter  p, changed
 * @param gradient   g, of the same length
 * @param m          running mean of g, changed; zeros before the first step
 * @param v          running mean of g^2, changed; zeros before the first step
 * Source: Loshchilov and Hutter 2019, arXiv 1711.05101, algorithm 2.
 */
export function adamwStep(
  parameter: Float32Array,
  gradient: Float32Array,
  m: Float32Array,
  v: Float32Array,
  { learningRate, weightDecay, betas: [beta1, beta2], eps, step }: AdamwNumbers,
): void {
  const keep = 1 - learningRate * weightDecay;
  const stepSize = learningRate / (1 - beta1 ** step);
  const rootCorrection = Math.sqrt(1 - beta2 ** step);
  for (let i = 0; i < parameter.length; i++) {
    const g = gradient[i];
    const mean = beta1 * m[i] + (1 - beta1) * g;
    const square = beta2 * v[i] + (1 - beta2) * g * g;
    m[i] = mean;
    v[i] = square;
    parameter[i] = parameter[i] * keep - (stepSize * mean) / (Math.sqrt(square) / rootCorrection + eps);
  }
}
