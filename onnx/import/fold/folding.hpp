#pragma once

#include <functional>
#include <string_view>
#include <utility>
#include <vector>

#include <foregraph/detail/onnx/import/rule.hpp>

/// Arithmetic on shapes: what the lists of folds share. Elements may be affine in the batch size B.
namespace foregraph::onnx::folding {

/// Thrown where a result cannot be an affine constant: the node is left to its rule.
struct NotAffine {};

/// Larger results are left to the graph: they are data, not shapes.
inline constexpr std::int64_t most_elements = std::int64_t{1} << 22;

using Unary = std::function<Element(Element)>;
using Binary = std::function<Element(Element, Element)>;
using Fold = void (*)(Op&);
/// Names of ops of ONNX, and the functions that compute them.
using Folds = std::vector<std::pair<std::string_view, Fold>>;

[[nodiscard]] Folds elementwise_folds();
[[nodiscard]] Folds indexing_folds();
[[nodiscard]] Folds shape_folds();

/// Returns the number of elements. Throws NotAffine for one that depends on the batch or is large.
std::int64_t count_of(const Shape& shape);
/// Returns the number as a tensor of the dtype stores it.
[[nodiscard]] double rounded(double value, DType dtype);
/// Returns an element that is a number. Throws NotAffine for others.
[[nodiscard]] double number(Element element);
/// Returns the sign of an element for all B of at least 1.
[[nodiscard]] int sign_of(Element e);

/// Returns a constant with these elements by row-major index.
[[nodiscard]] Constant made(DType dtype, const Shape& shape,
                            const std::function<Element(std::int64_t)>& element);
/// Returns f of each element.
[[nodiscard]] Constant unary(const Constant& x, DType dtype, const Unary& f);
/// Returns f of each pair of elements, by the rules of broadcasting.
[[nodiscard]] Constant binary(const Constant& a, const Constant& b, DType dtype, const Binary& f);

/// Returns the shape that both broadcast to.
[[nodiscard]] Shape broadcast(const Shape& a, const Shape& b);
/// Returns the strides of an operand broadcast to `shape`: 0 along axes that it lacks or has once.
[[nodiscard]] std::vector<std::int64_t> strides_in(const Shape& operand, const Shape& shape);
/// Returns the index in an operand with these strides of element i of `shape`.
[[nodiscard]] std::int64_t index_in(const std::vector<std::int64_t>& strides, const Shape& shape,
                                    std::int64_t i);
/// Returns the axes of a list counted from the front and sorted; all if the list is empty.
[[nodiscard]] std::vector<int> axes_or_all(const std::vector<std::int64_t>& list, int rank);

/// Gives the shape of operand 0, which may depend on the data.
void shape_of_operand(Op& o);

}  // namespace foregraph::onnx::folding
