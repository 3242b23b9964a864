#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include <foregraph/detail/base/dtype.hpp>
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
    "aligned at the last axis, dimensions must be equal or 1; reshape one operand"};
inline constexpr FaultKind size_is_not_affine_in_the_batch{
    "the result's size would grow with the square of the batch",
    "at most one dimension may depend on the batch; often [batch,1] has met [batch]: reshape one "
    "of them to the other's shape"};
inline constexpr FaultKind size_overflows{"the number of elements does not fit 64 bits",
                                          "smaller dimensions"};
inline constexpr FaultKind dimension_is_not_positive{"a dimension is below 1",
                                                     "every dimension must be at least 1"};
inline constexpr FaultKind rank_is_too_high{"the rank is above 6", "shapes of at most 6 axes"};
inline constexpr FaultKind dtypes_differ{"dtypes differ",
                                         "operands of one dtype; nothing is converted silently"};
inline constexpr FaultKind dtype_is_not_supported{"the op is not defined for this dtype",
                                                  "see the op's documentation for its dtypes"};
inline constexpr FaultKind number_is_no_integer{
    "a number among integers is no integer of their range",
    "a whole number, or a tensor that cast() has made floating"};
inline constexpr FaultKind rank_is_wrong{"an operand has the wrong rank",
                                         "see the op's documentation for its shapes"};
inline constexpr FaultKind axis_is_out_of_range{"an axis is out of range",
                                                "axes from -rank to rank-1, each at most once"};
inline constexpr FaultKind sizes_differ{"the numbers of elements differ",
                                        "a shape with as many elements, for every batch size"};
inline constexpr FaultKind shapes_differ{"shapes differ", "operands of one shape"};
inline constexpr FaultKind operand_is_of_another_graph{
    "an operand belongs to another graph or to none", "tensors made by one Graph"};
inline constexpr FaultKind operand_is_of_no_graph{"no operand belongs to a graph",
                                                  "at least one tensor made by a Graph"};
inline constexpr FaultKind graph_is_gone{
    "a tensor has outlived its graph",
    "a Graph that lives as long as its tensors are used; it may be moved, but not destroyed or "
    "assigned to"};
inline constexpr FaultKind model_is_of_another_graph{
    "the model's loss or one of its outputs is no tensor of the graph",
    "the Model whose tensors this very Graph has made; in a clone() they are its tensor(id)"};
inline constexpr FaultKind variable_is_updated_twice{
    "a variable is updated twice in one step",
    "one update for each variable; give each parameter to one optimizer only"};
inline constexpr FaultKind update_has_another_shape{
    "a variable's new value has another shape or dtype than the variable",
    "a value of the variable's shape and dtype"};
inline constexpr FaultKind update_of_no_variable{"an update of something that is no variable",
                                                 "the index of one of the graph's variables"};
inline constexpr FaultKind setting_has_another_value{
    "two values for one setting", "a scope for each optimizer: auto scope = g.scope(\"head\")"};
inline constexpr FaultKind name_is_taken{"the name is used twice", "another name or scope"};
inline constexpr FaultKind op_has_no_gradient{"the loss depends on a parameter through this op",
                                              "an op with a gradient (OpDef::vjp)"};
inline constexpr FaultKind variable_depends_on_the_batch{"a parameter's shape depends on the batch",
                                                         "a shape of constant dimensions"};
inline constexpr FaultKind orthogonal_needs_a_matrix{
    "an orthogonal initialiser for fewer than two axes",
    "a shape [rows,columns] or [...,columns]; for a vector take normal() or uniform()"};
inline constexpr FaultKind tangents_do_not_match{"the tangents do not match the tensors",
                                                 "one tangent of the same shape for each tensor"};
inline constexpr FaultKind loss_is_not_a_scalar{"the loss is not a scalar of a floating dtype",
                                                "a scalar, as sum() or mean() gives"};
inline constexpr FaultKind model_has_no_loss{"the model function gave no loss",
                                             "Model{.loss = ...} with a scalar of the graph"};
inline constexpr FaultKind model_has_no_parameters{"the loss depends on no parameter",
                                                   "a model with at least one parameter"};
}  // namespace fault

/// Returns a text such as "f32[batch,784]". Multiples of the batch print as "3*batch+1".
[[nodiscard]] std::string to_string(const Shape& shape);
/// Returns text such as "f32[batch,784]".
[[nodiscard]] std::string to_string(DType dtype, const Shape& shape);
/// Returns a text such as
/// "[matmul] inner dimensions differ: f32[batch,784] and f32[512,10]; expected ... (model.cpp:22)".
[[nodiscard]] std::string describe(const Fault& fault);
/// Throws GraphError with describe(fault).
[[noreturn]] void throw_fault(const Fault& fault);

}  // namespace foregraph
