// Einsum: operands are multiplied two at a time, as matrices or stacks of them.
#include <algorithm>
#include <foregraph/detail/ops/basic/comparison.hpp>
#include <foregraph/detail/ops/basic/reshape.hpp>
#include <foregraph/detail/ops/basic/select.hpp>
#include <foregraph/detail/ops/basic/sum.hpp>
#include <foregraph/detail/ops/linear/batch_matmul.hpp>
#include <foregraph/detail/ops/math/multiply.hpp>
#include <foregraph/detail/ops/shape/iota.hpp>
#include <foregraph/detail/ops/shape/permute.hpp>

#include <foregraph/detail/onnx/rules/common.hpp>

namespace foregraph::onnx {
namespace einsum_rule {

/// A tensor with a letter for each axis. The axes of an ellipsis have the letters '0', '1', ...
/// counted from the last one.
struct Lettered {
  Tensor x{};
  std::string letters{};

  [[nodiscard]] Dim size(char letter) const {
    return x.shape()[static_cast<int>(letters.find(letter))];
  }
  [[nodiscard]] bool has(char letter) const { return letters.find(letter) != std::string::npos; }
};

std::string without_spaces(const std::string& text) {
  std::string result;
  std::copy_if(text.begin(), text.end(), std::back_inserter(result),
               [](char c) { return c != ' '; });
  return result;
}

/// The letters of a term, its ellipsis written out as `rank` axes need.
std::string written_out(const std::string& term, int rank) {
  const auto dots = term.find("...");
  if (dots == std::string::npos) return term;
  const int missing = rank - (static_cast<int>(term.size()) - 3);
  if (missing < 0 || missing > Shape::max_rank)
    throw DataError("the equation has too many letters");
  std::string letters = term.substr(0, dots);
  for (int i = missing - 1; i >= 0; --i) letters += static_cast<char>('0' + i);
  return letters + term.substr(dots + 3);
}

Lettered permuted_to(const Lettered& from, const std::string& letters) {
  std::vector<int> axes;
  for (const char letter : letters) axes.push_back(static_cast<int>(from.letters.find(letter)));
  return {permuted(from.x, axes), letters};
}

/// Sums over the axes with these letters.
Lettered summed(const Lettered& from, const std::string& letters) {
  if (letters.empty()) return from;
  Axes axes;
  axes.all = false;
  Lettered result;
  for (std::size_t i = 0; i < from.letters.size(); ++i) {
    if (letters.find(from.letters[i]) != std::string::npos)
      axes.list[static_cast<std::size_t>(axes.count++)] = static_cast<int>(i);
    else
      result.letters += from.letters[i];
  }
  result.x = sum(from.x, axes, KeepDims::no);
  return result;
}

/// Keeps the diagonal of two axes with the same letter.
Lettered without_repetitions(Lettered from) {
  for (std::size_t i = 0; i < from.letters.size(); ++i) {
    const auto again = from.letters.find(from.letters[i], i + 1);
    if (again == std::string::npos) continue;
    const auto numbers = [&](std::size_t axis) {
      Shape shape;
      for (int k = 0; k < from.x.shape().rank; ++k)
        shape.push_back(k == static_cast<int>(axis) ? from.x.shape()[k] : Dim{1});
      return reshape(iota(*from.x.graph, from.x.shape()[static_cast<int>(axis)]), shape);
    };
    const Tensor row = numbers(i);
    const Tensor column = numbers(again);
    const Tensor on_diagonal = equal(row, column);
    from.x = select(on_diagonal, from.x, 0.0);
    std::string letters = from.letters;
    letters[again] = '!';
    from = summed({from.x, letters}, "!");
    --i;
  }
  return from;
}

Dim size_of(const Lettered& x, const std::string& letters) {
  Dim size{1};
  for (const char letter : letters) {
    const Product next = multiply(size, x.size(letter));
    if (next.fault != SizeFault::none)
      unsupported("axes that together are not affine in the batch");
    size = next.value;
  }
  return size;
}

/// The product of two tensors; letters that nobody reads later are summed over.
Lettered product(Lettered a, Lettered b, const std::string& later) {
  const auto is_read = [&](char letter) { return later.find(letter) != std::string::npos; };
  // An ellipsis may broadcast axes of size 1.
  for (Lettered* side : {&a, &b}) {
    Lettered& other = side == &a ? b : a;
    std::string ones;
    for (const char letter : side->letters)
      if (other.has(letter) && side->size(letter).is_one() && !other.size(letter).is_one())
        ones += letter;
    *side = summed(*side, ones);
  }
  const auto alone = [&](const Lettered& x, const Lettered& other) {
    std::string letters;
    for (const char letter : x.letters)
      if (!other.has(letter) && !is_read(letter)) letters += letter;
    return summed(x, letters);
  };
  a = alone(a, b);
  b = alone(b, a);
  std::string both, summed_over, of_a, of_b;
  for (const char letter : a.letters)
    (!b.has(letter) ? of_a : is_read(letter) ? both : summed_over) += letter;
  for (const char letter : b.letters)
    if (!a.has(letter)) of_b += letter;

  Lettered result;
  result.letters = both + of_a + of_b;
  if (result.letters.size() > Shape::max_rank) unsupported("more than 6 axes");
  Shape shape;
  for (const char letter : both) shape.push_back(a.size(letter));
  for (const char letter : of_a) shape.push_back(a.size(letter));
  for (const char letter : of_b) shape.push_back(b.size(letter));
  const Dim stack = size_of(a, both);
  const Dim rows = size_of(a, of_a);
  const Dim columns = size_of(b, of_b);
  const Dim inner = size_of(a, summed_over);
  const Tensor left = permuted_to(a, both + of_a + summed_over).x;
  const Tensor right = permuted_to(b, both + summed_over + of_b).x;
  if (summed_over.empty()) {
    const Tensor x = reshape(left, {stack, rows, 1});
    const Tensor y = reshape(right, {stack, 1, columns});
    result.x = reshape(multiply(x, y), shape);
  } else if (both.empty()) {
    const Tensor x = reshape(left, {rows, inner});
    const Tensor y = reshape(right, {inner, columns});
    result.x = reshape(matmul(x, y), shape);
  } else {
    const Tensor x = reshape(left, {stack, rows, inner});
    const Tensor y = reshape(right, {stack, inner, columns});
    result.x = reshape(matmul(x, y), shape);
  }
  return result;
}

/// The letters of a result that the equation leaves out: the ellipsis, then those that occur once.
std::string implied_result(const std::vector<Lettered>& operands) {
  std::string all, ellipsis, once;
  for (const Lettered& each : operands) all += each.letters;
  std::sort(all.begin(), all.end());
  for (const char letter : all) {
    if (letter >= '0' && letter <= '9') {
      if (ellipsis.find(letter) == std::string::npos) ellipsis += letter;
    } else if (std::count(all.begin(), all.end(), letter) == 1) {
      once += letter;
    }
  }
  std::reverse(ellipsis.begin(), ellipsis.end());
  return ellipsis + once;
}

void einsum(Op& o) {
  const std::string equation = without_spaces(o.text("equation"));
  const auto arrow = equation.find("->");
  std::vector<Lettered> operands;
  std::size_t at = 0;
  int axes_of_ellipsis = 0;
  for (int i = 0; i < o.inputs(); ++i) {
    const std::size_t end = std::min({equation.find(',', at), arrow, equation.size()});
    const std::string term = equation.substr(at, end - at);
    at = end + 1;
    Lettered operand{o[i], written_out(term, o.rank(i))};
    if (static_cast<int>(operand.letters.size()) != o.rank(i))
      throw DataError("the equation has " + std::to_string(operand.letters.size()) +
                      " letters for operand " + std::to_string(i) + ", expected " +
                      std::to_string(o.rank(i)));
    for (const char letter : operand.letters)
      if (letter >= '0' && letter <= '9')
        axes_of_ellipsis = std::max(axes_of_ellipsis, letter - '0' + 1);
    operands.push_back(without_repetitions(std::move(operand)));
  }
  std::string wanted = implied_result(operands);
  if (arrow != std::string::npos) {
    const std::string term = equation.substr(arrow + 2);
    const bool has_ellipsis = term.find("...") != std::string::npos;
    wanted =
        written_out(term, has_ellipsis ? static_cast<int>(term.size()) - 3 + axes_of_ellipsis : 0);
  }
  for (const char letter : wanted)
    if (std::none_of(operands.begin(), operands.end(),
                     [&](const Lettered& each) { return each.has(letter); }))
      throw DataError(std::string("the result has the letter '") + letter +
                      "', but no operand has it");
  Lettered result = operands.front();
  for (std::size_t i = 1; i < operands.size(); ++i) {
    std::string later = wanted;
    for (std::size_t k = i + 1; k < operands.size(); ++k) later += operands[k].letters;
    result = product(result, operands[i], later);
  }
  std::string rest;
  for (const char letter : result.letters)
    if (wanted.find(letter) == std::string::npos) rest += letter;
  o.give(permuted_to(summed(result, rest), wanted).x);
}

}  // namespace einsum_rule

Rules einsum_rules() {
  return {{"Einsum", einsum_rule::einsum}};
}

}  // namespace foregraph::onnx
