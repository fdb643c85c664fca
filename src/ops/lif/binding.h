#pragma once
#include "../../backend/native/call.h"
#include "../../backend/native/kernels.h"

namespace spiking {

/** Five arguments: tau, v_reset, soft, sltt, surrogate. */
inline Neuron neuronOf(Call& call) {
  Neuron neuron;
  neuron.tau = static_cast<float>(call.number());
  neuron.v_reset = static_cast<float>(call.number());
  neuron.softReset = call.boolean();
  neuron.sltt = call.boolean();
  neuron.surrogate = call.integer();
  return neuron;
}

}  // namespace spiking
