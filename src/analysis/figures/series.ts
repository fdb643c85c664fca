/** Mean over the `width` (odd) values around each one; near the ends over those that exist. */
export function runningMean(values: readonly number[], width: number): number[] {
  const half = (width - 1) / 2;
  const sums = [0];
  for (const value of values) sums.push(sums[sums.length - 1] + value);
  return values.map((_, i) => {
    const from = Math.max(0, i - half);
    const to = Math.min(values.length, i + half + 1);
    return (sums[to] - sums[from]) / (to - from);
  });
}

/** Evenly spaced points of a smooth curve, at most `most` and always both ends. */
export function thin(x: readonly number[], y: readonly number[], most: number): { x: number[]; y: number[] } {
  if (x.length <= most) return { x: [...x], y: [...y] };
  const picks = Array.from({ length: most }, (_, i) => Math.round((i * (x.length - 1)) / (most - 1)));
  return { x: picks.map((i) => x[i]), y: picks.map((i) => y[i]) };
}

/** Lowest and highest point of each stretch of a noisy curve, at most `most` points: keeps its peaks. */
export function envelope(
  x: readonly number[],
  y: readonly number[],
  most: number,
): { x: number[]; y: number[] } {
  if (x.length <= most) return { x: [...x], y: [...y] };
  const stretches = Math.floor(most / 2);
  const picks: number[] = [];
  for (let k = 0; k < stretches; k++) {
    const from = Math.floor((k * x.length) / stretches);
    const to = Math.floor(((k + 1) * x.length) / stretches);
    let [low, high] = [from, from];
    for (let i = from; i < to; i++) {
      if (y[i] < y[low]) low = i;
      if (y[i] > y[high]) high = i;
    }
    picks.push(Math.min(low, high), Math.max(low, high));
  }
  return { x: picks.map((i) => x[i]), y: picks.map((i) => y[i]) };
}
