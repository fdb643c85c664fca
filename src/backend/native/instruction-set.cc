// Which instruction set this machine has.
#include "kernels.h"

#include <cstdlib>
#include <string>
#if defined(__linux__)
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

// Tiles are there, and the kernel of the system saves them for this process and its threads.
bool canUseTiles() {
#if defined(__x86_64__) && defined(__linux__)
  unsigned a, b, c, d;
  __asm__("cpuid" : "=a"(a), "=b"(b), "=c"(c), "=d"(d) : "a"(7), "c"(0));
  const bool products = (d >> 22 & 1) != 0 && (d >> 24 & 1) != 0 && (d >> 25 & 1) != 0;  // of bf16, tiles, of int8
  const bool there = products && __builtin_cpu_supports("avx512vbmi");
  constexpr long ARCH_REQ_XCOMP_PERM = 0x1023, XFEATURE_XTILEDATA = 18;
  return there && syscall(SYS_arch_prctl, ARCH_REQ_XCOMP_PERM, XFEATURE_XTILEDATA) == 0;
#else
  return false;
#endif
}

// The best set that is not past `most` (an environment variable's wish, for tests).
const Kernels& best(const std::string& most) {
#if defined(__x86_64__)
  __builtin_cpu_init();
  const bool avx2 = __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
  const bool avx512 = avx2 && __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512vl") &&
                      __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512dq");
#if defined(__linux__)
  if (avx512 && (most.empty() || most == "amx") && canUseTiles()) return amx::kernels;
#endif
  if (avx512 && most != "avx2" && most != "baseline") return avx512::kernels;
  if (avx2 && most != "baseline") return avx2::kernels;
#endif
  (void)most;
  return baseline::kernels;
}

}  // namespace

const Kernels& kernels() {
  static const Kernels& chosen = best(getenv("SPIKINGSSM_ISA") == nullptr ? "" : getenv("SPIKINGSSM_ISA"));
  return chosen;
}

}  // namespace spiking
