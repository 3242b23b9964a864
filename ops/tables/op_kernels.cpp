// Instantiates the kernels of all ops for one instruction set, through each op's file.
// Defines the macro that ends each op's file, before those files are included.
#define FOREGRAPH_INSTANTIATE_KERNEL(Kernel) \
  template const KernelTable& FOREGRAPH_ISA_NAMESPACE::op_kernels<Kernel>();

#include <foregraph/detail/kernels/define.hpp>
#include <foregraph/detail/kernels/simd/arch.hpp>

namespace foregraph::FOREGRAPH_ISA_NAMESPACE {

struct Vectors {
  template <class T>
  using batch = simd::batch<T, SimdArch>;
};

template <class Kernel>
const KernelTable& op_kernels() {
  static constexpr KernelTable table = kernels::make_table<Kernel, Vectors>();
  return table;
}

}  // namespace foregraph::FOREGRAPH_ISA_NAMESPACE

// The kernels first: most ops only declare theirs.
#include <foregraph/detail/all_kernels.hpp>
//
#include <foregraph/detail/all_ops.hpp>
