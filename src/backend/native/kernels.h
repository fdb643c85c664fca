// What the addon can call: one table of functions for each instruction set, and the arguments they take. Arrays are
// row-major and contiguous; a null pointer stands for an absent optional array.
#pragma once
#include <stdint.h>

namespace spiking {

struct ScanShape {
  int batch, L, H, M, channels;
};

/** The state-space layer's parameters; complex numbers are pairs of floats. ln_vth is null for s4d alone. */
struct ScanParameters {
  const float *log_dt, *log_A_real, *A_imag;  // [H], [H, M], [H, M]
  const float* C;                             // [channels, H, M, 2]
  const float* D;                             // [H]
  const float* B;                             // [H, M, 2] or null: 1
  const float* ln_vth;                        // [H], [1] or null: 0
  bool sharedThreshold;                       // ln_vth is [1]
};

struct Neuron {
  float tau, v_reset;
  bool softReset, sltt;
  int surrogate;  // 0 piecewise quadratic, 1 triangle, 2 sigmoid, 3 arctan
};

struct ScanForward {
  ScanShape shape;
  ScanParameters parameters;
  const Neuron* neuron;       // null: s4d alone
  const float* x;             // [batch, L, H]
  const float *state, *u0;    // [batch, H, M, 2], [batch, H]; null: 0
  float* y;                   // [batch, L, H]: the layer's output, or the spikes
  float* v;                   // [batch, L, H] or null: membrane before the spike
  float* checkpoints;         // checkpointFloats(shape) or null: states for the backward pass
  float *stateOut, *u_final;  // [batch, H, M, 2], [batch, H]
};

struct ScanBackward {
  ScanShape shape;
  ScanParameters parameters;
  const Neuron* neuron;
  const float *x, *v, *u0, *checkpoints;
  const float *dy;                               // [batch, L, H]
  const float *dStateOut, *du_final;             // null: 0
  float* dx;                                     // [batch, L, H]
  float *dlog_dt, *dlog_A_real, *dA_imag, *dC, *dD;
  float *dB, *dln_vth;                           // null where the parameter is absent
  float *dState, *du0;                           // [batch, H, M, 2], [batch, H]
};

struct Kernels {
  const char* name;
  int64_t (*checkpointFloats)(const ScanShape&);
  void (*scanForward)(const ScanForward&);
  void (*scanBackward)(const ScanBackward&);
};

}  // namespace spiking
