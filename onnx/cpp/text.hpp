#pragma once

#include <cstdint>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include <foregraph/detail/graph/graph.hpp>

/// The parts of generated C++ that stand for values.
namespace foregraph::onnx::cpp {

/// Returns a double, exactly: "0.5", "2.0", "-std::numeric_limits<double>::infinity()".
[[nodiscard]] std::string number(double value);
/// Returns a size: "3", "fg::batch" or "fg::Dim{1, 4}".
[[nodiscard]] std::string size(Dim dim);
/// Returns a shape: "{fg::batch, 784}".
[[nodiscard]] std::string shape(const Shape& shape);
/// Returns integers in braces: "{0, 2, 1}".
[[nodiscard]] std::string list(const std::vector<std::int64_t>& numbers);
/// Returns a dtype: "fg::f32".
[[nodiscard]] std::string dtype(DType dtype);
/// Returns a string literal, with everything escaped that a literal or a comment could end at.
[[nodiscard]] std::string quoted(std::string_view text);
/// Returns an initializer: "fg::filled_with(1.0)"; of values in a file "fg::zeros()".
[[nodiscard]] std::string initializer(const Initializer& initializer);
/// Returns the words as an identifier in lower case that is no keyword of C++: "layer1_0_conv".
[[nodiscard]] std::string identifier(std::string_view text);
/// Returns true for a keyword of C++, and for a macro of common headers.
[[nodiscard]] bool is_keyword(std::string_view word);
/// Returns the text in lines of at most 100 columns, broken behind commas; the further lines begin
/// with `indent` blanks.
[[nodiscard]] std::string wrapped(const std::string& text, std::size_t indent);

/// Gives identifiers that are different from one another.
class Names {
 public:
  /// Takes the names that are not to be given.
  explicit Names(std::set<std::string> taken) : taken_(std::move(taken)) {}
  /// Returns `wanted`, or `wanted_2`, `wanted_3`, ... if that is taken.
  [[nodiscard]] std::string unique(const std::string& wanted);

 private:
  std::set<std::string> taken_;
};

}  // namespace foregraph::onnx::cpp
