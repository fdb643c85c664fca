// The leaky integrate-and-fire step and its surrogate gradient on vectors.
#pragma once
#include "../../backend/native/kernels.h"
#include "../../backend/native/simd.h"

namespace spiking {
namespace ISA {

// Derivative that stands in for that of the step function at v - 1, numbered in the order of surrogate.ts.
static ALWAYS_INLINE vf surrogateSlope(const Neuron& neuron, vf v) {
  const vf d = v - 1.0f;
  if (neuron.surrogate == 2) {
    const vf s = sigmoid(4.0f * d);
    return 4.0f * s * (1.0f - s);
  }
  if (neuron.surrogate == 3) {
    const vf z = static_cast<float>(M_PI) * d;
    return 1.0f / (1.0f + z * z);
  }
  const vf tent = larger(1.0f - absolute(d), vf{});
  return neuron.surrogate == 1 ? 0.3f * tent : tent;
}

static ALWAYS_INLINE vf spikeOf(vf v) { return v >= splat(1.0f) ? splat(1.0f) : vf{}; }

// The slope of a spike with respect to its membrane, 0 where the spike counts nothing. Its sign bit, of 0 too, says whether
// the neuron fired.
static ALWAYS_INLINE vf signedSlope(const Neuron& neuron, vf v, vf scale) {
  const vf slope = select(scale != vf{}, surrogateSlope(neuron, v), vf{});
  return select(v >= splat(1.0f), -slope, slope);
}

// The membrane after the spike.
static ALWAYS_INLINE vf resetOf(const Neuron& neuron, vf v) {
  const vi fired = v >= splat(1.0f);
  return neuron.softReset ? v - select(fired, splat(1.0f), vf{}) : select(fired, splat(neuron.v_reset), v);
}

// d u / d v with the reset detached.
static ALWAYS_INLINE vf resetSlope(const Neuron& neuron, vi fired) {
  return neuron.softReset ? splat(1.0f) : select(fired, vf{}, splat(1.0f));
}

}  // namespace ISA
}  // namespace spiking
