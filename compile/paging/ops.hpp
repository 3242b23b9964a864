#pragma once

#include <cstddef>
#include <cstdint>

#include <foregraph/detail/graph/op.hpp>

/// The ops of a step with paged values. page_within() adds them to a planned step; models do not
/// use them, and they have no gradients.
///
/// A value x takes this way, with t for scalars that order the ops:
///
///     t1 = page_out(x)         begins to write x to the file
///     t2 = page_written(t1, x) waits for that; x's memory is free after it
///     y  = page_in(t2)         begins to read the file into y's memory
///     z  = page_ready(y)       waits for that; z is x again, in the memory of y
///
/// So the live ranges of x and y contain the times at which the file's thread uses their memory.
/// Attributes of all four: integers[0] the offset in the file, in bytes; integers[1] the number of
/// the transfer; integers[3] is 1 if a variable is updated before the op, else 0.
namespace foregraph::paging {

inline constexpr std::size_t offset_attribute = 0;
inline constexpr std::size_t transfer_attribute = 1;
inline constexpr std::size_t dtype_attribute = 2;  ///< of page_in; the shape is Attributes::shape
inline constexpr std::size_t after_update_attribute = 3;

[[nodiscard]] const KernelTable& page_out_kernels();
[[nodiscard]] const KernelTable& page_written_kernels();
[[nodiscard]] const KernelTable& page_in_kernels();
[[nodiscard]] const KernelTable& page_ready_kernels();

constexpr Dim no_flops(std::span<const Operand>, const Operand&, const Attributes&) {
  return Dim{0};
}
constexpr Inferred infer_token(std::span<const Operand>, const Attributes&) {
  return {Shape{}, i32};
}

inline constexpr OpDef page_out_op{.name = "page_out",
                                   .infer = infer_token,
                                   .flops = no_flops,
                                   .typed_by = 0,
                                   .kernels = page_out_kernels};
inline constexpr OpDef page_written_op{.name = "page_written",
                                       .arity = 2,
                                       .infer = infer_token,
                                       .flops = no_flops,
                                       .in_place = 1,
                                       .kernels = page_written_kernels};
inline constexpr OpDef page_in_op{
    .name = "page_in",
    .infer =
        [](std::span<const Operand>, const Attributes& attributes) {
          return Inferred{attributes.shape,
                          static_cast<DType>(attributes.integers[dtype_attribute])};
        },
    .flops = no_flops,
    .kernels = page_in_kernels};
inline constexpr OpDef page_ready_op{.name = "page_ready",
                                     .infer =
                                         [](std::span<const Operand> in, const Attributes&) {
                                           return Inferred{in[0].shape, in[0].dtype};
                                         },
                                     .flops = no_flops,
                                     .in_place = 1,
                                     .kernels = page_ready_kernels};

/// Returns true for the four ops above. Their kernels expect the PageFile as KernelCall::region.
[[nodiscard]] constexpr bool is_page_op(const OpDef* op) {
  return op == &page_out_op || op == &page_written_op || op == &page_in_op || op == &page_ready_op;
}

}  // namespace foregraph::paging
