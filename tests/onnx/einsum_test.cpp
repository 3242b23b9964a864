// Einsum against a loop over all letters.
#include <boost/test/unit_test.hpp>

#include "onnx/one_node.hpp"
#include "support/op_check.hpp"

namespace onnx_einsum_test {

using namespace foregraph::onnx_tests;
using foregraph::test::onnx_bytes::attribute;
using Values = std::vector<double>;

std::int64_t size_of(char letter) {
  return 2 + (letter - 'a') % 3;
}
std::vector<std::int64_t> dims_of(const std::string& letters) {
  std::vector<std::int64_t> dims;
  for (const char letter : letters) dims.push_back(size_of(letter));
  return dims;
}
std::size_t count_of(const std::string& letters) {
  std::int64_t count = 1;
  for (const char letter : letters) count *= size_of(letter);
  return static_cast<std::size_t>(count);
}

/// The sum over all values of all letters, added to the element of the result that they lead to.
Values sums(const std::vector<std::string>& terms, const std::vector<Values>& operands,
            const std::string& result) {
  std::string letters;
  for (const std::string& term : terms)
    for (const char letter : term)
      if (letters.find(letter) == std::string::npos) letters += letter;
  Values y(count_of(result));
  for (std::size_t i = 0; i < count_of(letters); ++i) {
    std::map<char, std::size_t> at;
    std::size_t rest = i;
    for (const char letter : letters) {
      at[letter] = rest % static_cast<std::size_t>(size_of(letter));
      rest /= static_cast<std::size_t>(size_of(letter));
    }
    const auto index = [&](const std::string& term) {
      std::size_t k = 0;
      for (const char letter : term) k = k * static_cast<std::size_t>(size_of(letter)) + at[letter];
      return k;
    };
    double product = 1;
    for (std::size_t k = 0; k < terms.size(); ++k) product *= operands[k][index(terms[k])];
    y[index(result)] += product;
  }
  return y;
}

OneNode node_of(const std::string& equation, const std::vector<std::string>& terms) {
  OneNode node{"Einsum", {}, {attribute("equation", equation)}};
  for (std::size_t k = 0; k < terms.size(); ++k)
    node.operands.push_back(
        {dims_of(terms[k]), mixed_values(count_of(terms[k]), static_cast<unsigned>(k) + 1)});
  return node;
}

void check(const std::string& equation, const std::vector<std::string>& terms,
           const std::string& result) {
  BOOST_TEST_CONTEXT(equation) {
    const OneNode node = node_of(equation, terms);
    std::vector<Values> operands;
    for (const NodeOperand& each : node.operands) operands.push_back(each.values);
    const auto actual = node.run();
    foregraph::Shape shape;
    for (const char letter : result) shape.push_back(size_of(letter));
    BOOST_TEST((actual.at(0).shape == shape));
    check_values(sums(terms, operands, result), actual[0]);
  }
}

}  // namespace onnx_einsum_test

BOOST_AUTO_TEST_SUITE(onnx_einsum)

using namespace onnx_einsum_test;

BOOST_AUTO_TEST_CASE(products_are_sums_over_the_letters_that_are_left_out) {
  check("ab,bc->ac", {"ab", "bc"}, "ac");
  check("ab, bc -> ca", {"ab", "bc"}, "ca");
  check("abc,abd->acd", {"abc", "abd"}, "acd");
  check("abcd,aecd->abe", {"abcd", "aecd"}, "abe");
  check("bqhd,bkhd->bhqk", {"bqhd", "bkhd"}, "bhqk");
  check("a,b->ab", {"a", "b"}, "ab");
  check("ab,ab->ab", {"ab", "ab"}, "ab");
  check("ab,ab->", {"ab", "ab"}, "");
  check("abe,bc->ac", {"abe", "bc"}, "ac");  // e is in one operand alone
  check("ab,bc,cd->ad", {"ab", "bc", "cd"}, "ad");
  check("ab,ac,ad->bcd", {"ab", "ac", "ad"}, "bcd");
}

BOOST_AUTO_TEST_CASE(one_operand_is_summed_transposed_or_its_diagonal) {
  check("abc->cab", {"abc"}, "cab");
  check("abc->b", {"abc"}, "b");
  check("abb->ab", {"abb"}, "ab");
  check("aa->", {"aa"}, "");
}

BOOST_AUTO_TEST_CASE(a_result_that_is_not_stated_has_the_letters_that_occur_once) {
  check("cb,ba", {"cb", "ba"}, "ac");
}

BOOST_AUTO_TEST_CASE(an_ellipsis_broadcasts) {
  check("...ab,...bc->...ac", {"deab", "debc"}, "deac");
  // Axes of size 1 against others, and none against some.
  OneNode node{"Einsum",
               {{{1, 2, 3}, mixed_values(6)}, {{4, 3, 2}, mixed_values(24, 2)}},
               {attribute("equation", "...ij,...jk->...ik")}};
  Values expected(4 * 2 * 2);
  for (std::size_t n = 0; n < 4; ++n)
    for (std::size_t i = 0; i < 2; ++i)
      for (std::size_t k = 0; k < 2; ++k)
        for (std::size_t j = 0; j < 3; ++j)
          expected[(n * 2 + i) * 2 + k] +=
              node.operands[0].values[i * 3 + j] * node.operands[1].values[(n * 3 + j) * 2 + k];
  check_values(expected, node.run().at(0));
  node.operands[0].dims = {2, 3};
  check_values(expected, node.run().at(0));
}

BOOST_AUTO_TEST_CASE(wrong_equations_are_refused) {
  foregraph::test::check_contains(node_of("abc,bc->a", {"ab", "bc"}).refusal(),
                                  "3 letters for operand 0, expected 2");
  foregraph::test::check_contains(node_of("ab,bc->az", {"ab", "bc"}).refusal(),
                                  "the result has the letter 'z', but no operand has it");
}

BOOST_AUTO_TEST_SUITE_END()
