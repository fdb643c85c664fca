// Layer and batch norm. Sums over channels stay within a row; sums over rows are made block by block and the blocks
// added in order, in double.
#include <math.h>

#include "../../backend/native/kernels.h"
#include "../../backend/native/pool.h"
#include "../../backend/native/simd.h"

namespace spiking {
namespace ISA {

namespace {

constexpr int ROWS = 64;  // of a block

int blocksOf(int rows) { return (rows + ROWS - 1) / ROWS; }
int lanesAt(int H, int c) { return H - c < W ? H - c : W; }

// J vectors of channels at once: sums that do not wait for each other.
template <int J, typename Terms>
ALWAYS_INLINE void sumStrip(int from, int to, int c, int lanes, float* first, float* second, const Terms& terms) {
  vf a[J] = {}, b[J] = {};
  for (int64_t row = from; row < to; row++) {
#pragma GCC unroll 4
    for (int j = 0; j < J; j++) terms(row, c + j * W, lanes, a[j], b[j]);
  }
  for (int j = 0; j < J; j++) {
    store(first + c + j * W, a[j]);
    store(second + c + j * W, b[j]);
  }
}

// Two sums over the rows from .. to - 1 for each channel, into arrays of whole vectors.
template <typename Terms>
ALWAYS_INLINE void sumRows(int from, int to, int H, float* first, float* second, const Terms& terms) {
  int c = 0;
  for (; c + 4 * W <= H; c += 4 * W) sumStrip<4>(from, to, c, W, first, second, terms);
  for (; c < H; c += W) sumStrip<1>(from, to, c, lanesAt(H, c), first, second, terms);
}

// Runs `work` on each block of rows, with a place for two sums a channel; then `add` on them in order.
template <typename Work, typename Add>
void forBlocks(int rows, int H, const Work& work, const Add& add) {
  const int blocks = blocksOf(rows);
  const size_t width = static_cast<size_t>(H + W - 1) / W * W;
  float* sums = static_cast<float*>(keptMemory(Kept::partials, sizeof(float) * 2 * width * blocks));
  const auto endOf = [&](int block) { return (block + 1) * ROWS < rows ? (block + 1) * ROWS : rows; };
  parallel(blocks, 2 * width, [&](int block, float* memory) {
    work(block * ROWS, endOf(block), sums + 2 * width * block, sums + 2 * width * block + width, memory);
  });
  for (int block = 0; block < blocks; block++) {
    add(block * ROWS, endOf(block), sums + 2 * width * block, sums + 2 * width * block + width);
  }
}

// Two sums over all rows for each channel: totals[0..H) and totals[H..2H).
template <typename Terms>
void columnSums(int rows, int H, double* totals, const Terms& terms) {
  for (int c = 0; c < 2 * H; c++) totals[c] = 0;
  forBlocks(
      rows, H,
      [&](int from, int to, float* first, float* second, float*) { sumRows(from, to, H, first, second, terms); },
      [&](int, int, const float* first, const float* second) {
        for (int c = 0; c < H; c++) {
          totals[c] += first[c];
          totals[H + c] += second[c];
        }
      });
}

// Rows that statistics of channels are made of.
bool counts(const float* mask, int64_t row) { return mask == nullptr || mask[row] != 0; }

int countOf(const float* mask, int from, int to) {
  if (mask == nullptr) return to - from;
  int count = 0;
  for (int row = from; row < to; row++) count += counts(mask, row);
  return count;
}

// Mean and variance of each channel. A block of rows has its own, which are made while it lies in L1; what its mean is
// off by adds to the variance (Chan, Golub and LeVeque 1983).
void statistics(const Norm& args) {
  const int H = args.H, rows = args.rows, count = countOf(args.mask, 0, rows);
  double* totals = static_cast<double*>(keptMemory(Kept::sums, sizeof(double) * 3 * H));
  double *total = totals, *squares = totals + H, *ofMeans = totals + 2 * H;
  for (int c = 0; c < 3 * H; c++) totals[c] = 0;
  const auto own = [&](int64_t row, int c, int lanes) { return load(args.x + row * H + c, lanes); };
  forBlocks(
      rows, H,
      [&](int from, int to, float* sums, float* deviations, float* memory) {
        float *mean = memory, *missed = memory + (H + W - 1) / W * W;
        sumRows(from, to, H, sums, deviations, [&](int64_t row, int c, int lanes, vf& first, vf&) {
          if (counts(args.mask, row)) first += own(row, c, lanes);
        });
        const int n = countOf(args.mask, from, to);
        for (int c = 0; c < H; c++) mean[c] = n == 0 ? 0 : sums[c] / n;
        sumRows(from, to, H, missed, deviations, [&](int64_t row, int c, int lanes, vf& first, vf& second) {
          if (!counts(args.mask, row)) return;
          const vf d = own(row, c, lanes) - load(mean + c, lanes);
          first += d;
          second += d * d;
        });
        for (int c = 0; c < H && n > 0; c++) deviations[c] -= missed[c] * missed[c] / n;
      },
      [&](int from, int to, const float* sums, const float* deviations) {
        const int n = countOf(args.mask, from, to);
        for (int c = 0; c < H && n > 0; c++) {
          total[c] += sums[c];
          squares[c] += deviations[c];
          ofMeans[c] += static_cast<double>(sums[c]) * sums[c] / n;
        }
      });
  for (int c = 0; c < H; c++) {
    const double mean = total[c] / count;
    args.mean[c] = static_cast<float>(mean);
    args.variance[c] = static_cast<float>((squares[c] + (ofMeans[c] - mean * total[c])) / count);
  }
}

void layerNorm(const Norm& args) {
  const int H = args.H;
  parallel(blocksOf(args.rows), 0, [&](int block, float*) {
    const int end = (block + 1) * ROWS < args.rows ? (block + 1) * ROWS : args.rows;
    for (int64_t row = block * ROWS; row < end; row++) {
      const float* x = args.x + row * H;
      vf total = {}, square = {};
      for (int c = 0; c < H; c += W) total += load(x + c, lanesAt(H, c));
      const float mean = sum(total) / H;
      for (int c = 0; c < H; c += W) {
        const vf d = load(x + c, lanesAt(H, c)) - mean;
        if (lanesAt(H, c) == W) square += d * d;
        else for (int lane = 0; lane < lanesAt(H, c); lane++) square[lane] += d[lane] * d[lane];
      }
      const float variance = sum(square) / H, scale = 1 / sqrtf(variance + args.eps);
      for (int c = 0; c < H; c += W) {
        const int lanes = lanesAt(H, c);
        const vf standard = (load(x + c, lanes) - mean) * scale;
        store(args.y + row * H + c, standard * load(args.weight + c, lanes) + load(args.bias + c, lanes), lanes);
      }
      args.mean[row] = mean;
      args.variance[row] = variance;
    }
  });
}

void batchNorm(const Norm& args) {
  const int H = args.H, rows = args.rows;
  statistics(args);
  parallel(blocksOf(rows), static_cast<size_t>(2) * (H + W), [&](int block, float* memory) {
    float *scale = memory, *shift = memory + H + W;
    for (int c = 0; c < H; c++) {
      scale[c] = args.weight[c] / sqrtf(args.variance[c] + args.eps);
      shift[c] = args.bias[c];
    }
    const int end = (block + 1) * ROWS < rows ? (block + 1) * ROWS : rows;
    for (int64_t row = block * ROWS; row < end; row++) {
      for (int c = 0; c < H; c += W) {
        const int lanes = lanesAt(H, c);
        const vf d = load(args.x + row * H + c, lanes) - load(args.mean + c, lanes);
        store(args.y + row * H + c, d * load(scale + c, lanes) + load(shift + c, lanes), lanes);
      }
    }
  });
}

}  // namespace

void norm(const Norm& args) { args.ofChannels ? batchNorm(args) : layerNorm(args); }

void normBackward(const NormBackward& args) {
  const int H = args.H, rows = args.rows, count = countOf(args.mask, 0, rows);
  double* totals = static_cast<double*>(keptMemory(Kept::sums, sizeof(double) * 2 * H));
  // sums of dy and of dy times the standardised x
  columnSums(rows, H, totals, [&](int64_t row, int c, int lanes, vf& first, vf& second) {
    const vf dy = load(args.dy + row * H + c, lanes);
    const vf d = load(args.x + row * H + c, lanes) - (args.ofChannels ? load(args.mean + c, lanes) : splat(args.mean[row]));
    first += dy;
    second += dy * d * (args.ofChannels ? splat(1) : splat(1 / sqrtf(args.variance[row] + args.eps)));
  });
  for (int c = 0; c < H; c++) {
    const double scale = args.ofChannels ? 1 / sqrt(static_cast<double>(args.variance[c]) + args.eps) : 1;
    args.dbias[c] = static_cast<float>(totals[c]);
    args.dweight[c] = static_cast<float>(totals[H + c] * scale);
  }
  parallel(blocksOf(rows), static_cast<size_t>(3) * (H + W), [&](int block, float* memory) {
    float *scales = memory, *shift = memory + H + W, *slope = memory + 2 * (H + W);
    if (args.ofChannels) {
      for (int c = 0; c < H; c++) {
        scales[c] = 1 / sqrtf(args.variance[c] + args.eps);
        shift[c] = args.weight[c] * args.dbias[c] / count;
        slope[c] = args.weight[c] * args.dweight[c] / count * scales[c];
      }
    }
    const int end = (block + 1) * ROWS < rows ? (block + 1) * ROWS : rows;
    for (int64_t row = block * ROWS; row < end; row++) {
      const float *x = args.x + row * H, *dy = args.dy + row * H;
      float* dx = args.dx + row * H;
      if (args.ofChannels) {
        const bool shares = counts(args.mask, row);
        for (int c = 0; c < H; c += W) {
          const int lanes = lanesAt(H, c);
          const vf d = load(x + c, lanes) - load(args.mean + c, lanes);
          vf inner = load(dy + c, lanes) * load(args.weight + c, lanes);
          if (shares) inner = inner - load(shift + c, lanes) - d * load(slope + c, lanes);
          store(dx + c, inner * load(scales + c, lanes), lanes);
        }
        continue;
      }
      const float mean = args.mean[row], scale = 1 / sqrtf(args.variance[row] + args.eps);
      vf total = {}, product = {};
      for (int c = 0; c < H; c += W) {
        const int lanes = lanesAt(H, c);
        const vf weighted = load(dy + c, lanes) * load(args.weight + c, lanes);
        total += weighted;
        product += weighted * (load(x + c, lanes) - mean);
      }
      const float shiftOf = sum(total) / H, slopeOf = sum(product) / H * scale * scale;
      for (int c = 0; c < H; c += W) {
        const int lanes = lanesAt(H, c);
        const vf weighted = load(dy + c, lanes) * load(args.weight + c, lanes);
        store(dx + c, (weighted - shiftOf - (load(x + c, lanes) - mean) * slopeOf) * scale, lanes);
      }
    }
  });
}

}  // namespace ISA
}  // namespace spiking
