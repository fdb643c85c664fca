#pragma once
#include "../../backend/native/call.h"
#include "../../backend/native/kernels.h"

namespace spiking {

/** Six arguments: w1, b1, w2, b2, w3, b3. */
inline SdnNetwork networkOf(Call& call) {
  SdnNetwork network;
  network.w1 = call.floats(64);
  network.b1 = call.floats(8);
  network.w2 = call.floats(64);
  network.b2 = call.floats(8);
  network.w3 = call.floats(8);
  network.b3 = call.floats(1);
  return network;
}

}  // namespace spiking
