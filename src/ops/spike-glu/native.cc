// What ends a block: linear map of spikes, gated linear unit, dropout, residual connection. In vectors this is one pass over
// blocks of rows, the products made where the gate needs them and the gate's gradient where both products want it. On
// tiles, and for more channels than places can number, it is one kernel after the other.
#include "../../backend/native/kernels.h"
#include "backward.h"
#include "forward.h"

namespace spiking {
namespace ISA {

void spikeForward(const SpikeForward&);
void spikeWeights(const SpikeWeights&);
void glu(const Glu&);

namespace {

bool inOnePass(int K) {
#if defined(__AMX_INT8__)
  (void)K;
  return false;
#else
  return K <= sparse::MOST;
#endif
}

}  // namespace

int64_t spikeGluScratch(int rows, int K, int H) { return inOnePass(K) ? 0 : static_cast<int64_t>(rows) * 2 * H; }

void spikeGlu(const SpikeGlu& args) {
  if (inOnePass(args.K)) return tail::forward(args);
  const int cols = 2 * args.H;
  float* mixed = args.mixed != nullptr ? args.mixed : args.scratch;
  spikeForward({args.rows, args.K, cols, args.x, args.weights, args.bias, mixed});
  glu({args.rows, args.H, args.rowsPerScale, mixed, nullptr, args.scale, args.residual, args.y});
}

void spikeGluBackward(const SpikeGluBackward& args) {
  if (inOnePass(args.K)) return tail::backward(args);
  const int rows = args.rows, K = args.K, cols = 2 * args.H;
  glu({rows, args.H, args.rowsPerScale, args.mixed, args.dy, args.scale, nullptr, args.scratch});
  matmul({rows, K, cols, false, true, args.scratch, args.weights, nullptr, args.dx, nullptr, 1, 0, 0});
  spikeWeights({rows, K, cols, args.x, args.scratch, args.dW, args.db});
}

}  // namespace ISA
}  // namespace spiking
