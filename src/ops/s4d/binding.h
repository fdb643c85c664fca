#pragma once
#include "../../backend/native/call.h"
#include "../../backend/native/kernels.h"

namespace spiking {

/** Five arguments: batch, L, H, M, channels. */
inline ScanShape scanShape(Call& call) {
  ScanShape shape;
  shape.batch = call.integer();
  shape.L = call.integer();
  shape.H = call.integer();
  shape.M = call.integer();
  shape.channels = call.integer();
  return shape;
}

/** Six arguments: log_dt, log_A_real, A_imag, C, D, and B or null. */
inline ScanParameters scanParameters(Call& call, const ScanShape& shape) {
  const int64_t modes = static_cast<int64_t>(shape.H) * shape.M;
  ScanParameters p;
  p.log_dt = call.floats(shape.H);
  p.log_A_real = call.floats(modes);
  p.A_imag = call.floats(modes);
  p.C = call.floats(2 * shape.channels * modes);
  p.D = call.floats(shape.H);
  p.B = call.optionalFloats(2 * modes);
  return p;
}

}  // namespace spiking
