// How a scan is cut into tasks, and the memory its tasks share.
#pragma once
#include "../../backend/native/pool.h"
#include "scan.h"

namespace spiking {
namespace ISA {

static int channelGroups(const ScanShape& shape) { return (shape.H + W - 1) / W; }

/** Batch rows of a task. One of two directions keeps sequences between them, and L2 is to hold those. */
static int rowsOfTask(const ScanShape& shape, int most) { return shape.channels == 2 ? 1 : most; }

/** How the work is cut: rows of the batch by channels. Only the cut by rows can change a sum's rounding. */
struct Cut {
  int rowParts, groupParts, batch, groups;
  Cut(const ScanShape& shape, int mostRows, int mostGroups)
      : rowParts((shape.batch + mostRows - 1) / mostRows),
        groupParts((channelGroups(shape) + mostGroups - 1) / mostGroups),
        batch(shape.batch),
        groups(channelGroups(shape)) {}
  int tasks() const { return rowParts * groupParts; }
  static int begin(int count, int parts, int i) { return static_cast<int>(static_cast<int64_t>(count) * i / parts); }
  Patch patch(const ScanShape& shape, int task) const {
    const int i = task / rowParts, j = task % rowParts;
    const int group = begin(groups, groupParts, i), row = begin(batch, rowParts, j);
    return {shape.H, shape.L, group, begin(groups, groupParts, i + 1) - group,
            row,     begin(batch, rowParts, j + 1) - row, false};
  }
};

// The modes and coefficient tables of every channel group and direction, filled by all threads.
class AllTables {
 public:
  AllTables(const ScanShape& shape, const ScanParameters& parameters)
      : K_(stateRows(shape)), channels_(shape.channels), size_(Tables::vectors(K_)) {
    const int count = channelGroups(shape) * channels_;
    // Exponentials and sines cost enough to be taken once a call.
    Mode* all = static_cast<Mode*>(keptMemory(Kept::modes, sizeof(Mode) * modeAt(shape, channels_, 0, 0)));
    modes_ = all;
    parallel(shape.H, 0, [&](int h, float*) {
      for (int channel = 0; channel < channels_; channel++) {
        for (int m = 0; m < shape.M; m++) all[modeAt(shape, channel, h, m)] = modeOf(shape, parameters, channel, h, m);
      }
    });
    memory_ = static_cast<vf*>(keptMemory(Kept::tables, sizeof(vf) * size_ * count));
    parallel(count, 0, [&](int i, float*) {
      Tables tables = at(i / channels_, i % channels_);
      fillTables(tables, shape, parameters, all, i / channels_, i % channels_);
    });
  }
  AllTables(const AllTables&) = delete;
  Tables at(int group, int channel) const {
    return Tables(memory_ + size_ * (static_cast<size_t>(group) * channels_ + channel), K_);
  }
  const Mode* modes() const { return modes_; }
  struct OfPatch {
    Tables tables[GROUPS];
  };
  OfPatch at(const Patch& patch, int channel) const {
    OfPatch result;
    for (int g = 0; g < patch.groups; g++) result.tables[g] = at(patch.group + g, channel);
    return result;
  }

 private:
  int K_, channels_;
  size_t size_;
  vf* memory_;
  const Mode* modes_;
};

// Checkpoints: [direction][channel group][kept state][row of the batch][K][lane].
static float* checkpointAt(float* all, const ScanShape& shape, int channel, const Patch& patch, int g, int index) {
  const int64_t kept = checkpointCount(shape.L), K = stateRows(shape);
  const int64_t state = (static_cast<int64_t>(channel) * channelGroups(shape) + patch.group + g) * kept + index;
  return all + (state * shape.batch + patch.row) * K * W;
}

}  // namespace ISA
}  // namespace spiking
