// The gated linear unit, with the dropout behind it and the residual connection.
#include "../../backend/native/kernels.h"
#include "../../backend/native/pool.h"
#include "../../backend/native/simd.h"

namespace spiking {
namespace ISA {

void glu(const Glu& args) {
  const int H = args.H, each = H > 16384 ? 1 : 16384 / H;
  parallel((args.rows + each - 1) / each, 0, [&](int task, float*) {
    const int end = (task + 1) * each < args.rows ? (task + 1) * each : args.rows;
    for (int64_t row = task * each; row < end; row++) {
      const float *value = args.x + row * 2 * H, *gates = value + H;
      const float* scale = args.scale == nullptr ? nullptr : args.scale + row / args.rowsPerScale * H;
      const float* residual = args.residual == nullptr ? nullptr : args.residual + row * H;
      for (int c = 0; c < H; c += W) {
        const int lanes = H - c < W ? H - c : W;
        const vf gate = sigmoid(load(gates + c, lanes));
        if (args.dy == nullptr) {
          vf y = load(value + c, lanes) * gate;
          if (scale != nullptr) y *= load(scale + c, lanes);
          if (residual != nullptr) y += load(residual + c, lanes);
          store(args.out + row * H + c, y, lanes);
          continue;
        }
        vf dy = load(args.dy + row * H + c, lanes);
        if (scale != nullptr) dy *= load(scale + c, lanes);
        float* dx = args.out + row * 2 * H + c;
        store(dx, dy * gate, lanes);
        store(dx + H, dy * load(value + c, lanes) * gate * (1.0f - gate), lanes);
      }
    }
  });
}

}  // namespace ISA
}  // namespace spiking
