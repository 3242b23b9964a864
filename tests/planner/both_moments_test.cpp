#include <array>
#include <boost/test/unit_test.hpp>
#include <foregraph/plan.hpp>

#include "compile_time/models.hpp"
#include "graph/checks.hpp"
#include "planner/workloads.hpp"
#include "support/plan_digest.hpp"

namespace fg = foregraph;

namespace {

using fg::test::Digest;
using fg::test::digest;
using Digests = std::array<Digest, workloads::batches.size()>;
template <class ModelFunction, class Optimizer>
constexpr Digests digests(const ModelFunction& model, const Optimizer& optimizer) {
  Digests all{};
  for (std::size_t i = 0; i < all.size(); ++i)
    all[i] = digest(fg::compile(model, optimizer, workloads::batches[i]));
  return all;
}

void check(const char* name, const Digests& compiler, const Digests& program) {
  for (std::size_t i = 0; i < compiler.size(); ++i)
    BOOST_TEST_CONTEXT(name << ", batch " << workloads::batches[i]) {
      BOOST_TEST(compiler[i].peak_bytes == program[i].peak_bytes);
      BOOST_TEST(compiler[i].hash == program[i].hash);
      BOOST_TEST(compiler[i].peak_bytes > 0);
    }
}

}  // namespace

BOOST_AUTO_TEST_SUITE(both_moments)

BOOST_AUTO_TEST_CASE(w1_is_planned_alike_in_the_compiler_and_in_the_program) {
  PLANNED_BY_COMPILER Digests compiler = digests(workloads::w1_logistic, fg::optim::adam());
  check("w1", compiler, digests(workloads::w1_logistic, fg::optim::adam()));
}
BOOST_AUTO_TEST_CASE(w2_is_planned_alike_in_the_compiler_and_in_the_program) {
  PLANNED_BY_COMPILER Digests compiler = digests(workloads::w2_linear, fg::optim::adam());
  check("w2", compiler, digests(workloads::w2_linear, fg::optim::adam()));
}
BOOST_AUTO_TEST_CASE(w3_is_planned_alike_in_the_compiler_and_in_the_program) {
  PLANNED_BY_COMPILER Digests compiler = digests(workloads::w3_wide_data, fg::optim::adam());
  check("w3", compiler, digests(workloads::w3_wide_data, fg::optim::adam()));
}
BOOST_AUTO_TEST_CASE(w4_is_planned_alike_in_the_compiler_and_in_the_program) {
  PLANNED_BY_COMPILER Digests compiler = digests(workloads::w4_mlp, fg::optim::adam());
  check("w4", compiler, digests(workloads::w4_mlp, fg::optim::adam()));
}

BOOST_AUTO_TEST_CASE(the_order_in_which_a_compiler_evaluates_arguments_does_not_matter) {
  // g++ appends the second operand first in the program, but not in the compiler.
  constexpr auto model = [](fg::Graph& g) {
    auto x = g.input("x", {fg::batch, 40});
    auto w = g.parameter("w", {40, 40});
    auto y = fg::softmax(fg::matmul(fg::tanh(fg::matmul(x, w)), w)) -
             fg::sum(fg::exp(fg::matmul(x, w)), {1}, fg::KeepDims::yes);
    return fg::Model{.loss = fg::mean(fg::multiply(fg::tanh(y), fg::sum(y * x, {0})))};
  };
  PLANNED_BY_COMPILER Digests compiler = digests(model, fg::optim::adam());
  check("nested calls", compiler, digests(model, fg::optim::adam()));
}

BOOST_AUTO_TEST_CASE(peak_memory_is_the_same_by_type_and_by_value) {
  PLANNED_BY_COMPILER fg::Bytes compiler =
      fg::peak_memory<workloads::w1_logistic>(fg::optim::sgd_momentum(), 32);
  BOOST_TEST((fg::peak_memory(workloads::w1_logistic, fg::optim::sgd_momentum(), 32) == compiler));
  BOOST_TEST((fg::peak_memory<workloads::w1_logistic>(fg::optim::sgd_momentum(), 32) == compiler));
}

BOOST_AUTO_TEST_CASE(the_models_of_the_compile_time_tests_hold_at_run_time) {
  using namespace compile_time;
  BOOST_TEST(plan_is_sound(deep_perceptron<3>, fg::optim::sgd(), 7));
  BOOST_TEST(plan_is_sound(deep_perceptron<2>, fg::optim::adam(), 7));
  BOOST_TEST(plan_is_sound(deep_perceptron<14>, fg::optim::sgd(), 64));
  BOOST_TEST(nodes_of(deep_perceptron<14>, fg::optim::sgd()) >= 200);
}

BOOST_AUTO_TEST_SUITE_END()
