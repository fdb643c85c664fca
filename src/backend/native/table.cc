// The functions of one instruction set.
#include "kernels.h"
#include "simd.h"

namespace spiking {
namespace ISA {

int64_t checkpointFloats(const ScanShape&);
void scanForward(const ScanForward&);
void scanBackward(const ScanBackward&);
void lifForward(const LifForward&);
void lifBackward(const LifBackward&);
void sdn(const Sdn&);
void sdnSpike(const SdnSpike&);
void sdnSpikeBackward(const SdnSpikeBackward&);
void matmul(const Matmul&);
void spikeForward(const SpikeForward&);
void spikeWeights(const SpikeWeights&);
void discretize(const Discretize&);
void blockStep(const BlockStep&);
void transpose(const Transpose&);
void embedding(const Embedding&);
void crossEntropy(const CrossEntropy&);
void crossEntropyGradient(const CrossEntropy&);
void binary(const Binary&);
void glu(const Glu&);
void gelu(const Gelu&);
int64_t spikeGluScratch(int rows, int K, int H);
void spikeGlu(const SpikeGlu&);
void spikeGluBackward(const SpikeGluBackward&);
void norm(const Norm&);
void normBackward(const NormBackward&);
void adamw(const Adamw&);
Floor measureFloor();

#define STRING(x) #x
#define NAME(x) STRING(x)
extern const Kernels kernels;
const Kernels kernels = {
    NAME(ISA),
#if defined(__AMX_INT8__)
    true,
#else
    false,
#endif
    checkpointFloats,
    scanForward,
    scanBackward,
    lifForward,
    lifBackward,
    sdn,
    sdnSpike,
    sdnSpikeBackward,
    matmul,
    spikeForward,
    spikeWeights,
    discretize,
    blockStep,
    transpose,
    embedding,
    crossEntropy,
    crossEntropyGradient,
    binary,
    glu,
    gelu,
    spikeGluScratch,
    spikeGlu,
    spikeGluBackward,
    norm,
    normBackward,
    adamw,
    measureFloor,
};

}  // namespace ISA
}  // namespace spiking
