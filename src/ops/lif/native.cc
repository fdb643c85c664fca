// The neuron by itself, over blocks of channels; backward makes the membrane again, a stretch of steps at a time.
#include "../../backend/native/pool.h"
#include "../spiking-scan/neuron.h"

namespace spiking {
namespace ISA {

namespace {

constexpr int VECTORS = 4;    // of W channels, side by side in memory and independent of each other
constexpr int STRETCH = 64;   // steps between the membranes that are kept

/** One batch row's run of up to VECTORS * W channels. */
struct Strip {
  int64_t first, stride;  // offset of step 0, and from step to step
  int64_t row;            // offset in [batch, H]
  int vectors, lastLanes;
  int lanes(int i) const { return i == vectors - 1 ? lastLanes : W; }
};

int stripsPerRow(int H) { return (H + VECTORS * W - 1) / (VECTORS * W); }

Strip stripOf(int task, int L, int H) {
  const int b = task / stripsPerRow(H), from = task % stripsPerRow(H) * VECTORS * W;
  const int channels = H - from < VECTORS * W ? H - from : VECTORS * W;
  const int vectors = (channels + W - 1) / W;
  return {static_cast<int64_t>(b) * L * H + from, H, static_cast<int64_t>(b) * H + from, vectors,
          channels - (vectors - 1) * W};
}

}  // namespace

void lifForward(const LifForward& args) {
  parallel(args.batch * stripsPerRow(args.H), 0, [&](int task, float*) {
    const Strip strip = stripOf(task, args.L, args.H);
    const vf tau = splat(args.neuron.tau);
    vf u[VECTORS] = {};
    for (int i = 0; i < strip.vectors; i++) u[i] = load(args.u0 + strip.row + i * W, strip.lanes(i));
    for (int t = 0; t < args.L; t++) {
      const int64_t at = strip.first + t * strip.stride;
      for (int i = 0; i < strip.vectors; i++) {
        const vf v = fusedMultiplyAdd(tau, u[i], load(args.x + at + i * W, strip.lanes(i)));
        store(args.spikes + at + i * W, spikeOf(v), strip.lanes(i));
        u[i] = resetOf(args.neuron, v);
      }
    }
    for (int i = 0; i < strip.vectors; i++) store(args.u_final + strip.row + i * W, u[i], strip.lanes(i));
  });
}

void lifBackward(const LifBackward& args) {
  const int stretches = (args.L + STRETCH - 1) / STRETCH;
  const size_t vectors = static_cast<size_t>(stretches + STRETCH) * VECTORS;
  parallel(args.batch * stripsPerRow(args.H), vectors * W, [&](int task, float* memory) {
    const Strip strip = stripOf(task, args.L, args.H);
    const vf tau = splat(args.neuron.tau);
    vf *kept = reinterpret_cast<vf*>(memory), *membrane = kept + stretches * VECTORS;
    vf u[VECTORS] = {}, du[VECTORS] = {};
    auto advance = [&](int t, int i) {
      const int64_t at = strip.first + t * strip.stride + i * W;
      const vf v = fusedMultiplyAdd(tau, u[i], load(args.x + at, strip.lanes(i)));
      u[i] = resetOf(args.neuron, v);
      return v;
    };
    for (int i = 0; i < strip.vectors; i++) {
      u[i] = load(args.u0 + strip.row + i * W, strip.lanes(i));
      du[i] = load(args.du_final + strip.row + i * W, strip.lanes(i));
    }
    for (int t = 0; t < args.L; t++) {
      if (t % STRETCH == 0) {
        for (int i = 0; i < strip.vectors; i++) kept[t / STRETCH * VECTORS + i] = u[i];
      }
      for (int i = 0; i < strip.vectors; i++) advance(t, i);
    }
    for (int stretch = stretches - 1; stretch >= 0; stretch--) {
      const int start = stretch * STRETCH, end = start + STRETCH < args.L ? start + STRETCH : args.L;
      for (int i = 0; i < strip.vectors; i++) u[i] = kept[stretch * VECTORS + i];
      for (int t = start; t < end; t++) {
        for (int i = 0; i < strip.vectors; i++) membrane[(t - start) * VECTORS + i] = advance(t, i);
      }
      for (int t = end - 1; t >= start; t--) {
        for (int i = 0; i < strip.vectors; i++) {
          const int64_t at = strip.first + t * strip.stride + i * W;
          const vf v = membrane[(t - start) * VECTORS + i];
          const vf dv = load(args.dy + at, strip.lanes(i)) * surrogateSlope(args.neuron, v) +
                        du[i] * resetSlope(args.neuron, v >= splat(1.0f));
          store(args.dx + at, dv, strip.lanes(i));
          du[i] = args.neuron.sltt ? vf{} : tau * dv;
        }
      }
    }
    for (int i = 0; i < strip.vectors; i++) store(args.du0 + strip.row + i * W, du[i], strip.lanes(i));
  });
}

}  // namespace ISA
}  // namespace spiking
