// Functions of the addon. A file that says
//   EXPORT(glu) { … call.floats(n) … }
// gives the addon a function `glu`, whose body reads its arguments from `call` in order.
#pragma once
#include "call.h"

namespace spiking {

/** One function of the addon; its making adds it to the list. */
struct Export {
  Export(const char* functionName, napi_callback entry) : name(functionName), call(entry), next(first) { first = this; }

  const char* name;
  napi_callback call;
  const Export* next;
  static const Export* first;
};

}  // namespace spiking

#define EXPORT(name)                                                                     \
  static void name##Body(spiking::Call& call);                                           \
  static const spiking::Export name##Export(#name, [](napi_env env, napi_callback_info info) { \
    spiking::Call call(env, info, #name);                                                \
    name##Body(call);                                                                    \
    return call.result();                                                                \
  });                                                                                    \
  static void name##Body(spiking::Call& call)
