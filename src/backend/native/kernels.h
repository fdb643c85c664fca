// What the addon can call: one table of functions for each instruction set, and the arguments they take. Arrays are
// row-major and contiguous; a null pointer stands for an absent optional array.
#pragma once
#include <stdint.h>

namespace spiking {

struct ScanShape {
  int batch, L, H, M, channels;
};

/** The state-space layer's parameters; complex numbers are pairs of floats. */
struct ScanParameters {
  const float *log_dt, *log_A_real, *A_imag;  // [H], [H, M], [H, M]
  const float* C;                             // [channels, H, M, 2]
  const float* D;                             // [H]
  const float* B;                             // [H, M, 2] or null: 1
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
  const float* scale;         // [batch, H] or null: what a spike counts in y, 1 by default
  float* y;                   // [batch, L, H]: the layer's output, or the spikes
  float* slope;               // [batch, L, H] or null: of a spike, see signedSlope
  float* checkpoints;         // checkpointFloats(shape) or null: states for the backward pass
  float *stateOut, *u_final;  // [batch, H, M, 2], [batch, H]
};

struct ScanBackward {
  ScanShape shape;
  ScanParameters parameters;
  const Neuron* neuron;
  const float *x, *slope, *u0, *scale, *checkpoints;
  const float *dy;                               // [batch, L, H]
  const float *dStateOut, *du_final;             // null: 0
  float* dx;                                     // [batch, L, H]
  float *dlog_dt, *dlog_A_real, *dA_imag, *dC, *dD;
  float* dB;                                     // null where the parameter is absent
  float *dState, *du0;                           // [batch, H, M, 2], [batch, H]
};

struct LifForward {
  int batch, L, H;
  Neuron neuron;
  const float *x, *u0;    // [batch, L, H], [batch, H]
  float *spikes, *u_final;
};

struct LifBackward {
  int batch, L, H;
  Neuron neuron;
  const float *x, *u0, *dy, *du_final;
  float *dx, *du0;
};

/** The weights of the predictor: [8, 8], [8], [8, 8], [8], [8], [1]. */
struct SdnNetwork {
  const float *w1, *b1, *w2, *b2, *w3, *b3;
};

/** The fused predictor; with dy the gradient of x through the surrogate, without it the spikes. */
struct Sdn {
  int batch, L, H, surrogate;
  const float *x, *past;               // [batch, L, H], [batch, 8, H]
  SdnNetwork network;
  const float* scale;                  // [batch, H] or null: what a spike counts, 1 by default
  float* spikes;
  float* slope;                        // [batch, L, H] or null: of the spikes with respect to x
};

/** The predictor of the spike itself. */
struct SdnSpike {
  int batch, L, H;
  const float *x, *past;
  SdnNetwork network;
  const float* scale;
  float* spikes;
};

/** dy straight through to x, or times a surrogate's slope at x. */
struct SdnSpikeBackward {
  int batch, L, H, surrogate;         // -1: straight through
  const float *x, *scale, *dy;        // [batch, L, H], [batch, H] or null, [batch, L, H]
  float* dx;
};

/** C = op(A) op(B) + bias, for `batches` pairs of matrices; a stride of 0 uses the same matrix for all. */
struct Matmul {
  int M, N, K;
  bool transposeA, transposeB;  // A is [M, K], or [K, M] when transposed; B [K, N] or [N, K]
  const float *A, *B, *bias;    // bias [N] or null
  float* C;                     // [M, N]
  float* columnSums;            // [N] or null: of B as it lies in memory, where B is [K, N] and there is one pair
  int batches;
  int64_t strideA, strideB;
};

/** out [cols, rows] = x^T */
struct Transpose {
  int rows, cols;
  const float* x;
  float* out;
};

/** Rows of a table by number; with dy the gradient of the table instead. */
struct Embedding {
  int size, H;
  int64_t count;
  const int32_t* tokens;
  const float *table, *dy;  // dy null: forward
  float* out;
};

/** Of rows of logits with a class y each; `factor` and `out` are of the gradient. */
struct CrossEntropy {
  int rows, classes;
  const float* logits;
  const int32_t* y;
  float *logSums, *losses, *correct;  // [rows]
  float factor;
  float* out;
};

/** y = S W + b, where S is mostly zeros. */
struct SpikeForward {
  int rows, K, cols;
  const float *S, *weights, *bias;
  float* y;
};

/** dW = S^T dY, where S is mostly zeros, and db = the column sums of dY. */
struct SpikeWeights {
  int rows, K, cols;
  const float *S, *dY;
  float *dW, *db;
};

/** out[i, j, k] = a (+, -, *) b; an operand's stride is 0 along the axes that it is repeated on. */
struct Binary {
  int operation;  // 0 add, 1 subtract, 2 multiply
  int outer, middle, inner;
  int64_t aStrides[3], bStrides[3];
  const float *a, *b;
  float* out;
};

/** y = residual + scale x[:, :H] sigmoid(x[:, H:]); with dy the gradient of x instead. */
struct Glu {
  int rows, H, rowsPerScale;
  const float *x, *dy;             // dy null: forward
  const float *scale, *residual;   // [rows / rowsPerScale, H] or null: 1; [rows, H] or null: 0
  float* out;           // y [rows, H] or dx [rows, 2 H]
};

/**
 * y = residual + scale m[:, :H] sigmoid(m[:, H:]) with m = x w + b, where x is mostly zeros; in one pass, or by way of
 * `mixed` or `scratch`.
 */
struct SpikeGlu {
  int rows, K, H, rowsPerScale;
  const float *x, *weights, *bias;
  const float *scale, *residual;  // as those of Glu
  float* y;
  float* mixed;    // m for the backward pass, laid out as it likes [rows, 2 H, H rounded up to 16], or null
  float* scratch;  // spikeGluScratch
};

struct SpikeGluBackward {
  int rows, K, H, rowsPerScale;
  const float *x, *weights, *scale, *mixed, *dy;
  const float* slope;  // [rows, K] or null: dx is not asked for where it is 0
  float* scratch;
  float *dx, *dW, *db;
};

/** y = scale x Phi(x); with dy the gradient of x instead. */
struct Gelu {
  int rows, H, rowsPerScale;
  const float *x, *dy;   // dy null: forward
  const float* scale;    // [rows / rowsPerScale, H] or null: 1
  float* out;
};

/** Layer norm of rows, or batch norm of channels, by the statistics of x: of its rows whose mask is not 0. */
struct Norm {
  int rows, H;
  bool ofChannels;
  float eps;
  const float *x, *weight, *bias;
  const float* mask;           // of channels' statistics, [rows] or null: 1
  float *y, *mean, *variance;  // statistics [rows], or [H]
};

struct NormBackward {
  int rows, H;
  bool ofChannels;
  float eps;
  const float *x, *weight, *mask, *mean, *variance, *dy;
  float *dx, *dweight, *dbias;
};

/** One step of AdamW on one parameter, in place, in double. */
struct Adamw {
  int64_t size;
  float* parameter;
  const float* gradient;
  float *m, *v;
  double learningRate, weightDecay, beta1, beta2, eps;
  int step;
};

/** Billions a second: operations in vectors and on tiles (0: none), and bytes of memory read and written. */
struct Floor {
  double vectors, tiles, bytes;
};

/** Coefficients of one S4D layer for single steps, from the same parameters as the scan. */
struct Discretize {
  ScanShape shape;  // channels 1; batch and L count for nothing
  ScanParameters parameters;
  float* coefficients;  // [H][6][M]: a, b and 2 C, each real and imaginary part
};

/** One step of one block, in place: state-space layer, neuron, linear map of the spikes, gate, residual connection. */
struct BlockStep {
  int batch, H, M;
  Neuron neuron;
  const float *coefficients, *D;      // [H][6][M], [H]
  const float *weights, *bias;        // [H, 2 H], [2 H]
  const float *x, *residual;          // [batch, H]
  const float *state, *u;             // [batch, H, M, 2], [batch, H]
  float *stateOut, *uOut, *y;         // likewise, [batch, H]
};

struct Kernels {
  const char* name;
  bool tiles;  // dense products by the tile unit
  int64_t (*checkpointFloats)(const ScanShape&);
  void (*scanForward)(const ScanForward&);
  void (*scanBackward)(const ScanBackward&);
  void (*lifForward)(const LifForward&);
  void (*lifBackward)(const LifBackward&);
  void (*sdn)(const Sdn&);
  void (*sdnSpike)(const SdnSpike&);
  void (*sdnSpikeBackward)(const SdnSpikeBackward&);
  void (*matmul)(const Matmul&);
  void (*spikeForward)(const SpikeForward&);
  void (*spikeWeights)(const SpikeWeights&);
  void (*discretize)(const Discretize&);
  void (*blockStep)(const BlockStep&);
  void (*transpose)(const Transpose&);
  void (*embedding)(const Embedding&);
  void (*crossEntropy)(const CrossEntropy&);
  void (*crossEntropyGradient)(const CrossEntropy&);
  void (*binary)(const Binary&);
  void (*glu)(const Glu&);
  void (*gelu)(const Gelu&);
  int64_t (*spikeGluScratch)(int rows, int K, int H);
  void (*spikeGlu)(const SpikeGlu&);
  void (*spikeGluBackward)(const SpikeGluBackward&);
  void (*norm)(const Norm&);
  void (*normBackward)(const NormBackward&);
  void (*adamw)(const Adamw&);
  Floor (*measureFloor)();
};

/** Those of the best instruction set that this machine has. */
const Kernels& kernels();

}  // namespace spiking
