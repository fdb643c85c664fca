// AdamW, number by number; stored in float, computed in double like the reference.
#include <math.h>

#include "../../backend/native/kernels.h"
#include "../../backend/native/pool.h"
#include "../../backend/native/simd.h"

namespace spiking {
namespace ISA {

void adamw(const Adamw& args) {
  constexpr int64_t EACH = 16384;
  const double keep = 1 - args.learningRate * args.weightDecay;
  const double stepSize = args.learningRate / (1 - pow(args.beta1, args.step));
  const double rootCorrection = sqrt(1 - pow(args.beta2, args.step));
  parallel(static_cast<int>((args.size + EACH - 1) / EACH), 0, [&](int task, float*) {
    const int64_t end = (task + 1) * EACH < args.size ? (task + 1) * EACH : args.size;
    const double beta1 = args.beta1, beta2 = args.beta2, eps = args.eps;
    // Arrays that do not overlap are vectors for the compiler.
    const float* __restrict gradient = args.gradient;
    float *__restrict parameter = args.parameter, *__restrict m = args.m, *__restrict v = args.v;
    for (int64_t i = task * EACH; i < end; i++) {
      const double g = gradient[i];
      const double mean = beta1 * m[i] + (1 - beta1) * g;
      const double square = beta2 * v[i] + (1 - beta2) * g * g;
      m[i] = static_cast<float>(mean);
      v[i] = static_cast<float>(square);
      parameter[i] = static_cast<float>(parameter[i] * keep - stepSize * mean / (sqrt(square) / rootCorrection + eps));
    }
  });
}

}  // namespace ISA
}  // namespace spiking
