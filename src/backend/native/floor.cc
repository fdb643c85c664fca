// What this machine can do at best: operations a second and bytes a second, all threads at work.
#include "kernels.h"
#include "pool.h"
#include "simd.h"

#include <chrono>
#include <cstdlib>
#if defined(__AMX_INT8__)
#include "../../ops/matmul/tile-floats.h"
#endif

namespace spiking {
namespace ISA {

namespace {

constexpr int TASKS = 32, REPEATS = 16;

// Billions a second of the fastest of several rounds; `count` is what all tasks of a round do.
template <typename Work>
double fastest(double count, const Work& work) {
  double best = 0;
  for (int i = 0; i < REPEATS; i++) {
    const auto begun = std::chrono::steady_clock::now();
    parallel(TASKS, 0, work);
    const std::chrono::duration<double, std::nano> took = std::chrono::steady_clock::now() - begun;
    const double rate = count / took.count();
    if (rate > best) best = rate;
  }
  return best;
}

// Independent chains of multiply-adds that stay in registers: enough of them to hide the latency of one.
double vectorPeak() {
#if defined(__AVX512F__) || defined(__aarch64__)
  constexpr int CHAINS = 24;
#else
  constexpr int CHAINS = 12;
#endif
  constexpr int STEPS = 100000;
  static volatile float factor = 0.999f, summand = 0.001f, sink;
  return fastest(2.0 * TASKS * STEPS * CHAINS * W, [](int, float*) {
    const vf a = splat(factor), b = splat(summand);
    vf chains[CHAINS];
    for (int i = 0; i < CHAINS; i++) chains[i] = splat(static_cast<float>(i));
    for (int step = 0; step < STEPS; step++) {
#pragma GCC unroll 24
      for (int i = 0; i < CHAINS; i++) chains[i] = chains[i] * a + b;
    }
    vf total = {};
    for (int i = 0; i < CHAINS; i++) total += chains[i];
    sink = sum(total);
  });
}

double tilePeak() {
#if defined(__AMX_INT8__)
  constexpr int STEPS = 20000, PRODUCTS = 4;
  return fastest(2.0 * TASKS * STEPS * PRODUCTS * tiles::SIDE * tiles::SIDE * tiles::Floats::DEPTH, [](int, float*) {
    static const tiles::Configuration configuration;
    _tile_loadconfig(&configuration);
    _tile_zero(0);
    _tile_zero(1);
    _tile_zero(2);
    _tile_zero(3);
    _tile_zero(4);
    _tile_zero(5);
    _tile_zero(6);
    _tile_zero(7);
    for (int step = 0; step < STEPS; step++) {
      _tile_dpbf16ps(0, 4, 6);
      _tile_dpbf16ps(1, 4, 7);
      _tile_dpbf16ps(2, 5, 6);
      _tile_dpbf16ps(3, 5, 7);
    }
    _tile_release();
  });
#else
  return 0;
#endif
}

// a = b + f c over arrays that no private cache holds; writes go past the caches, as those of the kernels do.
double bandwidth() {
  constexpr int64_t EACH = 512 * 1024, SIZE = EACH * TASKS;
  float* memory = static_cast<float*>(std::aligned_alloc(4096, 3 * SIZE * sizeof(float)));
  if (memory == nullptr) return 0;
  parallel(TASKS, 0, [&](int task, float*) {
    for (int part = 0; part < 3; part++) memset(memory + part * SIZE + task * EACH, 0, EACH * sizeof(float));
  });
  const double rate = fastest(12.0 * SIZE, [&](int task, float*) {
    float* a = memory + task * EACH;
    for (int64_t i = 0; i < EACH; i += W) stream(a + i, load(a + SIZE + i) + 0.5f * load(a + 2 * SIZE + i));
  });
  std::free(memory);
  return rate;
}

}  // namespace

Floor measureFloor() { return {vectorPeak(), tilePeak(), bandwidth()}; }

}  // namespace ISA
}  // namespace spiking
