// The addon's entry, and its functions that belong to no operation; those of the operations are in src/ops/*/binding.cc.
#include "export.h"
#include "kernels.h"
#include "pool.h"

#if defined(__linux__)
#include <sys/mman.h>
#endif

namespace spiking {

const Export* Export::first = nullptr;

EXPORT(setThreads) {
  const int count = call.integer();
  if (!call.failed()) call.returns(static_cast<double>(setThreads(count)));
}

EXPORT(instructionSet) { call.returns(kernels().name); }

// Large pages make the first touch of a large buffer some hundred times cheaper.
EXPORT(prepareBuffer) {
  size_t length = 0;
  const uintptr_t start = reinterpret_cast<uintptr_t>(call.bytes(&length));
  if (call.failed()) return;
#if defined(__linux__)
  const uintptr_t from = (start + 4095) / 4096 * 4096, to = (start + length) / 4096 * 4096;
  if (to > from) madvise(reinterpret_cast<void*>(from), to - from, MADV_HUGEPAGE);
#endif
  call.returns(static_cast<double>((64 - start % 64) % 64));
}

EXPORT(measureFloor) {
  const Floor floor = kernels().measureFloor();
  call.returns({floor.vectors, floor.tiles, floor.bytes});
}

}  // namespace spiking

NAPI_MODULE_INIT() {
  for (const spiking::Export* one = spiking::Export::first; one != nullptr; one = one->next) {
    napi_value function;
    napi_create_function(env, one->name, NAPI_AUTO_LENGTH, one->call, nullptr, &function);
    napi_set_named_property(env, exports, one->name, function);
  }
  return exports;
}
