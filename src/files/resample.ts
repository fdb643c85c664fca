/** Zero crossings of the sinc on each side, at the lower of the two rates. */
const halfWidth = 16;

/** Length of a resampled sequence. */
export function resampledLength(frames: number, from: number, to: number): number {
  return Math.ceil((frames * to) / from);
}

/**
 * Changes the sample rate of a sound: a sinc at the lower of the two Nyquist frequencies under a Hann window, its taps
 * summing to 1, so that a constant stays what it is away from the ends. Beyond its ends the sound is silent.
 * @param samples  [frames, channels], row-major
 * @param from, to  samples a second, whole numbers
 * @returns  [ceil(frames * to / from), channels]
 */
export function resample(samples: Float32Array, channels: number, from: number, to: number): Float32Array {
  if (from === to) return samples;
  const divisor = greatestDivisor(from, to);
  const [up, down] = [to / divisor, from / divisor];
  const taps = new Map<number, { first: number; weights: Float64Array }>();
  const frames = samples.length / channels;
  const length = resampledLength(frames, from, to);
  const result = new Float32Array(length * channels);
  for (let n = 0; n < length; n++) {
    const phase = (n * down) % up;
    const centre = (n * down - phase) / up;
    const { first, weights } = taps.get(phase) ?? tapsAt(phase / up, Math.min(1, up / down));
    taps.set(phase, { first, weights });
    const low = Math.max(0, -(centre + first));
    const high = Math.min(weights.length, frames - centre - first);
    for (let channel = 0; channel < channels; channel++) {
      let sum = 0;
      for (let j = low; j < high; j++) sum += weights[j] * samples[(centre + first + j) * channels + channel];
      result[n * channels + channel] = sum;
    }
  }
  return result;
}

/** Weights of the samples around a point `offset` in [0, 1) after the centre one; `first` counts from there. */
function tapsAt(offset: number, cutoff: number): { first: number; weights: Float64Array } {
  const reach = halfWidth / cutoff;
  const first = Math.ceil(offset - reach);
  const weights = Float64Array.from({ length: Math.floor(offset + reach) - first + 1 }, (_, j) => {
    const u = first + j - offset;
    const x = Math.PI * u * cutoff;
    return (x === 0 ? 1 : Math.sin(x) / x) * Math.cos((Math.PI * u) / (2 * reach)) ** 2;
  });
  const sum = weights.reduce((total, weight) => total + weight, 0);
  return { first, weights: weights.map((weight) => weight / sum) };
}

function greatestDivisor(a: number, b: number): number {
  return b === 0 ? a : greatestDivisor(b, a % b);
}
