#include "pool.h"

#include <atomic>
#include <condition_variable>
#include <cstdlib>
#include <mutex>
#include <thread>
#include <vector>
#if defined(__linux__)
#include <sys/mman.h>
#endif
#if defined(__x86_64__)
#include <xmmintrin.h>
#endif

namespace spiking {
namespace {

// A large piece lies on large pages, where the system has them: tables of megabytes would miss small ones all the time.
struct Scratch {
  static constexpr size_t LARGE_PAGE = 2 << 20, SMALL_PAGE = 4096;
  void* memory = nullptr;
  size_t bytes = 0;
  void* reserve(size_t wanted) {
    if (wanted <= bytes) return memory;
    std::free(memory);
    const size_t page = wanted >= LARGE_PAGE / 8 ? LARGE_PAGE : SMALL_PAGE;
    bytes = (wanted + page - 1) / page * page;
    memory = std::aligned_alloc(page, bytes);
    if (memory == nullptr) bytes = 0;
#if defined(__linux__)
    if (memory != nullptr && page == LARGE_PAGE) madvise(memory, bytes, MADV_HUGEPAGE);
#endif
    return memory;
  }
  ~Scratch() { std::free(memory); }
};

// Numbers below 1e-38 count as zero while kernels run: some machines take a hundred times longer for each, and decaying
// states pass through them. JavaScript gets its own rule back.
class FlushDenormals {
 public:
#if defined(__x86_64__)
  FlushDenormals() : before_(_mm_getcsr()) { _mm_setcsr(before_ | 0x8040); }
  ~FlushDenormals() { _mm_setcsr(before_); }

 private:
  unsigned before_;
#elif defined(__aarch64__)
  FlushDenormals() {
    asm volatile("mrs %0, fpcr" : "=r"(before_));
    asm volatile("msr fpcr, %0" ::"r"(before_ | (1ull << 24)));
  }
  ~FlushDenormals() { asm volatile("msr fpcr, %0" ::"r"(before_)); }

 private:
  unsigned long long before_;
#endif
};

struct Job {
  void (*work)(const void*, int, void*) = nullptr;
  const void* context = nullptr;
  int tasks = 0;
  size_t scratchBytes = 0;
  std::atomic<int> next{0};
};

void drain(Job& job) {
  const FlushDenormals flush;
  static thread_local Scratch scratch;
  void* memory = scratch.reserve(job.scratchBytes > 0 ? job.scratchBytes : 64);
  for (int task = job.next.fetch_add(1); task < job.tasks; task = job.next.fetch_add(1)) {
    job.work(job.context, task, memory);
  }
}

class Pool {
 public:
  ~Pool() { resize(1); }

  int resize(int count) {
    if (count < 1) count = 1;
    if (count == size()) return count;
    {
      std::lock_guard<std::mutex> lock(mutex_);
      stopping_ = true;
      wake_.notify_all();
    }
    for (auto& worker : workers_) worker.join();
    workers_.clear();
    stopping_ = false;
    for (int i = 1; i < count; i++) workers_.emplace_back([this, seen = generation_] { serve(seen); });
    return count;
  }

  int size() const { return static_cast<int>(workers_.size()) + 1; }

  void run(Job& job) {
    if (workers_.empty() || job.tasks <= 1) return drain(job);
    {
      std::lock_guard<std::mutex> lock(mutex_);
      job_ = &job;
      busy_ = static_cast<int>(workers_.size());
      generation_++;
      wake_.notify_all();
    }
    drain(job);
    std::unique_lock<std::mutex> lock(mutex_);
    done_.wait(lock, [this] { return busy_ == 0; });
  }

 private:
  void serve(unsigned seen) {
    std::unique_lock<std::mutex> lock(mutex_);
    for (;;) {
      wake_.wait(lock, [&] { return stopping_ || generation_ != seen; });
      if (stopping_) return;
      seen = generation_;
      Job& job = *job_;
      lock.unlock();
      drain(job);
      lock.lock();
      if (--busy_ == 0) done_.notify_one();
    }
  }

  std::mutex mutex_;
  std::condition_variable wake_, done_;
  std::vector<std::thread> workers_;
  Job* job_ = nullptr;
  unsigned generation_ = 0;
  int busy_ = 0;
  bool stopping_ = false;
};

Pool& pool() {
  static Pool shared;
  return shared;
}

std::mutex callers;  // one parallel region at a time, also when worker threads of Node share the process

}  // namespace

int setThreads(int count) {
  std::lock_guard<std::mutex> lock(callers);
  return pool().resize(count);
}

void* keptMemory(Kept slot, size_t bytes) {
  static thread_local Scratch kept[static_cast<int>(Kept::count)];
  return kept[static_cast<int>(slot)].reserve(bytes > 0 ? bytes : 64);
}

void parallelFor(int tasks, size_t scratchBytes, void (*work)(const void*, int, void*), const void* context) {
  if (tasks <= 0) return;
  std::lock_guard<std::mutex> lock(callers);
  Job job;
  job.work = work;
  job.context = context;
  job.tasks = tasks;
  job.scratchBytes = scratchBytes;
  pool().run(job);
}

}  // namespace spiking
