/** Integrals of the surrogates' slopes, so that finite differences of them give the slope. */
export const integrals: Record<string, (d: number) => number> = {
  'piecewise-quadratic': tent,
  triangle: (d) => 0.3 * tent(d),
  sigmoid: (d) => 1 / (1 + Math.exp(-4 * d)),
  arctan: (d) => Math.atan(Math.PI * d) / Math.PI,
};

/** Integral of max(0, 1 - |d|). */
function tent(d: number): number {
  if (d <= -1) return 0;
  if (d >= 1) return 1;
  return d < 0 ? (1 + d) ** 2 / 2 : 1 - (1 - d) ** 2 / 2;
}
