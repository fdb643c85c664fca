#include "../../backend/native/export.h"
#include "../../backend/native/kernels.h"

namespace spiking {
namespace {

// rows, classes, logits, y
CrossEntropy given(Call& call) {
  CrossEntropy args;
  args.rows = call.integer();
  args.classes = call.integer();
  args.logits = call.floats(static_cast<int64_t>(args.rows) * args.classes);
  args.y = call.integers(args.rows);
  for (int r = 0; r < args.rows && !call.failed(); r++) {
    if (args.y[r] < 0 || args.y[r] >= args.classes) call.refuse("a label is no class of the logits");
  }
  return args;
}

}  // namespace

// …, logSums, losses, correct
EXPORT(crossEntropy) {
  CrossEntropy args = given(call);
  args.logSums = call.floats(args.rows);
  args.losses = call.floats(args.rows);
  args.correct = call.floats(args.rows);
  if (!call.failed()) kernels().crossEntropy(args);
}

// …, logSums, factor, out
EXPORT(crossEntropyGradient) {
  CrossEntropy args = given(call);
  args.logSums = call.floats(args.rows);
  args.factor = static_cast<float>(call.number());
  args.out = call.floats(static_cast<int64_t>(args.rows) * args.classes);
  if (!call.failed()) kernels().crossEntropyGradient(args);
}

}  // namespace spiking
