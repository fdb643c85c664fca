// The functions of one instruction set.
#include "kernels.h"
#include "simd.h"

namespace spiking {
namespace ISA {

int64_t checkpointFloats(const ScanShape&);
void scanForward(const ScanForward&);
void scanBackward(const ScanBackward&);

#define STRING(x) #x
#define NAME(x) STRING(x)
extern const Kernels kernels;
const Kernels kernels = {
    NAME(ISA),
    checkpointFloats,
    scanForward,
    scanBackward,

};

}  // namespace ISA
}  // namespace spiking
