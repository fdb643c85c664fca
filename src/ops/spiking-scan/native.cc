// S4D, skip, threshold and LIF neuron in one pass; without a neuron, S4D alone.
#include "../s4d/cut.h"
#include "neuron.h"

namespace spiking {
namespace ISA {

int64_t checkpointFloats(const ScanShape& shape) {
  return static_cast<int64_t>(shape.channels) * channelGroups(shape) * checkpointCount(shape.L) * shape.batch *
         stateRows(shape) * W;
}

// The neuron over one group's span of currents: writes the spikes, each as much as `scale` says, and where wanted the
// membrane before the spike. u, scale [R].
static ALWAYS_INLINE void fire(const Neuron neuron, const Patch& patch, const Span& span, const vf* current, vf* u,
                               const vf* scale, float* y, float* v) {
  const vf tau = splat(neuron.tau);
  writing(patch, y, [&](const auto& write) {
    for (int s = 0; s < span.chunks; s++) {
      for (int t = 0; t < span.steps; t++) {
        for (int r = 0; r < span.rows; r++) {
          const int64_t to = patch.offset(r, span.start + s * T + t);
          const vf membrane = fusedMultiplyAdd(tau, u[r], current[columnAt(s * span.rows + r, T) + t * BLOCK]);
          u[r] = resetOf(neuron, membrane);
          write(y + to, select(membrane >= splat(1.0f), scale[r], vf{}), 0);
          if (v != nullptr) write(v + to, membrane, 0);
        }
      }
    }
  });
}

void scanForward(const ScanForward& args) {
  const ScanShape& shape = args.shape;
  const int K = stateRows(shape);
  const AllTables all(shape, args.parameters);
  const Cut cut(shape, MAX_ROWS, GROUPS);
  const size_t buffers = ForwardScratch::vectors(K), most = GROUPS * MAX_ROWS;
  parallel(cut.tasks(), (buffers + 2 * most) * W, [&](int task, float* memory) {
    Patch patch = cut.patch(shape, task);
    const int R = patch.rows;
    const ForwardScratch scratch(reinterpret_cast<vf*>(memory), K);
    vf *u = reinterpret_cast<vf*>(memory) + buffers, *scale = u + most;
    auto keepIn = [&](int channel) {
      return [&, channel](int g, int index) -> float* {
        if (args.checkpoints == nullptr) return nullptr;
        return checkpointAt(args.checkpoints, shape, channel, patch, g, index);
      };
    };
    auto eachCarry = [&](const auto& visit) {
      for (int g = 0; g < patch.groups; g++) visit(Carry(scratch.carry, K, R, g), patch.only(g));
    };
    if (shape.channels == 2) {
      patch.reversed = true;
      eachCarry([&](const Carry& carry, const Patch& only) { loadState(carry, nullptr, shape.M, only); });
      scanForwardPass(all.at(patch, 1).tables, patch, args.x, scratch, keepIn(1),
                      [&](const Span& span, int g) { unpack(args.y, scratch.out, patch.only(g), span); });
      patch.reversed = false;
    }
    loadRows(u, args.u0, patch);
    loadScale(scale, args.scale, patch);
    eachCarry([&](const Carry& carry, const Patch& only) { loadState(carry, args.state, shape.M, only); });
    scanForwardPass(all.at(patch, 0).tables, patch, args.x, scratch, keepIn(0), [&](const Span& span, int g) {
      const Patch only = patch.only(g);
      if (shape.channels == 2) {
        pack(scratch.moved, args.y, only, span);
        for (int i = 0; i < T * span.padded(); i++) scratch.out[i] += scratch.moved[i];
      }
      if (args.neuron == nullptr) {
        unpack(args.y, scratch.out, only, span);
      } else {
        fire(*args.neuron, only, span, scratch.out, u + g * R, scale + g * R, args.y, args.v);
      }
    });
    eachCarry([&](const Carry& carry, const Patch& only) { storeState(args.stateOut, carry, shape.M, only); });
    storeRows(args.u_final, u, patch);
  });
}

}  // namespace ISA
}  // namespace spiking
