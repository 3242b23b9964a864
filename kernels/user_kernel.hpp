#pragma once

#include <foregraph/detail/kernels/define.hpp>
#include <xsimd/xsimd.hpp>

namespace foregraph {

namespace kernels {
/// The vectors of the instruction set this file is compiled for.
struct NativeVectors {
  template <class T>
  using batch = xsimd::batch<T>;
};
}  // namespace kernels

/// The kernel table of a user's own op: `.kernels = &fg::user_kernels<MyKernel>` in its OpDef.
/// The kernel class is written as those in ops/ are: a static `apply<V>(V...)` for elementwise
/// ops, a static `run<T, V>(const KernelCall&)` for others. It is compiled with the user's flags.
template <class Kernel>
[[nodiscard]] const KernelTable& user_kernels() {
  static constexpr KernelTable table = kernels::make_table<Kernel, kernels::NativeVectors>();
  return table;
}

}  // namespace foregraph
