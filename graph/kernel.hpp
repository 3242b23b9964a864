#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include <foregraph/detail/base/dtype.hpp>
#include <foregraph/detail/base/export.hpp>
#include <foregraph/detail/base/system/cpu.hpp>
#include <foregraph/detail/graph/shape.hpp>

namespace foregraph {

struct Attributes;

/// The shape of an operand at the batch size of the step being run.
struct ConcreteShape {
  std::array<std::int64_t, Shape::max_rank> dims{};
  int rank = 0;
  std::int64_t elements = 1;
};

/// Arguments of a kernel. Operands are dense and row-major; inputs are in the op's order.
struct KernelCall {
  void* output = nullptr;
  const void* const* inputs = nullptr;
  const ConcreteShape* input_shapes = nullptr;
  ConcreteShape output_shape{};
  const Attributes* attributes = nullptr;
  const void* region = nullptr;      ///< code of a fused region, or file of a paging op
  void* const* outputs = nullptr;    ///< a fused region's stores; other ops have one output
  void* workspace = nullptr;         ///< OpDef::workspace_bytes, aligned to 64 bytes
  const double* settings = nullptr;  ///< run-time scalars such as the learning rate
  std::int64_t batch = 0;
  const char* name = "";  ///< for messages about data, such as a label out of range
};

using KernelFn = void (*)(const KernelCall&);
/// Elementwise ops: out[i] = f(in[0][i], in[1][i], ...) for `count` elements of one dtype.
using TileFn = void (*)(void* out, const void* const* in, std::size_t count);
/// An elementwise op of one operand together with its OpDef::together_with: out[i] = f(in[i]),
/// other[i] = g(in[i]).
using BothFn = void (*)(void* out, void* other, const void* in, std::size_t count);

/// Throws IndexError for `label` in row `row` of the labels, operand 1. The message names the op's
/// node, the sample of the batch and the range.
[[noreturn]] FOREGRAPH_EXPORT void throw_label_out_of_range(const KernelCall& call,
                                                            std::int64_t row, std::int64_t label,
                                                            std::int64_t classes);
/// Throws IndexError for `index` at flat position `position` of the indices, operand `operand`.
[[noreturn]] FOREGRAPH_EXPORT void throw_index_out_of_range(const KernelCall& call, int operand,
                                                            std::int64_t position,
                                                            std::int64_t index, std::int64_t count);

/// Kernels of an op, by the dtype it computes in; null where the op is not defined. An elementwise
/// op fills `tile`, any other op `run`.
struct KernelTable {
  std::array<KernelFn, 5> run{};
  std::array<TileFn, 5> tile{};
  std::array<BothFn, 5> both{};  ///< set if the kernel class has `apply_both`
  /// Vector instructions that a user-defined op's kernels need. The library's own tables are those
  /// of the running CPU.
  Isa isa = Isa::baseline;
};

/// Declares `table()` of a kernel class of the library, which is compiled once per instruction set,
/// so that user code that only describes and plans models never includes a kernel.
template <class Kernel>
struct Kernels {
  FOREGRAPH_EXPORT static const KernelTable& table();
};

/// The kernel class of an elementwise op, for programs specialised by the compiler.
template <const auto& Op>
struct KernelOf;

}  // namespace foregraph

/// Ends an op's file: names the kernel class of the op, and instantiates it where the library
/// compiles its kernels (see kernels/define.hpp).
#ifndef FOREGRAPH_INSTANTIATE_KERNEL
#define FOREGRAPH_INSTANTIATE_KERNEL(Kernel)
#endif
/// Ends the file of an op without a kernel, such as a view: registers the op where a list of all
/// ops is built (tools/op_table).
#ifndef FOREGRAPH_REGISTER_OP
#define FOREGRAPH_REGISTER_OP(op)
#endif
#define FOREGRAPH_REGISTER_KERNEL(op, Kernel) \
  template <>                                 \
  struct KernelOf<op> {                       \
    using type = Kernel;                      \
  };                                          \
  FOREGRAPH_INSTANTIATE_KERNEL(Kernel)        \
  FOREGRAPH_REGISTER_OP(op)
