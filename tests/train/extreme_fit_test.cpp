// Numbers of fit() whose products with those of the data leave 64 bits.
#include <boost/test/unit_test.hpp>
#include <foregraph/foregraph.hpp>
#include <limits>

#include "support/expect.hpp"
#include "support/training_data.hpp"

using namespace foregraph;
using namespace foregraph::test;

namespace {

constexpr std::int64_t most_of_64_bits = std::numeric_limits<std::int64_t>::max();

/// Zeros, as many as are asked for.
struct EndlessRows {
  std::int64_t rows = 0;
  std::vector<data::FieldSpec> specs{{"x", boolean, {}}};
  [[nodiscard]] std::span<const data::FieldSpec> fields() const { return specs; }
  [[nodiscard]] std::int64_t size() const { return rows; }
  void read(std::int64_t, std::span<std::byte* const> to) const {
    if (to[0] != nullptr) *to[0] = std::byte{0};
  }
};

}  // namespace

BOOST_AUTO_TEST_SUITE(extreme_fit)

BOOST_AUTO_TEST_CASE(accumulated_batches_beyond_64_bits) {
  Graph g;
  const Tensor x = g.input("x", {batch, 2});
  const Model model{.loss = mean(square(nn::dense(x, 1, "d"))), .outputs = {}};
  Trainer trainer{g, model, optim::sgd(0.1)};
  const data::Pipeline data =
      data::from(data::Dataset().add("x", {2}, std::vector<float>(20, 1))).batch(4);
  for (const std::int64_t batches : {most_of_64_bits, most_of_64_bits / 2})
    expect<UsageError>(
        [&] {
          (void)trainer.fit(data, {.progress = false, .accumulate = batches, .preflight = false});
        },
        {"fit: accumulate is", "batches of 4 samples do not fit in 64 bits"});
}

BOOST_AUTO_TEST_CASE(orders_beyond_any_memory) {
  Graph g;
  const Tensor x = g.input("x", {batch}, boolean);
  const Model model{.loss = mean(square(nn::dense(reshape(cast(x, f32), {batch, 1}), 1, "d"))),
                    .outputs = {}};
  Trainer trainer{g, model, optim::sgd(0.1), {.memory_budget = Budget::unlimited()}};
  const data::Pipeline data = data::from(EndlessRows{most_of_64_bits / 16}).shuffle(1);
  expect<BudgetError>(
      [&] { (void)trainer.fit(data, {.epochs = 1, .progress = false, .preflight = false}); },
      {"576460752303423487 samples per epoch", "Permutation::computed"});
}

BOOST_AUTO_TEST_SUITE_END()
