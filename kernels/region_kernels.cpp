#include <foregraph/detail/base/system/cpu.hpp>
#include <foregraph/detail/kernels/region_kernels.hpp>

namespace foregraph {

// Defined in isa/region_kernels.cpp, which is compiled once per instruction set.
namespace isa_baseline {
extern const RegionKernels region_kernels_f32;
extern const RegionKernels region_kernels_f64;
}  // namespace isa_baseline
#if defined(FOREGRAPH_HAS_AVX2)
namespace isa_avx2 {
extern const RegionKernels region_kernels_f32;
extern const RegionKernels region_kernels_f64;
}  // namespace isa_avx2
#endif
#if defined(FOREGRAPH_HAS_AVX512)
namespace isa_avx512 {
extern const RegionKernels region_kernels_f32;
extern const RegionKernels region_kernels_f64;
}  // namespace isa_avx512
#endif

const RegionKernels& region_kernels(DType dtype) {
#if defined(FOREGRAPH_HAS_AVX512)
  if (active_isa() == Isa::avx512)
    return dtype == f64 ? isa_avx512::region_kernels_f64 : isa_avx512::region_kernels_f32;
#endif
#if defined(FOREGRAPH_HAS_AVX2)
  if (active_isa() >= Isa::avx2)
    return dtype == f64 ? isa_avx2::region_kernels_f64 : isa_avx2::region_kernels_f32;
#endif
  return dtype == f64 ? isa_baseline::region_kernels_f64 : isa_baseline::region_kernels_f32;
}

}  // namespace foregraph
