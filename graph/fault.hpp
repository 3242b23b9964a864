#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include <foregraph/detail/base/dtype.hpp>
#include <foregraph/detail/base/export.hpp>
#include <foregraph/detail/graph/location.hpp>
#include <foregraph/detail/graph/shape.hpp>

namespace foregraph {

struct OpDef;

/// One way a graph can be invalid. The compiler prints the *name* of the FaultKind object, the
/// exception its texts; ops define further kinds next to their shape rule.
struct FaultKind {
  std::string_view what;      ///< "inner dimensions differ"
  std::string_view expected;  ///< the correct form, and what to do
};

/// The first fault of a graph.
struct Fault {
  const FaultKind* kind = nullptr;  ///< the kind of mistake
  const OpDef* op = nullptr;        ///< the op that refused its operands; null for models
  Location at{};                    ///< the line in the user's source
  int operands = 0;                 ///< how many of the two below are set
  /// Shape of the first operand, if there is one.
  Shape a{}, b{};  ///< the shape of the second operand
  /// Dtype of the first operand.
  DType a_dtype = f32, b_dtype = f32;  ///< the dtype of the second operand

  /// Returns true if there is a fault.
  [[nodiscard]] constexpr explicit operator bool() const { return kind != nullptr; }
};

namespace fault {
inline constexpr FaultKind shapes_do_not_broadcast{
    "shapes do not broadcast",
    "dimensions that are equal or 1 when aligned at the last axis; reshape one operand"};
inline constexpr FaultKind size_is_not_affine_in_the_batch{
    "the result's size would grow with the square of the batch",
    "at most one dimension that depends on the batch; if [batch,1] met [batch], reshape one to the "
    "other's shape"};
inline constexpr FaultKind size_overflows{"the number of elements does not fit in 64 bits",
                                          "smaller dimensions"};
inline constexpr FaultKind dimension_is_not_positive{"a dimension is below 1",
                                                     "dimensions of at least 1"};
inline constexpr FaultKind rank_is_too_high{"the rank is above 6", "shapes of at most 6 axes"};
inline constexpr FaultKind dtypes_differ{
    "dtypes differ",
    "operands of the same dtype; convert with cast(), as nothing is converted implicitly"};
inline constexpr FaultKind dtype_is_not_supported{"the op is not defined for this dtype",
                                                  "one of the dtypes in the op's documentation"};
inline constexpr FaultKind number_is_no_integer{
    "a constant combined with integers is not an integer in their range",
    "a whole number in range, or an operand converted to floating point with cast()"};
inline constexpr FaultKind rank_is_wrong{"an operand has the wrong rank",
                                         "a rank that the op's documentation lists"};
inline constexpr FaultKind axis_is_out_of_range{"an axis is out of range",
                                                "axes from -rank to rank-1, each at most once"};
inline constexpr FaultKind sizes_differ{
    "the numbers of elements differ",
    "a shape with the same number of elements at every batch size"};
inline constexpr FaultKind shapes_differ{"shapes differ", "operands of the same shape"};
inline constexpr FaultKind operand_is_of_another_graph{
    "an operand belongs to another graph or to none", "tensors of the same Graph"};
inline constexpr FaultKind operand_is_of_no_graph{"no operand belongs to a graph",
                                                  "at least one tensor of a Graph"};
inline constexpr FaultKind graph_is_gone{
    "a tensor has outlived its graph",
    "a Graph that outlives its tensors; it may be moved, but not destroyed or assigned to"};
inline constexpr FaultKind model_is_of_another_graph{
    "the model's loss or one of its outputs is not a tensor of this graph",
    "a Model whose tensors belong to this Graph; in a clone(), get them with tensor(id)"};
inline constexpr FaultKind variable_is_updated_twice{
    "a variable is updated twice in one step",
    "one update per variable; give each parameter to one optimizer only"};
inline constexpr FaultKind update_has_another_shape{
    "a variable's new value has another shape or dtype than the variable",
    "a value of the variable's shape and dtype"};
inline constexpr FaultKind update_of_no_variable{"an update of something that is not a variable",
                                                 "the index of one of the graph's variables"};
inline constexpr FaultKind setting_has_another_value{
    "two values for one setting", "a scope for each optimizer: auto scope = g.scope(\"head\")"};
inline constexpr FaultKind name_is_taken{"the name is used twice", "a different name or scope"};
inline constexpr FaultKind op_has_no_gradient{"the loss depends on a parameter through this op",
                                              "an op with a gradient (OpDef::vjp)"};
inline constexpr FaultKind variable_depends_on_the_batch{"a parameter's shape depends on the batch",
                                                         "a shape of constant dimensions"};
inline constexpr FaultKind orthogonal_needs_a_matrix{
    "an orthogonal initializer for fewer than two axes",
    "a shape [rows,columns] or [...,columns]; for a vector use normal() or uniform()"};
inline constexpr FaultKind tangents_do_not_match{"the tangents do not match the tensors",
                                                 "one tangent of the same shape for each tensor"};
inline constexpr FaultKind loss_is_not_a_scalar{"the loss is not a scalar of a floating dtype",
                                                "a scalar, such as the result of sum() or mean()"};
inline constexpr FaultKind model_has_no_loss{"the model function returned no loss",
                                             "Model{.loss = ...} with a scalar of the graph"};
inline constexpr FaultKind model_has_no_parameters{"the loss depends on no parameter",
                                                   "a model with at least one parameter"};
}  // namespace fault

/// Returns a text such as "f32[batch,784]". Multiples of the batch print as "3*batch+1".
[[nodiscard]] FOREGRAPH_EXPORT std::string to_string(const Shape& shape);
/// Returns text such as "f32[batch,784]".
[[nodiscard]] FOREGRAPH_EXPORT std::string to_string(DType dtype, const Shape& shape);
/// Returns a text such as
/// "[matmul] inner dimensions differ: f32[batch,784] and f32[512,10]; expected ... (model.cpp:22)".
[[nodiscard]] FOREGRAPH_EXPORT std::string describe(const Fault& fault);
/// Throws GraphError with describe(fault).
[[noreturn]] FOREGRAPH_EXPORT void throw_fault(const Fault& fault);

}  // namespace foregraph
