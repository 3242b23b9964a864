#pragma once

#include <foregraph/detail/kernels/define.hpp>
#include <foregraph/detail/kernels/simd/native_batch.hpp>
#include <foregraph/detail/kernels/simd/native_level.hpp>

namespace foregraph {

namespace kernels {
/// The vector types of the instruction set this file is compiled for.
struct NativeVectors {
  /// A vector of T, as wide as the instruction set that the program was compiled for.
  template <class T>
  using batch = NativeBatch<T>;
};
}  // namespace kernels

/// Returns the kernel table of a user-defined op: `.kernels = &fg::user_kernels<MyKernel>` in its
/// OpDef. The kernel class has a static `apply<V>(V...)` for elementwise ops, or a static
/// `run<T, V>(const KernelCall&)` for others. It is compiled with the -m options of the file that
/// names it; do not give `Level`. A program with the op is refused with UsageError on a CPU that
/// lacks the vector instructions of those options.
template <class Kernel, class Level = NativeLevel>
[[nodiscard]] const KernelTable& user_kernels() {
  static constexpr KernelTable table = [] {
    KernelTable result = kernels::make_table<Kernel, kernels::NativeVectors>();
    result.isa = Level::isa;
    return result;
  }();
  return table;
}

}  // namespace foregraph
