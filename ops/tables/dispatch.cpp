// Defines Kernels<K>::table() of all ops in ops/: the table of the active instruction set.
// Defines the macro that ends each op's file, before those files are included.
#define FOREGRAPH_INSTANTIATE_KERNEL(Kernel) template struct Kernels<Kernel>;

#include <foregraph/detail/base/system/cpu.hpp>
#include <foregraph/detail/graph/kernel.hpp>

namespace foregraph {

// Defined in op_kernels.cpp, compiled once per instruction set.
namespace isa_baseline {
template <class Kernel>
const KernelTable& op_kernels();
}
#if defined(FOREGRAPH_HAS_AVX2)
namespace isa_avx2 {
template <class Kernel>
const KernelTable& op_kernels();
}
#endif
#if defined(FOREGRAPH_HAS_AVX512)
namespace isa_avx512 {
template <class Kernel>
const KernelTable& op_kernels();
}
#endif

template <class Kernel>
const KernelTable& Kernels<Kernel>::table() {
#if defined(FOREGRAPH_HAS_AVX512)
  if (active_isa() == Isa::avx512) return isa_avx512::op_kernels<Kernel>();
#endif
#if defined(FOREGRAPH_HAS_AVX2)
  if (active_isa() >= Isa::avx2) return isa_avx2::op_kernels<Kernel>();
#endif
  return isa_baseline::op_kernels<Kernel>();
}

}  // namespace foregraph

#include <foregraph/detail/all_ops.hpp>
