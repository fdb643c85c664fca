// Threads that stay alive between calls. A task's result must depend on its index alone, never on which thread
// runs it, so that every number is the same for any thread count.
#pragma once
#include <stddef.h>

namespace spiking {

/** Threads to use from now on, at least 1. Returns the number chosen. */
int setThreads(int count);

/** Memory that outlives the call, one piece a slot and calling thread; 64-byte aligned, its content arbitrary. */
enum class Kept { tables, modes, partials, sums, panels, count };
void* keptMemory(Kept slot, size_t bytes);

/** Runs work(context, task, scratch) for each task in [0, tasks). scratch is 64-byte aligned, private, not cleared. */
void parallelFor(int tasks, size_t scratchBytes, void (*work)(const void*, int, void*), const void* context);

// The same for a lambda `(int task, float* scratch)`; static, so that no two instruction sets share its code.
template <typename Work>
static inline void parallel(int tasks, size_t scratchFloats, const Work& work) {
  parallelFor(
      tasks, scratchFloats * sizeof(float),
      [](const void* context, int task, void* scratch) {
        (*static_cast<const Work*>(context))(task, static_cast<float*>(scratch));
      },
      &work);
}

}  // namespace spiking
