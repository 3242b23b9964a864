#include <boost/test/unit_test.hpp>
#include <foregraph/models.hpp>

#include "support/plan_digest.hpp"

using namespace foregraph;
using test::Digest;
using test::digest;

namespace {

template <class ModelFunction, class Optimizer>
constexpr Digest digest_of(const ModelFunction& model, const Optimizer& optimizer) {
  return digest(compile(model, optimizer, 32));
}

template <class ModelFunction, class Optimizer>
void check_alike(const Digest& compiler, const ModelFunction& model, const Optimizer& optimizer) {
  const Digest program = digest_of(model, optimizer);
  BOOST_TEST(compiler.peak_bytes > 0);
  BOOST_TEST(compiler.peak_bytes == program.peak_bytes);
  BOOST_TEST(compiler.hash == program.hash);
}

}  // namespace

BOOST_AUTO_TEST_SUITE(both_moments)

BOOST_AUTO_TEST_CASE(w5_is_planned_alike_in_the_compiler_and_in_the_program) {
  PLANNED_BY_COMPILER Digest compiler = digest_of(models::w5_lenet, optim::sgd_momentum());
  check_alike(compiler, models::w5_lenet, optim::sgd_momentum());
}
BOOST_AUTO_TEST_CASE(w6_is_planned_alike_in_the_compiler_and_in_the_program) {
  PLANNED_BY_COMPILER Digest compiler = digest_of(models::w6_resnet20, optim::sgd_momentum());
  check_alike(compiler, models::w6_resnet20, optim::sgd_momentum());
}
BOOST_AUTO_TEST_CASE(w7_is_planned_alike_in_the_compiler_and_in_the_program) {
  PLANNED_BY_COMPILER Digest compiler = digest_of(models::w7_lstm, optim::adam());
  check_alike(compiler, models::w7_lstm, optim::adam());
}
BOOST_AUTO_TEST_CASE(w8_is_planned_alike_in_the_compiler_and_in_the_program) {
  PLANNED_BY_COMPILER Digest compiler = digest_of(models::w8_transformer, optim::adamw());
  check_alike(compiler, models::w8_transformer, optim::adamw());
}

BOOST_AUTO_TEST_SUITE_END()
