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
  double *skip, *scale;  // [W]: sum g x, sum g * current
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
    return {reinterpret_cast<ModeGradients*>(base + 2 * W), base, base + W};
  }

 private:
  int M_, channels_, rowParts_;
  size_t size_;
  double* memory_;
};

/** The neuron's carried quantities, each [group][R]. */
struct NeuronCarry {
  vf *du, *gNext, *scale, *ofSpike;  // ofSpike: what a spike counted
};

// g in place of dy: back through spike and reset, last step first; scale gathers sum g * current, where the current
// is v[t] - tau u[t-1], the second part one step late.
static ALWAYS_INLINE void fireBack(const Neuron& neuron, const Patch& patch, const Span& span, vf* g, const vf* v,
                                   const NeuronCarry& carry) {
  const int R = patch.rows, C = span.columns(R);
  const vf tau = splat(neuron.tau);
  for (int group = 0; group < patch.groups; group++) {
    for (int s = span.chunks - 1; s >= 0; s--) {
      for (int t = span.steps - 1; t >= 0; t--) {
        for (int r = 0; r < R; r++) {
          const int at = (group * T + t) * C + s * R + r, row = group * R + r;
          const vf membrane = v[at];
          const vf dv = g[at] * carry.ofSpike[row] * surrogateSlope(neuron, membrane) + carry.du[row] * resetSlope(neuron, membrane);
          carry.scale[row] += dv * membrane - tau * carry.gNext[row] * resetOf(neuron, membrane);
          carry.du[row] = neuron.sltt ? vf{} : tau * dv;
          carry.gNext[row] = dv;
          g[at] = dv;
        }
      }
    }
  }
}

void addLanes(double* to, const vf& from) {
  for (int lane = 0; lane < W; lane++) to[lane] += from[lane];
}

// From the partial sums of one channel group to its parameters' gradients.
void finish(const ScanBackward& args, const Partials& partials, const Mode* modes, int rowParts, int group) {
  const ScanShape& shape = args.shape;
  const ScanParameters& p = args.parameters;
  for (int lane = 0; lane < W && group * W + lane < shape.H; lane++) {
    const int h = group * W + lane;
    const double v_th = thresholdOf(p, h);
    double skip = 0, dlog_dt = 0;
    for (int part = 0; part < rowParts; part++) skip += partials.at(group, 0, part).skip[lane];
    args.dD[h] = static_cast<float>(skip / v_th);
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
        args.dC[inC] = static_cast<float>(2 / v_th * dc.re);
        args.dC[inC + 1] = static_cast<float>(2 / v_th * dc.im);
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
    if (args.dln_vth != nullptr && !p.sharedThreshold) {
      double scale = 0;
      for (int part = 0; part < rowParts; part++) scale += partials.at(group, 0, part).scale[lane];
      args.dln_vth[h] = static_cast<float>(-scale);
    }
  }
}

}  // namespace

void scanBackward(const ScanBackward& args) {
  const ScanShape& shape = args.shape;
  const int K = stateRows(shape), L = shape.L;
  const bool both = shape.channels == 2;
  const AllTables all(shape, args.parameters, true);
  const Cut cut(shape, BACKWARD_ROWS, BACKWARD_GROUPS);
  // A task takes several parts of the rows one after the other: turning table gradients into those of the modes costs
  // as much as some hundred steps. There are tasks enough for the threads of a large machine.
  constexpr int TASKS = 32;
  const int wanted = (TASKS + cut.groupParts - 1) / cut.groupParts, rowTasks = cut.rowParts < wanted ? cut.rowParts : wanted;
  const Partials partials(shape, rowTasks);
  const int columns = CHECKPOINT * BACKWARD_ROWS, most = BACKWARD_GROUPS * BACKWARD_ROWS;
  const size_t buffers = BackwardScratch::vectors(K, BACKWARD_GROUPS, BACKWARD_ROWS, columns, shape.channels);
  const size_t keptG = both && args.neuron != nullptr ? static_cast<size_t>(L) * most : 0;
  parallel(rowTasks * cut.groupParts, (buffers + 4 * most + keptG) * W, [&](int task, float* memory) {
    const int groupPart = task / rowTasks, rowTask = task % rowTasks;
    vf* base = reinterpret_cast<vf*>(memory);
    BackwardScratch scratch(base, K, BACKWARD_GROUPS, BACKWARD_ROWS, columns);
    vf *const firstGradients = scratch.gradients, *rows = base + buffers, *allG = rows + 4 * most;  // allG [L][group][R]
    const NeuronCarry carry = {rows, rows + most, rows + 2 * most, rows + 3 * most};
    const size_t ofDirection = BACKWARD_GROUPS * TableGradients::vectors(K);
    memset(static_cast<void*>(firstGradients), 0, sizeof(vf) * ofDirection * shape.channels);
    for (int part = Cut::begin(cut.rowParts, rowTasks, rowTask); part < Cut::begin(cut.rowParts, rowTasks, rowTask + 1); part++) {
      Patch patch = cut.patch(shape, groupPart * cut.rowParts + part);
      const int groups = patch.groups, R = patch.rows;
      auto partialOf = [&](int g, int channel) { return partials.at(patch.group + g, channel, rowTask); };
      auto keptIn = [&](int channel) {
        return [&, channel](int g, int index) {
          return checkpointAt(const_cast<float*>(args.checkpoints), shape, channel, patch, g, index);
        };
      };
      // Each step's g between scratch.g and allG, for the reversed direction that comes second.
      auto exchangeG = [&](const Span& span, bool keep) {
        const int C = span.columns(R);
        for (int g = 0; g < groups; g++) {
          for (int t = 0; t < T; t++) {
            for (int c = 0; c < C; c++) {
              const int step = span.start + c / R * T + t;
              vf& here = scratch.g[(g * T + t) * C + c];
              if (t >= span.steps) {
                here = vf{};
                continue;
              }
              vf& there = allG[(static_cast<size_t>(patch.reversed ? L - 1 - step : step) * groups + g) * R + c % R];
              (keep ? there : here) = keep ? here : there;
            }
          }
        }
      };
      scratch.gradients = firstGradients;
      memset(static_cast<void*>(rows), 0, sizeof(vf) * 3 * most);
      loadRows(carry.du, args.du_final, patch);
      loadScale(carry.ofSpike, args.scale, patch);
      loadState(scratch.carry, args.dStateOut, shape.M, K, patch);
      scanBackwardPass(
          all.at(patch, 0).tables, patch, args.x, scratch, keptIn(0),
          [&](const Span& span) {
            pack(scratch.g, args.dy, patch, span);
            if (args.neuron == nullptr) return;
            pack(scratch.dx, args.v, patch, span);
            fireBack(*args.neuron, patch, span, scratch.g, scratch.dx, carry);
            for (int g = 0; g < groups; g++) {
              for (int r = 0; r < R; r++) {
                addLanes(partialOf(g, 0).scale, carry.scale[g * R + r]);
                carry.scale[g * R + r] = vf{};
              }
            }
            if (both) exchangeG(span, true);
          },
          [&](const Span& span) { unpack(args.dx, scratch.dx, patch, span); });
      if (args.dState != nullptr) storeState(args.dState, scratch.carry, shape.M, K, patch);
      storeRows(args.du0, carry.du, patch);
      if (args.neuron != nullptr) {
        loadRows(carry.scale, args.u0, patch);
        for (int i = 0; i < groups * R; i++) {
          addLanes(partialOf(i / R, 0).scale, -args.neuron->tau * carry.gNext[i] * carry.scale[i]);
        }
      }
      if (!both) continue;
      patch.reversed = true;
      scratch.gradients = firstGradients + ofDirection;
      loadState(scratch.carry, nullptr, shape.M, K, patch);
      scanBackwardPass(
          all.at(patch, 1).tables, patch, args.x, scratch, keptIn(1),
          [&](const Span& span) {
            if (args.neuron == nullptr) return pack(scratch.g, args.dy, patch, span);
            exchangeG(span, false);
          },
          [&](const Span& span) {
            const int count = groups * T * span.columns(R);
            pack(scratch.x, args.dx, patch, span);
            for (int i = 0; i < count; i++) scratch.dx[i] += scratch.x[i];
            unpack(args.dx, scratch.dx, patch, span);
          });
    }
    const Patch patch = cut.patch(shape, groupPart * cut.rowParts);
    for (int channel = 0; channel < shape.channels; channel++) {
      for (int g = 0; g < patch.groups; g++) {
        TableGradients gradients(firstGradients + channel * ofDirection + g * TableGradients::vectors(K), K);
        const Partial partial = partials.at(patch.group + g, channel, rowTask);
        collectModes(partial.modes, gradients, shape, args.parameters, all.modes(), patch.group + g, channel);
        if (channel == 0) addLanes(partial.skip, gradients.taps[0]);
      }
    }
  });
  parallel(channelGroups(shape), 0, [&](int group, float*) { finish(args, partials, all.modes(), rowTasks, group); });
  if (args.dln_vth == nullptr || !args.parameters.sharedThreshold) return;
  double total = 0;
  for (int h = 0; h < shape.H; h++) {
    for (int part = 0; part < rowTasks; part++) total += partials.at(h / W, 0, part).scale[h % W];
  }
  args.dln_vth[0] = static_cast<float>(-total);
}

}  // namespace ISA
}  // namespace spiking
