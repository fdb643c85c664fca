/** Sums over what was true and what was said, from which the share of the variance that is explained follows. */
export interface Explained {
  /** @param said, truth  row-major [examples, outputs] */
  add(said: ArrayLike<number>, truth: ArrayLike<number>, outputs: number): void;
  /** R²: 1 - squared error / squared distance from the mean, the mean over outputs; null where all numbers are the same. */
  r2(): number | null;
}

export function explained(): Explained {
  let [count, errors, means, squares] = [0, new Float64Array(0), new Float64Array(0), new Float64Array(0)];
  return {
    add: (said, truth, outputs) => {
      if (count === 0) [errors, means, squares] = [0, 0, 0].map(() => new Float64Array(outputs));
      for (let row = 0; row < truth.length / outputs; row++) {
        count++;
        for (let i = 0; i < outputs; i++) {
          const value = truth[row * outputs + i];
          errors[i] += (said[row * outputs + i] - value) ** 2;
          // Welford's update.
          const difference = value - means[i];
          means[i] += difference / count;
          squares[i] += difference * (value - means[i]);
        }
      }
    },
    r2: () => {
      if (count === 0 || squares.some((sum) => sum === 0)) return null;
      return squares.reduce((sum, square, i) => sum + 1 - errors[i] / square, 0) / squares.length;
    },
  };
}
