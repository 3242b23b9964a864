#pragma once

#include <foregraph/detail/kernels/define.hpp>
#include <foregraph/detail/kernels/simd/xsimd.hpp>

namespace foregraph {

namespace kernels {
/// The vector types of the instruction set this file is compiled for.
struct NativeVectors {
  /// A vector of T, as wide as the instruction set that the program was compiled for.
  template <class T>
  using batch = xsimd::batch<T>;
};
}  // namespace kernels

/// Returns the kernel table of a user-defined op: `.kernels = &fg::user_kernels<MyKernel>` in its
/// OpDef. The kernel class has a static `apply<V>(V...)` for elementwise ops, or a static
/// `run<T, V>(const KernelCall&)` for others. It is compiled with the user's flags.
template <class Kernel>
[[nodiscard]] const KernelTable& user_kernels() {
  static constexpr KernelTable table = kernels::make_table<Kernel, kernels::NativeVectors>();
  return table;
}

}  // namespace foregraph
