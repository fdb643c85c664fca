// The addon: which instruction set this machine has, and one JavaScript function for each kernel.
#include "call.h"
#include "kernels.h"
#include "pool.h"

#include <cstdlib>
#if defined(__linux__)
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>
#endif

namespace spiking {

namespace baseline {
extern const Kernels kernels;
}
#if defined(__x86_64__)
namespace avx2 {
extern const Kernels kernels;
}
namespace avx512 {
extern const Kernels kernels;
}
#if defined(__linux__)
namespace amx {
extern const Kernels kernels;
}
#endif
#endif

namespace {

const Kernels* chosen = &baseline::kernels;

// Tiles are there, and the kernel of the system saves them for this process and its threads.
bool canUseTiles() {
#if defined(__x86_64__) && defined(__linux__)
  unsigned a, b, c, d;
  __asm__("cpuid" : "=a"(a), "=b"(b), "=c"(c), "=d"(d) : "a"(7), "c"(0));
  const bool there = (d >> 22 & 1) != 0 && (d >> 24 & 1) != 0;  // bf16 products, tiles
  constexpr long ARCH_REQ_XCOMP_PERM = 0x1023, XFEATURE_XTILEDATA = 18;
  return there && syscall(SYS_arch_prctl, ARCH_REQ_XCOMP_PERM, XFEATURE_XTILEDATA) == 0;
#else
  return false;
#endif
}

// The best set that this machine has and that is not past `most` (an environment variable's wish, for tests).
const Kernels* bestKernels(const std::string& most) {
#if defined(__x86_64__)
  __builtin_cpu_init();
  const bool avx2 = __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
  const bool avx512 = avx2 && __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512vl") &&
                      __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512dq");
#if defined(__linux__)
  if (avx512 && (most.empty() || most == "amx") && canUseTiles()) return &amx::kernels;
#endif
  if (avx512 && most != "avx2" && most != "baseline") return &avx512::kernels;
  if (avx2 && most != "baseline") return &avx2::kernels;
#endif
  (void)most;
  return &baseline::kernels;
}

ScanShape scanShape(Call& call) {
  ScanShape shape;
  shape.batch = call.integer();
  shape.L = call.integer();
  shape.H = call.integer();
  shape.M = call.integer();
  shape.channels = call.integer();
  return shape;
}

struct Sizes {
  int64_t x, modes, C, state, rows, checkpoints;
  explicit Sizes(const ScanShape& s)
      : x(static_cast<int64_t>(s.batch) * s.L * s.H),
        modes(static_cast<int64_t>(s.H) * s.M),
        C(2 * s.channels * modes),
        state(2 * modes * s.batch),
        rows(static_cast<int64_t>(s.batch) * s.H),
        checkpoints(chosen->checkpointFloats(s)) {}
};

ScanParameters scanParameters(Call& call, const ScanShape& shape) {
  const Sizes sizes(shape);
  ScanParameters p;
  p.log_dt = call.floats(shape.H);
  p.log_A_real = call.floats(sizes.modes);
  p.A_imag = call.floats(sizes.modes);
  p.C = call.floats(sizes.C);
  p.D = call.floats(shape.H);
  p.B = call.optionalFloats(2 * sizes.modes);
  p.ln_vth = nullptr;
  p.sharedThreshold = false;
  return p;
}

// tau, v_reset, soft, sltt, surrogate, slope; spiking false: none of them counts.
Neuron neuronOf(Call& call) {
  Neuron neuron;
  neuron.tau = static_cast<float>(call.number());
  neuron.v_reset = static_cast<float>(call.number());
  neuron.softReset = call.boolean();
  neuron.sltt = call.boolean();
  neuron.surrogate = call.integer();
  return neuron;
}

napi_value undefined(napi_env env) {
  napi_value value;
  napi_get_undefined(env, &value);
  return value;
}

napi_value number(napi_env env, double value) {
  napi_value result;
  napi_create_double(env, value, &result);
  return result;
}

napi_value setThreadsCall(napi_env env, napi_callback_info info) {
  Call call(env, info, "setThreads");
  const int count = call.integer();
  return call.failed() ? undefined(env) : number(env, setThreads(count));
}

napi_value instructionSet(napi_env env, napi_callback_info) {
  napi_value result;
  napi_create_string_utf8(env, chosen->name, NAPI_AUTO_LENGTH, &result);
  return result;
}

// Large pages make the first touch of a large buffer some hundred times cheaper.
napi_value prepareBuffer(napi_env env, napi_callback_info info) {
  size_t count = 1, length = 0;
  napi_value buffer;
  void* data = nullptr;
  napi_get_cb_info(env, info, &count, &buffer, nullptr, nullptr);
  if (count < 1 || napi_get_arraybuffer_info(env, buffer, &data, &length) != napi_ok) {
    napi_throw_type_error(env, nullptr, "prepareBuffer: expected an ArrayBuffer");
    return undefined(env);
  }
  const uintptr_t start = reinterpret_cast<uintptr_t>(data);
#if defined(__linux__)
  const uintptr_t from = (start + 4095) / 4096 * 4096, to = (start + length) / 4096 * 4096;
  if (to > from) madvise(reinterpret_cast<void*>(from), to - from, MADV_HUGEPAGE);
#endif
  return number(env, static_cast<double>((64 - start % 64) % 64));
}

napi_value checkpointFloatsCall(napi_env env, napi_callback_info info) {
  Call call(env, info, "checkpointFloats");
  const ScanShape shape = scanShape(call);
  return call.failed() ? undefined(env) : number(env, static_cast<double>(chosen->checkpointFloats(shape)));
}

// shape, parameters, spiking, neuron, x, state, u0, scale, y, v, checkpoints, stateOut, u_final
napi_value scanForwardCall(napi_env env, napi_callback_info info) {
  Call call(env, info, "scanForward");
  ScanForward args;
  args.shape = scanShape(call);
  const Sizes sizes(args.shape);
  args.parameters = scanParameters(call, args.shape);
  const bool spiking = call.boolean();
  const Neuron neuron = neuronOf(call);
  args.neuron = spiking ? &neuron : nullptr;
  args.x = call.floats(sizes.x);
  args.state = call.optionalFloats(sizes.state);
  args.u0 = call.optionalFloats(sizes.rows);
  args.scale = call.optionalFloats(sizes.rows);
  args.y = call.floats(sizes.x);
  args.v = call.optionalFloats(sizes.x);
  args.checkpoints = call.optionalFloats(sizes.checkpoints);
  args.stateOut = call.floats(sizes.state);
  args.u_final = call.optionalFloats(sizes.rows);
  if (!call.failed()) chosen->scanForward(args);
  return undefined(env);
}

// shape, parameters, spiking, neuron, x, v, u0, scale, checkpoints, dy, dStateOut, du_final, then what is made: dx, dlog_dt,
// dlog_A_real, dA_imag, dC, dD, dB, dState, du0
napi_value scanBackwardCall(napi_env env, napi_callback_info info) {
  Call call(env, info, "scanBackward");
  ScanBackward args;
  args.shape = scanShape(call);
  const Sizes sizes(args.shape);
  args.parameters = scanParameters(call, args.shape);
  const bool spiking = call.boolean();
  const Neuron neuron = neuronOf(call);
  args.neuron = spiking ? &neuron : nullptr;
  args.x = call.floats(sizes.x);
  args.v = call.optionalFloats(sizes.x);
  args.u0 = call.optionalFloats(sizes.rows);
  args.scale = call.optionalFloats(sizes.rows);
  args.checkpoints = call.floats(sizes.checkpoints);
  args.dy = call.floats(sizes.x);
  args.dStateOut = call.optionalFloats(sizes.state);
  args.du_final = call.optionalFloats(sizes.rows);
  args.dx = call.floats(sizes.x);
  args.dlog_dt = call.floats(args.shape.H);
  args.dlog_A_real = call.floats(sizes.modes);
  args.dA_imag = call.floats(sizes.modes);
  args.dC = call.floats(sizes.C);
  args.dD = call.floats(args.shape.H);
  args.dB = call.optionalFloats(2 * sizes.modes);
  args.dln_vth = nullptr;
  args.dState = call.optionalFloats(sizes.state);
  args.du0 = call.optionalFloats(sizes.rows);
  if (!call.failed()) chosen->scanBackward(args);
  return undefined(env);
}

// batch, L, H, neuron, x, u0, spikes, u_final
napi_value lifForwardCall(napi_env env, napi_callback_info info) {
  Call call(env, info, "lifForward");
  LifForward args;
  args.batch = call.integer();
  args.L = call.integer();
  args.H = call.integer();
  args.neuron = neuronOf(call);
  const int64_t rows = static_cast<int64_t>(args.batch) * args.H;
  args.x = call.floats(rows * args.L);
  args.u0 = call.floats(rows);
  args.spikes = call.floats(rows * args.L);
  args.u_final = call.floats(rows);
  if (!call.failed()) chosen->lifForward(args);
  return undefined(env);
}

// batch, L, H, neuron, x, u0, dy, du_final, dx, du0
napi_value lifBackwardCall(napi_env env, napi_callback_info info) {
  Call call(env, info, "lifBackward");
  LifBackward args;
  args.batch = call.integer();
  args.L = call.integer();
  args.H = call.integer();
  args.neuron = neuronOf(call);
  const int64_t rows = static_cast<int64_t>(args.batch) * args.H;
  args.x = call.floats(rows * args.L);
  args.u0 = call.floats(rows);
  args.dy = call.floats(rows * args.L);
  args.du_final = call.floats(rows);
  args.dx = call.floats(rows * args.L);
  args.du0 = call.floats(rows);
  if (!call.failed()) chosen->lifBackward(args);
  return undefined(env);
}

// batch, L, H, surrogate, x, past, w1, b1, w2, b2, w3, b3, dy or null, scale or null, out
napi_value sdnCall(napi_env env, napi_callback_info info) {
  Call call(env, info, "sdn");
  Sdn args;
  args.batch = call.integer();
  args.L = call.integer();
  args.H = call.integer();
  args.surrogate = call.integer();
  const int64_t rows = static_cast<int64_t>(args.batch) * args.H;
  args.x = call.floats(rows * args.L);
  args.past = call.floats(rows * 8);
  args.w1 = call.floats(64);
  args.b1 = call.floats(8);
  args.w2 = call.floats(64);
  args.b2 = call.floats(8);
  args.w3 = call.floats(8);
  args.b3 = call.floats(1);
  args.dy = call.optionalFloats(rows * args.L);
  args.scale = call.optionalFloats(rows);
  args.out = call.floats(rows * args.L);
  if (!call.failed()) chosen->sdn(args);
  return undefined(env);
}

// M, N, K, transposeA, transposeB, batches, batchesOfA, batchesOfB, unit, A, B, bias or null, C, columnSums or null
napi_value matmulCall(napi_env env, napi_callback_info info) {
  Call call(env, info, "matmul");
  Matmul args;
  args.M = call.integer();
  args.N = call.integer();
  args.K = call.integer();
  args.transposeA = call.boolean();
  args.transposeB = call.boolean();
  args.batches = call.integer();
  const int ofA = call.integer(), ofB = call.integer();
  args.unit = static_cast<float>(call.number());
  const int64_t sizeA = static_cast<int64_t>(args.M) * args.K, sizeB = static_cast<int64_t>(args.K) * args.N;
  args.strideA = ofA == 1 ? 0 : sizeA;
  args.strideB = ofB == 1 ? 0 : sizeB;
  args.A = call.floats(ofA * sizeA);
  args.B = call.floats(ofB * sizeB);
  args.bias = call.optionalFloats(args.N);
  args.C = call.floats(static_cast<int64_t>(args.batches) * args.M * args.N);
  args.columnSums = call.optionalFloats(args.N);
  const bool fit = (ofA == 1 || ofA == args.batches) && (ofB == 1 || ofB == args.batches);
  if (!fit) napi_throw_range_error(env, nullptr, "matmul: the numbers of matrices must be 1 or equal");
  if (fit && !call.failed()) chosen->matmul(args);
  return undefined(env);
}

// S; an array of the share of non-zeros and of the number that all of them are (or 0)
napi_value inspectSpikesCall(napi_env env, napi_callback_info info) {
  Call call(env, info, "inspectSpikes");
  const int64_t size = static_cast<int64_t>(call.number());
  const float* S = call.floats(size);
  if (call.failed()) return undefined(env);
  double rate;
  float unit;
  chosen->inspectSpikes(S, size, &rate, &unit);
  napi_value result;
  napi_create_array_with_length(env, 2, &result);
  napi_set_element(env, result, 0, number(env, rate));
  napi_set_element(env, result, 1, number(env, unit));
  return result;
}

napi_value hasTiles(napi_env env, napi_callback_info) {
  napi_value result;
  napi_get_boolean(env, chosen->tiles, &result);
  return result;
}

// rows, K, cols, S, W, bias, y
napi_value sparseForwardCall(napi_env env, napi_callback_info info) {
  Call call(env, info, "sparseForward");
  SparseForward args;
  args.rows = call.integer();
  args.K = call.integer();
  args.cols = call.integer();
  args.S = call.floats(static_cast<int64_t>(args.rows) * args.K);
  args.weights = call.floats(static_cast<int64_t>(args.K) * args.cols);
  args.bias = call.floats(args.cols);
  args.y = call.floats(static_cast<int64_t>(args.rows) * args.cols);
  if (!call.failed()) chosen->sparseForward(args);
  return undefined(env);
}

// rows, K, cols, S, dY, dW, db
napi_value sparseWeightsCall(napi_env env, napi_callback_info info) {
  Call call(env, info, "sparseWeights");
  SparseWeights args;
  args.rows = call.integer();
  args.K = call.integer();
  args.cols = call.integer();
  args.S = call.floats(static_cast<int64_t>(args.rows) * args.K);
  args.dY = call.floats(static_cast<int64_t>(args.rows) * args.cols);
  args.dW = call.floats(static_cast<int64_t>(args.K) * args.cols);
  args.db = call.floats(args.cols);
  if (!call.failed()) chosen->sparseWeights(args);
  return undefined(env);
}

// H, M, parameters, coefficients
napi_value discretizeCall(napi_env env, napi_callback_info info) {
  Call call(env, info, "discretize");
  Discretize args;
  args.shape = {1, 1, 0, 0, 1};
  args.shape.H = call.integer();
  args.shape.M = call.integer();
  args.parameters = scanParameters(call, args.shape);
  args.coefficients = call.floats(6 * static_cast<int64_t>(args.shape.H) * args.shape.M);
  if (!call.failed()) chosen->discretize(args);
  return undefined(env);
}

// batch, H, M, neuron, coefficients, D, weights, bias, x, residual, state, u, stateOut, uOut, y
napi_value blockStepCall(napi_env env, napi_callback_info info) {
  Call call(env, info, "blockStep");
  BlockStep args;
  args.batch = call.integer();
  args.H = call.integer();
  args.M = call.integer();
  args.neuron = neuronOf(call);
  const int64_t H = args.H, rows = H * args.batch, modes = H * args.M, states = 2 * modes * args.batch;
  args.coefficients = call.floats(6 * modes);
  args.D = call.floats(H);
  args.weights = call.floats(2 * H * H);
  args.bias = call.floats(2 * H);
  args.x = call.floats(rows);
  args.residual = call.floats(rows);
  args.state = call.floats(states);
  args.u = call.floats(rows);
  args.stateOut = call.floats(states);
  args.uOut = call.floats(rows);
  args.y = call.floats(rows);
  if (!call.failed()) chosen->blockStep(args);
  return undefined(env);
}

// rows, cols, x, out
napi_value transposeCall(napi_env env, napi_callback_info info) {
  Call call(env, info, "transpose");
  Transpose args;
  args.rows = call.integer();
  args.cols = call.integer();
  const int64_t size = static_cast<int64_t>(args.rows) * args.cols;
  args.x = call.floats(size);
  args.out = call.floats(size);
  if (!call.failed()) chosen->transpose(args);
  return undefined(env);
}

// size, H, count, tokens, table or null, dy or null, out
napi_value embeddingCall(napi_env env, napi_callback_info info) {
  Call call(env, info, "embedding");
  Embedding args;
  args.size = call.integer();
  args.H = call.integer();
  args.count = static_cast<int64_t>(call.number());
  const int64_t ofTable = static_cast<int64_t>(args.size) * args.H, ofRows = args.count * args.H;
  args.tokens = call.integers(args.count);
  args.table = call.optionalFloats(ofTable);
  args.dy = call.optionalFloats(ofRows);
  args.out = call.floats(args.dy == nullptr ? ofRows : ofTable);
  if (call.failed()) return undefined(env);
  for (int64_t i = 0; i < args.count; i++) {
    if (args.tokens[i] >= 0 && args.tokens[i] < args.size) continue;
    napi_throw_range_error(env, nullptr, "embedding: a token number lies outside the table");
    return undefined(env);
  }
  chosen->embedding(args);
  return undefined(env);
}

// operation, outer, middle, inner, three strides of a, three of b, a, b, out
napi_value binaryCall(napi_env env, napi_callback_info info) {
  Call call(env, info, "binary");
  Binary args;
  args.operation = call.integer();
  const int sizes[3] = {call.integer(), call.integer(), call.integer()};
  args.outer = sizes[0];
  args.middle = sizes[1];
  args.inner = sizes[2];
  int64_t aSize = 1, bSize = 1;
  for (int i = 0; i < 3; i++) {
    args.aStrides[i] = static_cast<int64_t>(call.number());
    aSize += args.aStrides[i] * (sizes[i] - 1);
  }
  for (int i = 0; i < 3; i++) {
    args.bStrides[i] = static_cast<int64_t>(call.number());
    bSize += args.bStrides[i] * (sizes[i] - 1);
  }
  args.a = call.floats(aSize);
  args.b = call.floats(bSize);
  args.out = call.floats(static_cast<int64_t>(args.outer) * args.middle * args.inner);
  if (!call.failed()) chosen->binary(args);
  return undefined(env);
}

// rows, H, rowsPerScale, x, dy, scale, residual (each or null), out
napi_value gluCall(napi_env env, napi_callback_info info) {
  Call call(env, info, "glu");
  Glu args;
  args.rows = call.integer();
  args.H = call.integer();
  args.rowsPerScale = call.integer();
  const int64_t half = static_cast<int64_t>(args.rows) * args.H;
  args.x = call.floats(2 * half);
  args.dy = call.optionalFloats(half);
  const int each = args.rowsPerScale > 0 ? args.rowsPerScale : 1;
  args.scale = call.optionalFloats(static_cast<int64_t>((args.rows + each - 1) / each) * args.H);
  args.residual = call.optionalFloats(half);
  args.out = call.floats(args.dy == nullptr ? half : 2 * half);
  if (!call.failed() && args.rowsPerScale > 0) chosen->glu(args);
  return undefined(env);
}

// rows, H, ofChannels, eps, x, weight, bias, y, mean, variance
napi_value normCall(napi_env env, napi_callback_info info) {
  Call call(env, info, "norm");
  Norm args;
  args.rows = call.integer();
  args.H = call.integer();
  args.ofChannels = call.boolean();
  args.eps = static_cast<float>(call.number());
  const int64_t size = static_cast<int64_t>(args.rows) * args.H, groups = args.ofChannels ? args.H : args.rows;
  args.x = call.floats(size);
  args.weight = call.floats(args.H);
  args.bias = call.floats(args.H);
  args.y = call.floats(size);
  args.mean = call.floats(groups);
  args.variance = call.floats(groups);
  if (!call.failed()) chosen->norm(args);
  return undefined(env);
}

// rows, H, ofChannels, eps, x, weight, mean, variance, dy, dx, dweight, dbias
napi_value normBackwardCall(napi_env env, napi_callback_info info) {
  Call call(env, info, "normBackward");
  NormBackward args;
  args.rows = call.integer();
  args.H = call.integer();
  args.ofChannels = call.boolean();
  args.eps = static_cast<float>(call.number());
  const int64_t size = static_cast<int64_t>(args.rows) * args.H, groups = args.ofChannels ? args.H : args.rows;
  args.x = call.floats(size);
  args.weight = call.floats(args.H);
  args.mean = call.floats(groups);
  args.variance = call.floats(groups);
  args.dy = call.floats(size);
  args.dx = call.floats(size);
  args.dweight = call.floats(args.H);
  args.dbias = call.floats(args.H);
  if (!call.failed()) chosen->normBackward(args);
  return undefined(env);
}

// parameters, gradients, m, v, learning rates, weight decays (six arrays, an entry each), beta1, beta2, eps, step
napi_value adamwCall(napi_env env, napi_callback_info info) {
  Call call(env, info, "adamw");
  const napi_value lists[6] = {call.list(), call.list(), call.list(), call.list(), call.list(), call.list()};
  Adamw args;
  args.beta1 = call.number();
  args.beta2 = call.number();
  args.eps = call.number();
  args.step = call.integer();
  const uint32_t count = call.failed() ? 0 : call.length(lists[0]);
  for (uint32_t i = 0; i < count && !call.failed(); i++) {
    args.size = call.sizeOf(call.entry(lists[0], i));
    args.parameter = call.floats(call.entry(lists[0], i), args.size);
    args.gradient = call.floats(call.entry(lists[1], i), args.size);
    args.m = call.floats(call.entry(lists[2], i), args.size);
    args.v = call.floats(call.entry(lists[3], i), args.size);
    args.learningRate = call.number(call.entry(lists[4], i));
    args.weightDecay = call.number(call.entry(lists[5], i));
    if (!call.failed()) chosen->adamw(args);
  }
  return undefined(env);
}

napi_value measureFloorCall(napi_env env, napi_callback_info) {
  const Floor floor = chosen->measureFloor();
  const double rates[3] = {floor.vectors, floor.tiles, floor.bytes};
  napi_value result;
  napi_create_array_with_length(env, 3, &result);
  for (uint32_t i = 0; i < 3; i++) napi_set_element(env, result, i, number(env, rates[i]));
  return result;
}

}  // namespace

static napi_value initialise(napi_env env, napi_value exports) {
  const char* most = getenv("SPIKINGSSM_ISA");
  chosen = bestKernels(most == nullptr ? "" : most);
  const struct {
    const char* name;
    napi_callback call;
  } functions[] = {
      {"setThreads", setThreadsCall},
      {"instructionSet", instructionSet},
      {"prepareBuffer", prepareBuffer},
      {"checkpointFloats", checkpointFloatsCall},
      {"scanForward", scanForwardCall},
      {"scanBackward", scanBackwardCall},
      {"lifForward", lifForwardCall},
      {"lifBackward", lifBackwardCall},
      {"sdn", sdnCall},
      {"matmul", matmulCall},
      {"hasTiles", hasTiles},
      {"inspectSpikes", inspectSpikesCall},
      {"sparseForward", sparseForwardCall},
      {"sparseWeights", sparseWeightsCall},
      {"discretize", discretizeCall},
      {"blockStep", blockStepCall},
      {"transpose", transposeCall},
      {"embedding", embeddingCall},
      {"binary", binaryCall},
      {"glu", gluCall},
      {"norm", normCall},
      {"normBackward", normBackwardCall},
      {"adamw", adamwCall},
      {"measureFloor", measureFloorCall},
  };
  for (const auto& function : functions) {
    napi_value value;
    napi_create_function(env, function.name, NAPI_AUTO_LENGTH, function.call, nullptr, &value);
    napi_set_named_property(env, exports, function.name, value);
  }
  return exports;
}

}  // namespace spiking

NAPI_MODULE_INIT() { return spiking::initialise(env, exports); }
