// Gradients of S4D, skip, threshold and LIF neuron; without a neuron, of S4D alone.
#include "../s4d/chain.h"
#include "../s4d/cut.h"
#include "neuron.h"

namespace spiking {
namespace ISA {

namespace {

/** Sums of one task over one channel group and direction, added up in a fixed order at the end. */
struct Partial {
  ModeGradients* modes;  // [M]
  double* skip;          // [W]: sum g x
};

class Partials {
 public:
  Partials(const ScanShape& shape, int rowParts)
      : M_(shape.M), channels_(shape.channels), rowParts_(rowParts), size_(partialDoubles(shape.M)) {
    const size_t count = static_cast<size_t>(channelGroups(shape)) * channels_ * rowParts_;
    memory_ = static_cast<double*>(keptMemory(Kept::partials, count * size_ * sizeof(double)));
    memset(memory_, 0, count * size_ * sizeof(double));
  }
  Partials(const Partials&) = delete;
  Partial at(int group, int channel, int rowPart) const {
    double* base = memory_ + ((static_cast<size_t>(group) * channels_ + channel) * rowParts_ + rowPart) * size_;
    return {reinterpret_cast<ModeGradients*>(base + W), base};
  }

 private:
  int M_, channels_, rowParts_;
  size_t size_;
  double* memory_;
};

constexpr int AHEAD = 8;  // steps whose slopes and gradients are on their way

// Gradients of the currents from those of the spikes, back through spike and reset, last step first. du, ofSpike (what
// a spike counted) [group][R].
static ALWAYS_INLINE void fireBack(const Neuron neuron, const Patch& patch, const Span& span, vf* g, const float* dy,
                                   const float* slope, vf* du, const vf* ofSpike) {
  const vf tau = splat(neuron.sltt ? 0.0f : neuron.tau);
  const int tile = T * span.padded();
  clearGaps(g, patch, span);
  reading(patch, [&](const auto& read) {
    for (int s = span.chunks - 1; s >= 0; s--) {
      for (int t = span.steps - 1; t >= 0; t--) {
        for (int r = 0; r < span.rows; r++) {
          const int64_t from = patch.offset(r, span.start + s * T + t);
          const int to = columnAt(s * span.rows + r, T) + t * BLOCK;
          const int64_t next = from < AHEAD * patch.H ? 0 : from - AHEAD * patch.H;
          for (int i = 0; i < patch.groups; i++) {
            __builtin_prefetch(slope + next + i * W);
            __builtin_prefetch(dy + next + i * W);
            const int row = i * span.rows + r;
            const vf here = read(slope + from + i * W, i);
            const vf dv = read(dy + from + i * W, i) * ofSpike[row] * absolute(here) + du[row] * resetSlope(neuron, (vi)here < 0);
            du[row] = tau * dv;
            g[i * tile + to] = dv;
          }
        }
      }
    }
  });
}

void addLanes(double* to, const vf& from) {
  for (int lane = 0; lane < W; lane++) to[lane] += from[lane];
}

// From the partial sums of one channel group to its parameters' gradients.
void finish(const ScanBackward& args, const Partials& partials, const Mode* modes, int rowParts, int group) {
  const ScanShape& shape = args.shape;
  for (int lane = 0; lane < W && group * W + lane < shape.H; lane++) {
    const int h = group * W + lane;
    double skip = 0, dlog_dt = 0;
    for (int part = 0; part < rowParts; part++) skip += partials.at(group, 0, part).skip[lane];
    args.dD[h] = static_cast<float>(skip);
    for (int m = 0; m < shape.M; m++) {
      const int64_t at = static_cast<int64_t>(h) * shape.M + m;
      const Mode& mode = modes[modeAt(shape, 0, h, m)];
      Complex db = {0, 0}, da = {0, 0};
      for (int channel = 0; channel < shape.channels; channel++) {
        Complex dc = {0, 0};
        for (int part = 0; part < rowParts; part++) {
          const ModeGradients& sums = partials.at(group, channel, part).modes[m];
          dc = dc + Complex{sums.c.re[lane], sums.c.im[lane]};
          db = db + Complex{sums.b.re[lane], sums.b.im[lane]};
          da = da + Complex{sums.a.re[lane], sums.a.im[lane]};
        }
        const int64_t inC = 2 * (static_cast<int64_t>(channel) * shape.H * shape.M + at);
        args.dC[inC] = static_cast<float>(2 * dc.re);
        args.dC[inC + 1] = static_cast<float>(2 * dc.im);
      }
      const Complex dB = conjugate(mode.phi) * db, dphi = conjugate(mode.B) * db, dz = conjugate(mode.a) * da;
      if (args.dB != nullptr) {
        args.dB[2 * at] = static_cast<float>(dB.re);
        args.dB[2 * at + 1] = static_cast<float>(dB.im);
      }
      const Complex slope = (mode.dt * mode.a - mode.phi) * inverse(mode.A);  // d phi / d A
      const Complex dA = mode.dt * dz + conjugate(slope) * dphi;
      dlog_dt += mode.dt * ((conjugate(mode.A) * dz).re + (conjugate(mode.a) * dphi).re);
      args.dlog_A_real[at] = static_cast<float>(dA.re * mode.A.re);
      args.dA_imag[at] = static_cast<float>(dA.im);
    }
    args.dlog_dt[h] = static_cast<float>(dlog_dt);
  }
}

}  // namespace

void scanBackward(const ScanBackward& args) {
  const ScanShape& shape = args.shape;
  const int K = stateRows(shape);
  const bool both = shape.channels == 2;
  const AllTables all(shape, args.parameters);
  const int mostRows = rowsOfTask(shape, BACKWARD_ROWS);
  const Cut cut(shape, mostRows, BACKWARD_GROUPS);
  // A task takes several parts of the rows one after the other: turning table gradients into those of the modes costs
  // as much as some hundred steps. Tasks for eight threads come from the channels where there are enough of them.
  constexpr int TASKS = 8;
  const int wanted = (TASKS + cut.groupParts - 1) / cut.groupParts, rowTasks = cut.rowParts < wanted ? cut.rowParts : wanted;
  const Partials partials(shape, rowTasks);
  const size_t buffers = BackwardScratch::vectors(K, shape.channels), most = BACKWARD_GROUPS * mostRows;
  const size_t sequence = both ? most * shape.L : 0;
  parallel(rowTasks * cut.groupParts, (buffers + 2 * most + 3 * sequence) * W, [&](int task, float* memory) {
    const int groupPart = task / rowTasks, rowTask = task % rowTasks;
    vf* base = reinterpret_cast<vf*>(memory);
    BackwardScratch scratch(base, K);
    vf *const firstGradients = scratch.gradients, *du = base + buffers, *ofSpike = du + most;
    vf *const allX = ofSpike + most, *const allG = allX + sequence, *const allDx = allG + sequence;
    const size_t ofDirection = BACKWARD_GROUPS * TableGradients::vectors(K);
    memset(static_cast<void*>(firstGradients), 0, sizeof(vf) * ofDirection * shape.channels);
    for (int part = Cut::begin(cut.rowParts, rowTasks, rowTask); part < Cut::begin(cut.rowParts, rowTasks, rowTask + 1); part++) {
      Patch patch = cut.patch(shape, groupPart * cut.rowParts + part);
      const int groups = patch.groups, R = patch.rows;
      auto keptIn = [&](int channel) {
        return [&, channel](int g, int index) {
          return checkpointAt(const_cast<float*>(args.checkpoints), shape, channel, patch, g, index);
        };
      };
      auto eachCarry = [&](const auto& visit) {
        for (int g = 0; g < groups; g++) visit(Carry(scratch.carry, K, R, g), patch.only(g));
      };
      scratch.gradients = firstGradients;
      loadRows(du, args.du_final, patch);
      loadScale(ofSpike, args.scale, patch);
      eachCarry([&](const Carry& carry, const Patch& only) { loadState(carry, args.dStateOut, shape.M, only); });
      scanBackwardPass(
          all.at(patch, 0).tables, patch, scratch, keptIn(0),
          [&](const Span& span) {
            pack(scratch.x, args.x, patch, span);
            if (args.neuron == nullptr) pack(scratch.g, args.dy, patch, span);
            else fireBack(*args.neuron, patch, span, scratch.g, args.dy, args.slope, du, ofSpike);
            if (!both) return;
            eachKept(patch, span, [&](int here, int64_t there) { allX[there] = scratch.x[here], allG[there] = scratch.g[here]; });
          },
          [&](const Span& span) {
            if (!both) return unpack(args.dx, scratch.dx, patch, span);
            eachKept(patch, span, [&](int here, int64_t there) { allDx[there] = scratch.dx[here]; });
          });
      if (args.dState != nullptr) {
        eachCarry([&](const Carry& carry, const Patch& only) { storeState(args.dState, carry, shape.M, only); });
      }
      storeRows(args.du0, du, patch);
      if (!both) continue;
      patch.reversed = true;
      scratch.gradients = firstGradients + ofDirection;
      eachCarry([&](const Carry& carry, const Patch& only) { loadState(carry, nullptr, shape.M, only); });
      scanBackwardPass(
          all.at(patch, 1).tables, patch, scratch, keptIn(1),
          [&](const Span& span) {
            clearGaps(scratch.x, patch, span);
            clearGaps(scratch.g, patch, span);
            eachKept(patch, span, [&](int here, int64_t there) { scratch.x[here] = allX[there], scratch.g[here] = allG[there]; });
          },
          [&](const Span& span) {
            eachKept(patch, span, [&](int here, int64_t there) { scratch.dx[here] += allDx[there]; });
            unpack(args.dx, scratch.dx, patch, span);
          });
    }
    const Patch patch = cut.patch(shape, groupPart * cut.rowParts);
    for (int channel = 0; channel < shape.channels; channel++) {
      for (int g = 0; g < patch.groups; g++) {
        const TableGradients gradients(firstGradients + channel * ofDirection + g * TableGradients::vectors(K), K);
        const Partial partial = partials.at(patch.group + g, channel, rowTask);
        collectModes(partial.modes, gradients, shape, all.modes(), patch.group + g, channel);
        if (channel == 0) addLanes(partial.skip, gradients.taps[0]);
      }
    }
  });
  parallel(channelGroups(shape), 0, [&](int group, float*) { finish(args, partials, all.modes(), rowTasks, group); });
}

}  // namespace ISA
}  // namespace spiking
