#pragma once

#include <cstddef>
#include <utility>

#include <foregraph/detail/graph/graph.hpp>

/// Turns the first fault of a graph built in the compiler into a readable one-line error message.
namespace foregraph {

/// The words of the error message: `f32<batch, n<784>>` stands for f32[batch,784].
namespace in_error {
template <std::int64_t Size>
struct n;
struct batch;
template <std::int64_t Constant, std::int64_t PerSample>
struct affine;
template <class... Dims>
struct f32;
template <class... Dims>
struct f64;
template <class... Dims>
struct i32;
template <class... Dims>
struct i64;
template <class... Dims>
struct boolean;
template <int Line>
struct at_line;
}  // namespace in_error

/// Never defined: naming it stops the compiler, and its template arguments are the message: the
/// fault, the op, the line in the user's source, and the operands' dtypes and shapes.
template <const auto& Fault, const auto& Op, class Line, class... Operands>
struct graph_is_ill_formed;

namespace detail {
template <std::int64_t Constant, std::int64_t PerSample>
struct DimWord {
  using type = in_error::affine<Constant, PerSample>;
};
template <std::int64_t Constant>
struct DimWord<Constant, 0> {
  using type = in_error::n<Constant>;
};
template <>
struct DimWord<0, 1> {
  using type = in_error::batch;
};
[[nodiscard]] constexpr const Shape& operand_of(const Fault& fault, int index) {
  return index == 0 ? fault.a : fault.b;
}
template <DType>
struct TypeWord;
template <>
struct TypeWord<DType::f32> {
  template <class... Dims>
  using of = in_error::f32<Dims...>;
};
template <>
struct TypeWord<DType::f64> {
  template <class... Dims>
  using of = in_error::f64<Dims...>;
};
template <>
struct TypeWord<DType::i32> {
  template <class... Dims>
  using of = in_error::i32<Dims...>;
};
template <>
struct TypeWord<DType::i64> {
  template <class... Dims>
  using of = in_error::i64<Dims...>;
};
template <>
struct TypeWord<DType::boolean> {
  template <class... Dims>
  using of = in_error::boolean<Dims...>;
};
template <const Fault& F, int Operand, class Indices>
struct ShapeWord;
template <const Fault& F, int Operand, std::size_t... I>
struct ShapeWord<F, Operand, std::index_sequence<I...>> {
  using type = typename TypeWord<Operand == 0 ? F.a_dtype : F.b_dtype>::template of<
      typename DimWord<operand_of(F, Operand).dims[I].constant,
                       operand_of(F, Operand).dims[I].per_sample>::type...>;
};
template <const Fault& F, int Operand>
using shape_word = typename ShapeWord<
    F, Operand,
    std::make_index_sequence<static_cast<std::size_t>(operand_of(F, Operand).rank < Shape::max_rank
                                                          ? operand_of(F, Operand).rank
                                                          : Shape::max_rank)>>::type;

template <const Fault& F>
constexpr void report_fault() {
  if constexpr (F.operands == 0) {
    (void)sizeof(graph_is_ill_formed<*F.kind, *F.op, in_error::at_line<F.at.line>>);
  } else if constexpr (F.operands == 1) {
    (void)sizeof(
        graph_is_ill_formed<*F.kind, *F.op, in_error::at_line<F.at.line>, shape_word<F, 0>>);
  } else {
    (void)sizeof(graph_is_ill_formed<*F.kind, *F.op, in_error::at_line<F.at.line>, shape_word<F, 0>,
                                     shape_word<F, 1>>);
  }
}
}  // namespace detail

/// Stops the compiler if `F`, a static constexpr object, holds a fault.
template <const Fault& F>
constexpr void check_graph() {
  if constexpr (F.kind != nullptr) detail::report_fault<F>();
}

}  // namespace foregraph
