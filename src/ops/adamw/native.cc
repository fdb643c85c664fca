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
    for (int64_t i = task * EACH; i < end; i++) {
      const double g = args.gradient[i];
      const double mean = args.beta1 * args.m[i] + (1 - args.beta1) * g;
      const double square = args.beta2 * args.v[i] + (1 - args.beta2) * g * g;
      args.m[i] = static_cast<float>(mean);
      args.v[i] = static_cast<float>(square);
      args.parameter[i] =
          static_cast<float>(args.parameter[i] * keep - stepSize * mean / (sqrt(square) / rootCorrection + args.eps));
    }
  });
}

}  // namespace ISA
}  // namespace spiking
