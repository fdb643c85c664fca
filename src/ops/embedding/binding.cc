#include "../../backend/native/export.h"
#include "../../backend/native/kernels.h"

namespace spiking {

// size, H, count, tokens, table or null, dy or null, out
EXPORT(embedding) {
  Embedding args;
  args.size = call.integer();
  args.H = call.integer();
  args.count = static_cast<int64_t>(call.number());
  const int64_t ofTable = static_cast<int64_t>(args.size) * args.H, ofRows = args.count * args.H;
  args.tokens = call.integers(args.count);
  args.table = call.optionalFloats(ofTable);
  args.dy = call.optionalFloats(ofRows);
  args.out = call.floats(args.dy == nullptr ? ofRows : ofTable);
  for (int64_t i = 0; i < args.count && !call.failed(); i++) {
    if (args.tokens[i] < 0 || args.tokens[i] >= args.size) call.refuse("a token number lies outside the table");
  }
  if (!call.failed()) kernels().embedding(args);
}

}  // namespace spiking
