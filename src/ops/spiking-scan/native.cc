// S4D, skip, threshold and LIF neuron in one pass; without a neuron, S4D alone.
#include "../s4d/cut.h"
#include "neuron.h"

namespace spiking {
namespace ISA {

int64_t checkpointFloats(const ScanShape& shape) {
  return static_cast<int64_t>(shape.channels) * channelGroups(shape) * checkpointCount(shape.L) * shape.batch *
         stateRows(shape) * W;
}

// The neuron over a span of currents: writes the spikes, each as much as `scale` says, and where wanted their slopes. u,
// scale [group][R].
static ALWAYS_INLINE void fire(const Neuron neuron, const Patch& patch, const Span& span, const vf* current, vf* u,
                               const vf* scale, float* y, float* slope) {
  const vf tau = splat(neuron.tau);
  const int tile = T * span.padded();
  auto use = [&](const auto& write) {
    for (int s = 0; s < span.chunks; s++) {
      for (int t = 0; t < span.steps; t++) {
        for (int r = 0; r < span.rows; r++) {
          const int64_t to = patch.offset(r, span.start + s * T + t);
          const vf* here = current + columnAt(s * span.rows + r, T) + t * BLOCK;
          for (int g = 0; g < patch.groups; g++) {
            vf& state = u[g * span.rows + r];
            const vf membrane = fusedMultiplyAdd(tau, state, here[g * tile]);
            state = resetOf(neuron, membrane);
            const vf counts = scale[g * span.rows + r];
            write(y + to + g * W, select(membrane >= splat(1.0f), counts, vf{}), g);
            if (slope != nullptr) write(slope + to + g * W, signedSlope(neuron, membrane, counts), g);
          }
        }
      }
    }
  };
  writing(patch, use, y, slope);
}

void scanForward(const ScanForward& args) {
  const ScanShape& shape = args.shape;
  const int K = stateRows(shape);
  const AllTables all(shape, args.parameters);
  const int mostRows = rowsOfTask(shape, MAX_ROWS);
  const Cut cut(shape, mostRows, GROUPS);
  const bool both = shape.channels == 2;
  const size_t buffers = ForwardScratch::vectors(K), most = GROUPS * mostRows, sequence = both ? most * shape.L : 0;
  parallel(cut.tasks(), (buffers + 2 * most + 2 * sequence) * W, [&](int task, float* memory) {
    Patch patch = cut.patch(shape, task);
    const int R = patch.rows;
    const ForwardScratch scratch(reinterpret_cast<vf*>(memory), K);
    vf *u = reinterpret_cast<vf*>(memory) + buffers, *scale = u + most, *allX = scale + most, *allOut = allX + sequence;
    auto keepIn = [&](int channel) {
      return [&, channel](int g, int index) -> float* {
        if (args.checkpoints == nullptr) return nullptr;
        return checkpointAt(args.checkpoints, shape, channel, patch, g, index);
      };
    };
    auto eachCarry = [&](const auto& visit) {
      for (int g = 0; g < patch.groups; g++) visit(Carry(scratch.carry, K, R, g), patch.only(g));
    };
    if (both) {
      patch.reversed = true;
      eachCarry([&](const Carry& carry, const Patch& only) { loadState(carry, nullptr, shape.M, only); });
      scanForwardPass(
          all.at(patch, 1).tables, patch, scratch, keepIn(1),
          [&](const Span& span) {
            pack(scratch.tiles, args.x, patch, span);
            eachKept(patch, span, [&](int here, int64_t there) { allX[there] = scratch.tiles[here]; });
          },
          [&](const Span& span) {
            eachKept(patch, span, [&](int here, int64_t there) { allOut[there] = scratch.out[here]; });
          });
      patch.reversed = false;
    }
    loadRows(u, args.u0, patch);
    loadScale(scale, args.scale, patch);
    eachCarry([&](const Carry& carry, const Patch& only) { loadState(carry, args.state, shape.M, only); });
    scanForwardPass(
        all.at(patch, 0).tables, patch, scratch, keepIn(0),
        [&](const Span& span) {
          if (!both) return pack(scratch.tiles, args.x, patch, span);
          clearGaps(scratch.tiles, patch, span);
          eachKept(patch, span, [&](int here, int64_t there) { scratch.tiles[here] = allX[there]; });
        },
        [&](const Span& span) {
          if (both) eachKept(patch, span, [&](int here, int64_t there) { scratch.out[here] += allOut[there]; });
          if (args.neuron == nullptr) {
            unpack(args.y, scratch.out, patch, span);
          } else {
            fire(*args.neuron, patch, span, scratch.out, u, scale, args.y, args.slope);
          }
        });
    eachCarry([&](const Carry& carry, const Patch& only) { storeState(args.stateOut, carry, shape.M, only); });
    storeRows(args.u_final, u, patch);
  });
}

}  // namespace ISA
}  // namespace spiking
