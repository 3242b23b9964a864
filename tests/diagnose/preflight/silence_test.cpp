#include <algorithm>
#include <boost/test/unit_test.hpp>
#include <foregraph/detail/diagnose/findings/finding_ids.hpp>
#include <foregraph/foregraph.hpp>
#include <string>
#include <vector>

#include "support/expect.hpp"
#include "support/preflight_setups.hpp"

// Findings can be switched off, each by its id.

using namespace foregraph;
using namespace foregraph::test;

BOOST_AUTO_TEST_SUITE(silence)

BOOST_AUTO_TEST_CASE(one_finding_is_switched_off_and_the_others_stay) {
  const data::Pipeline sorted = data::from(table(600, 4, 3).sorted().dataset());  // in class order
  const auto model = [](Graph& g) {
    const Tensor x = g.input("x", {batch, 4});
    const Tensor y = g.input("label", {batch}, i32);
    const Tensor p = softmax(nn::dense(x, 3, "logits"));
    return Model{.loss = nn::softmax_cross_entropy(p, y), .outputs = {p}};
  };
  const Report all = check(model, sorted);
  expect_finding(all, "class-mix", Severity::warning);
  expect_finding(all, "activation-before-loss", Severity::warning);
  const Report less = check(model, sorted, {.silence = {"class-mix"}});
  BOOST_TEST(!less.has("class-mix"));
  expect_finding(less, "activation-before-loss", Severity::warning);
  BOOST_TEST(less.to_text().find("not checked: class-mix: silenced") != std::string::npos);
  BOOST_TEST(less.findings().size() + 1 == all.findings().size());
}

BOOST_AUTO_TEST_CASE(an_id_that_is_none_is_refused_with_those_there_are) {
  const data::Pipeline data = data::from(table(100, 4, 3).dataset());
  expect<UsageError>([&] { check(classifier(4, 3), data, {.silence = {"class-mixture"}}); },
                     {"no finding 'class-mixture'", "class-mix", "divergence"});
  Graph g;
  Trainer trainer(g, classifier(4, 3)(g), optim::sgd(0.1));
  expect<UsageError>(
      [&] {
        trainer.fit(data, {.progress = false, .silence = {"class-mix", ""}});
      },
      {"silence", "no finding ''", "input-bottleneck"});
}

BOOST_AUTO_TEST_CASE(fit_leaves_them_out_of_all_its_reports) {
  const data::Pipeline sorted = data::from(table(600, 4, 3).sorted().dataset());
  for (const bool silent : {false, true}) {
    Graph g;
    Trainer trainer(g, classifier(4, 3)(g), optim::adam(10));  // far too high
    FitOptions options{.epochs = 2, .progress = false};
    std::vector<std::string> told;
    options.on_report = [&](const Report& report) {
      for (const Finding& each : report.findings()) told.push_back(each.id);
    };
    if (silent)
      options.silence = {"class-mix", "loss-explodes", "divergence", "loss-oscillates",
                         "input-bottleneck"};
    const History history = trainer.fit(sorted, options);
    const auto said = [&](const char* id) {
      return std::find(told.begin(), told.end(), id) != told.end();
    };
    BOOST_TEST(said("class-mix") == !silent);
    BOOST_TEST(history.front().report.has("class-mix") == !silent);
    BOOST_TEST(said("learning-rate-too-high"));
    const bool grows = said("loss-explodes") || said("divergence");
    BOOST_TEST(grows == !silent);
  }
}

BOOST_AUTO_TEST_CASE(every_id_is_there_once) {
  std::vector<std::string_view> ids(finding_ids().begin(), finding_ids().end());
  std::sort(ids.begin(), ids.end());
  BOOST_TEST((std::adjacent_find(ids.begin(), ids.end()) == ids.end()));
}

BOOST_AUTO_TEST_SUITE_END()
