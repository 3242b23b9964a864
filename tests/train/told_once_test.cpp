// What is wrong before the first step is said in one place: by the exception, if there is one.
#include <boost/test/unit_test.hpp>
#include <foregraph/foregraph.hpp>
#include <iostream>
#include <sstream>
#include <string>

#include "support/training_data.hpp"

using namespace foregraph;

namespace told_once_tests {

/// Keeps what is written to stderr while it lives.
struct CapturedStderr {
  CapturedStderr() : before(std::cerr.rdbuf(text.rdbuf())) {}
  ~CapturedStderr() { std::cerr.rdbuf(before); }
  std::ostringstream text;
  std::streambuf* before;
};

Model told_once_model(Graph& g) {
  const auto x = g.input("x", {batch, 4});
  const auto y = g.input("label", {batch, 1});
  return {.loss = nn::mean_squared_error(nn::dense(x, 1, "line"), y), .outputs = {}};
}

/// A training that has room for steps of 8 samples and the order of an epoch.
struct SmallBudget {
  Graph g;
  Model model = told_once_model(g);
  Bytes budget = plan_memory(training_graph(g, model, optim::sgd(0.1)), 8).peak() + Bytes{6 * 1024};
  Trainer<> trainer{g, model, optim::sgd(0.1), {.memory_budget = budget}};
};

int times_said(const std::string& part, const std::string& text) {
  int count = 0;
  for (std::size_t at = text.find(part); at != std::string::npos; at = text.find(part, at + 1))
    ++count;
  return count;
}

}  // namespace told_once_tests
using namespace told_once_tests;

BOOST_AUTO_TEST_SUITE(told_once)

BOOST_AUTO_TEST_CASE(a_batch_over_the_budget_is_told_by_the_exception_alone) {
  SmallBudget small;
  std::string thrown;
  CapturedStderr captured;
  try {
    (void)small.trainer.fit(data::from(test::two_classes(512, 4)).batch(512), {.progress = false});
  } catch (const BudgetError& error) {
    thrown = error.what();
  }
  BOOST_TEST(thrown.find("batch 512") != std::string::npos);
  BOOST_TEST(times_said("budget", captured.text.str()) == 0, captured.text.str());
}

BOOST_AUTO_TEST_CASE(who_takes_reports_gets_all_of_it) {
  SmallBudget small;
  int over_budget = 0;
  FitOptions options{.progress = false};
  options.on_report = [&](const Report& report) {
    over_budget += report.has("over-memory-budget") ? 1 : 0;
  };
  CapturedStderr captured;
  BOOST_CHECK_THROW(
      (void)small.trainer.fit(data::from(test::two_classes(512, 4)).batch(512), options),
      BudgetError);
  BOOST_TEST(over_budget == 1);
  BOOST_TEST(captured.text.str() == "");
}

// Sorted by class: a warning, which no exception repeats.
BOOST_AUTO_TEST_CASE(warnings_are_printed_once) {
  std::vector<float> x;
  std::vector<float> y;
  for (int i = 0; i < 512; ++i) {
    for (int k = 0; k < 4; ++k) x.push_back(static_cast<float>((i * 31 + k * 17) % 97) / 97);
    y.push_back(i < 256 ? 0.0F : 1.0F);
  }
  const data::Dataset data = data::Dataset().add("x", {4}, x).add("label", {1}, y);
  for (const std::int64_t batch_size : {8, 512}) {
    SmallBudget small;
    CapturedStderr captured;
    try {
      (void)small.trainer.fit(data::from(data).batch(batch_size), {.progress = false});
    } catch (const BudgetError&) {
      BOOST_TEST(batch_size == 512);
    }
    BOOST_TEST(times_said("over-memory-budget", captured.text.str()) == 0);
    if (batch_size == 8) BOOST_TEST(times_said("warning: target-order", captured.text.str()) == 1);
  }
}

BOOST_AUTO_TEST_SUITE_END()
