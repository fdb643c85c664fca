import { type Attributes, type HostKernel, type HostTensor, rounded, zerosLike } from '../operation.js';

/** The entries that one pair of statistics normalises: `count` of them, from `start`, `stride` apart. */
interface Group {
  start: number;
  stride: number;
  count: number;
  /** 1 for each entry that the statistics are made of, 0 for the others. */
  mask: ArrayLike<number>;
}

/**
 * y = (x - mean) / sqrt(variance + eps) * weight + bias, with the (biased) statistics of each group:
 * `layer` over the H channels of a row, `batch` over all rows of a channel whose mask is 1.
 * inputs: x [rows, H], weight [H], bias [H], mask [rows] or absent; outputs: y [rows, H], mean and variance of each group.
 */
export const forward: HostKernel = ({ x, weight, bias, mask }, attributes) => {
  const H = x.shape[1];
  const y = zerosLike(x.values, x.values.length);
  const groups = groupsOf(x, attributes, mask);
  const [means, variances] = [zerosLike(x.values, groups.length), zerosLike(x.values, groups.length)];
  groups.forEach((group, g) => {
    const { mean, variance } = statistics(x, group);
    const scale = 1 / Math.sqrt(variance + (attributes.eps as number));
    for (let i = 0, at = group.start; i < group.count; i++, at += group.stride) {
      y[at] = (x.values[at] - mean) * scale * weight.values[at % H] + bias.values[at % H];
    }
    means[g] = mean;
    variances[g] = variance;
  });
  return [
    { values: y, shape: x.shape },
    { values: means, shape: [groups.length] },
    { values: variances, shape: [groups.length] },
  ];
};

/** inputs: those of `forward`, dy0 for y (the statistics carry no gradient); outputs: of x, weight, bias. */
export const backward: HostKernel = ({ x, weight, bias, mask, dy0 }, attributes) => {
  const H = x.shape[1];
  const dx = zerosLike(x.values, x.values.length);
  const [dWeight, dBias] = [new Float64Array(H), new Float64Array(H)];
  for (const group of groupsOf(x, attributes, mask)) {
    const { start, stride, count } = group;
    const { mean, variance, own } = statistics(x, group);
    const scale = 1 / Math.sqrt(variance + (attributes.eps as number));
    let [sum, product] = [0, 0];
    for (let i = 0, at = start; i < count; i++, at += stride) {
      const standard = (x.values[at] - mean) * scale;
      const dy = dy0.values[at];
      sum += dy * weight.values[at % H];
      product += dy * weight.values[at % H] * standard;
      dWeight[at % H] += dy * standard;
      dBias[at % H] += dy;
    }
    for (let i = 0, at = start; i < count; i++, at += stride) {
      const standard = (x.values[at] - mean) * scale;
      const shared = (group.mask[i] / own) * (sum + standard * product);
      dx[at] = scale * (dy0.values[at] * weight.values[at % H] - shared);
    }
  }
  return [
    { values: dx, shape: x.shape },
    { values: rounded(dWeight, x.values), shape: weight.shape },
    { values: rounded(dBias, x.values), shape: bias.shape },
  ];
};

function groupsOf({ shape: [rows, H] }: HostTensor, { kind }: Attributes, mask?: HostTensor): Group[] {
  if (kind === 'layer') {
    const all = new Uint8Array(H).fill(1);
    return Array.from({ length: rows }, (_, row) => ({ start: row * H, stride: 1, count: H, mask: all }));
  }
  const own = mask?.values ?? new Uint8Array(rows).fill(1);
  return Array.from({ length: H }, (_, h) => ({ start: h, stride: H, count: rows, mask: own }));
}

function statistics(
  { values }: HostTensor,
  { start, stride, count, mask }: Group,
): { mean: number; variance: number; own: number } {
  let [mean, variance, own] = [0, 0, 0];
  for (let i = 0; i < count; i++) own += mask[i];
  for (let i = 0, at = start; i < count; i++, at += stride) if (mask[i]) mean += values[at] / own;
  for (let i = 0, at = start; i < count; i++, at += stride) {
    if (mask[i]) variance += (values[at] - mean) ** 2 / own;
  }
  return { mean, variance, own };
}
