// S4D, skip, threshold and LIF neuron in one pass; without a neuron, S4D alone.
#include "../s4d/cut.h"
#include "neuron.h"

namespace spiking {
namespace ISA {

int64_t checkpointFloats(const ScanShape& shape) {
  return static_cast<int64_t>(shape.channels) * channelGroups(shape) * checkpointCount(shape.L) * shape.batch *
         stateRows(shape) * W;
}

// The neuron over one span's outputs: they become the spikes, each as much as `scale` says; the membrane before the
// spike goes to v.
static ALWAYS_INLINE void fire(const Neuron& neuron, const Patch& patch, const Span& span, vf* out, vf* v, vf* u,
                               const vf* scale) {
  const int R = patch.rows, C = span.columns(R);
  for (int g = 0; g < patch.groups; g++) {
    for (int s = 0; s < span.chunks; s++) {
      for (int t = 0; t < span.steps; t++) {
        for (int r = 0; r < R; r++) {
          const int at = (g * T + t) * C + s * R + r;
          const vf membrane = fusedMultiplyAdd(splat(neuron.tau), u[g * R + r], out[at]);
          u[g * R + r] = resetOf(neuron, membrane);
          v[at] = membrane;
          out[at] = select(membrane >= splat(1.0f), scale[g * R + r], vf{});
        }
      }
    }
  }
}

void scanForward(const ScanForward& args) {
  const ScanShape& shape = args.shape;
  const int K = stateRows(shape);
  const AllTables all(shape, args.parameters, false);
  const Cut cut(shape, MAX_ROWS, GROUPS);
  const int columns = FORWARD_COLUMNS > MAX_ROWS ? FORWARD_COLUMNS : MAX_ROWS;
  const size_t vectors = ForwardScratch::vectors(K, GROUPS, MAX_ROWS, columns) + 2 * GROUPS * MAX_ROWS;
  parallel(cut.tasks(), vectors * W, [&](int task, float* memory) {
    Patch patch = cut.patch(shape, task);
    const int chunksAtOnce = FORWARD_COLUMNS / patch.rows > 0 ? FORWARD_COLUMNS / patch.rows : 1;
    const ForwardScratch scratch(reinterpret_cast<vf*>(memory), K, GROUPS, columns);
    vf* u = reinterpret_cast<vf*>(memory) + ForwardScratch::vectors(K, GROUPS, MAX_ROWS, columns);
    vf* scale = u + GROUPS * MAX_ROWS;
    auto keepIn = [&](int channel) {
      return [&, channel](int g, int index) -> float* {
        if (args.checkpoints == nullptr) return nullptr;
        return checkpointAt(args.checkpoints, shape, channel, patch, g, index);
      };
    };
    if (shape.channels == 2) {
      patch.reversed = true;
      loadState(scratch.carry, nullptr, shape.M, K, patch);
      scanForwardPass(all.at(patch, 1).tables, patch, args.x, chunksAtOnce, scratch, keepIn(1),
                      [&](const Span& span) { unpack(args.y, scratch.out, patch, span); });
      patch.reversed = false;
    }
    loadRows(u, args.u0, patch);
    loadScale(scale, args.scale, patch);
    loadState(scratch.carry, args.state, shape.M, K, patch);
    scanForwardPass(all.at(patch, 0).tables, patch, args.x, chunksAtOnce, scratch, keepIn(0), [&](const Span& span) {
      const int count = patch.groups * T * span.columns(patch.rows);
      if (shape.channels == 2) {
        pack(scratch.tiles, args.y, patch, span);
        for (int i = 0; i < count; i++) scratch.out[i] += scratch.tiles[i];
      }
      if (args.neuron != nullptr) {
        fire(*args.neuron, patch, span, scratch.out, scratch.tiles, u, scale);
        if (args.v != nullptr) unpack(args.v, scratch.tiles, patch, span);
      }
      unpack(args.y, scratch.out, patch, span);
    });
    storeState(args.stateOut, scratch.carry, shape.M, K, patch);
    storeRows(args.u_final, u, patch);
  });
}

}  // namespace ISA
}  // namespace spiking
