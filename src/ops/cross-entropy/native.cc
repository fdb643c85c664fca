// Cross-entropy of rows of logits, and its gradient.
#include "../../backend/native/kernels.h"
#include "../../backend/native/pool.h"
#include "../../backend/native/simd.h"

namespace spiking {
namespace ISA {

namespace {

constexpr int64_t ELEMENTS = 16384;  // of a task, at least

// e^x; what is no number stays none, which the exponential itself would lose.
ALWAYS_INLINE vf powers(vf x) { return select(x == x, exponential(x), x); }

float largestOf(const float* row, int classes) {
  vf largest = splat(row[0]);
  int c = 0;
  for (; c + W <= classes; c += W) largest = larger(load(row + c), largest);
  float most = largest[0];
  for (int i = 1; i < W; i++) most = largest[i] > most ? largest[i] : most;
  for (; c < classes; c++) most = row[c] > most ? row[c] : most;
  return most;
}

// Vectors of floats for as long as they stay exact enough, then in double.
double sumOfPowers(const float* row, int classes, float largest) {
  constexpr int TOGETHER = 64 * W;
  double total = 0;
  int c = 0;
  while (c + W <= classes) {
    vf part{};
    for (const int end = c + TOGETHER; c + W <= classes && c < end; c += W) part += powers(load(row + c) - largest);
    total += sum(part);
  }
  if (c < classes) {
    const vf part = powers(load(row + c, classes - c) - largest);
    for (int i = 0; i < classes - c; i++) total += part[i];
  }
  return total;
}

bool firstLargest(const float* row, int label, float largest) {
  if (row[label] != largest) return false;
  for (int c = 0; c < label; c++) {
    if (row[c] == largest) return false;
  }
  return true;
}

template <typename Work>
void forRows(const CrossEntropy& args, const Work& work) {
  const int each = static_cast<int>((ELEMENTS + args.classes - 1) / args.classes);
  parallel((args.rows + each - 1) / each, 0, [&](int task, float*) {
    const int end = (task + 1) * each < args.rows ? (task + 1) * each : args.rows;
    for (int row = task * each; row < end; row++) work(row, args.logits + static_cast<int64_t>(row) * args.classes);
  });
}

}  // namespace

void crossEntropy(const CrossEntropy& args) {
  forRows(args, [&](int r, const float* row) {
    const float largest = largestOf(row, args.classes);
    const double logSum = largest + log(sumOfPowers(row, args.classes, largest));
    args.logSums[r] = static_cast<float>(logSum);
    args.losses[r] = static_cast<float>(logSum - row[args.y[r]]);
    args.correct[r] = firstLargest(row, args.y[r], largest) ? 1 : 0;
  });
}

void crossEntropyGradient(const CrossEntropy& args) {
  forRows(args, [&](int r, const float* row) {
    float* out = args.out + static_cast<int64_t>(r) * args.classes;
    for (int c = 0; c < args.classes; c += W) {
      const int lanes = args.classes - c < W ? args.classes - c : W;
      store(out + c, args.factor * powers(load(row + c, lanes) - args.logSums[r]), lanes);
    }
    out[args.y[r]] -= args.factor;
  });
}

}  // namespace ISA
}  // namespace spiking
