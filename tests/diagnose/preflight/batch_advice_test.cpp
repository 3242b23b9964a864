#include <boost/test/unit_test.hpp>
#include <foregraph/foregraph.hpp>
#include <string>
#include <vector>

#include "support/preflight_setups.hpp"

using namespace foregraph;
using namespace foregraph::test;

namespace {

/// From w = 0, the gradient of (w.x - y)^2 with x of two unit normals, y = 2 x0 + x1 + noise, has
/// |G|^2 = 4 * 5 and tr(Sigma) = 4 * ((d + 1) * 5 + d * noise^2): a noise scale of 3 + 0.4 noise^2.
/// The bias adds to that: its gradient is -2 * mean y, of mean 0 and variance 4 (5 + noise^2).
double noise_scale(double noise) {
  return 3 + 0.4 * noise * noise + (5 + noise * noise) / 5;
}

Model linear_from_zero(Graph& g) {
  const Tensor x = g.input("x", {batch, 2});
  const Tensor y = g.input("label", {batch, 1});
  const Tensor w = g.parameter("w", {Dim{2}, Dim{1}});
  const Tensor b = g.parameter("b", {Dim{1}});
  const Tensor p = add(matmul(x, w), b);
  const Tensor error = subtract(p, y);
  return Model{.loss = mean(multiply(error, error)), .outputs = {p}};
}

Report report_of(float noise, std::int64_t batch_size, std::int64_t rows = 4000) {
  std::vector<float> targets;
  const Table table_of_plane = plane(rows, targets, noise);
  return check(linear_from_zero,
               data::from(table_of_plane.with_targets(targets)).shuffle(1).batch(batch_size));
}

}  // namespace

BOOST_AUTO_TEST_SUITE(batch_advice)

BOOST_AUTO_TEST_CASE(a_batch_far_below_the_noise_scale_is_told_with_what_a_larger_one_costs) {
  const Report report = report_of(15, 4);
  expect_finding(report, "batch-below-noise-scale", Severity::note);
  const Finding& finding = *report.find("batch-below-noise-scale");
  const double expected = noise_scale(15);  // 139
  BOOST_TEST(finding.figures[0].name == "noise_scale");
  BOOST_TEST(finding.figures[1].value <= expected);  // the interval holds it
  BOOST_TEST(finding.figures[2].value >= expected);
  BOOST_TEST(finding.what.find("batch 4 is far below the gradient's noise scale of about ") == 0U);
  BOOST_TEST(finding.way_out.find("a batch of 32, which costs ") == 0U);
  BOOST_TEST(finding.way_out.find(" times as much per sample") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(a_batch_far_above_it_is_told) {
  expect_finding(report_of(1, 1000), "batch-above-noise-scale", Severity::note);
}

BOOST_AUTO_TEST_CASE(a_batch_near_it_needs_no_advice) {
  const Report report = report_of(4, 16);
  expect_silence(report);
  BOOST_TEST(report.empty());
  bool checked = false;
  for (const std::string& name : report.checked())
    checked = checked || name == "batch size against gradient noise";
  BOOST_TEST(checked);
}

BOOST_AUTO_TEST_CASE(too_few_samples_leave_it_unresolved) {
  for (const Report& report : {report_of(100, 4, 400), report_of(1, 2, 6)}) {
    BOOST_TEST(!report.has("batch-below-noise-scale"));
    bool unresolved = false;
    for (const auto& [name, reason] : report.skipped())
      unresolved = unresolved ||
                   (name == "batch size against gradient noise" && reason.find("unresolved") == 0);
    BOOST_CHECK_MESSAGE(unresolved, report.to_text());
  }
}

BOOST_AUTO_TEST_CASE(what_would_not_fit_the_budget_is_unresolved) {
  std::vector<float> targets;
  const Table rows = plane(500, targets);
  const Report report = check(linear_from_zero, data::from(rows.with_targets(targets)).shuffle(1),
                              {.memory_budget = Bytes{600}});
  bool unresolved = false;
  for (const auto& [name, reason] : report.skipped())
    unresolved = unresolved || reason.find("unresolved: would not fit") == 0;
  BOOST_CHECK_MESSAGE(unresolved, report.to_text());
}

BOOST_AUTO_TEST_CASE(a_loss_far_above_equal_chances_at_the_start_is_a_note) {
  const auto model = [](Graph& g) {
    const Tensor x = g.input("x", {batch, 4});
    const Tensor y = g.input("label", {batch}, i32);
    const Tensor w = g.parameter("w", {Dim{4}, Dim{3}}, normal(20));
    const Tensor logits = matmul(x, w);
    return Model{.loss = nn::softmax_cross_entropy(logits, y), .outputs = {logits}};
  };
  expect_finding(check(model, data::from(table(500, 4, 3).dataset()).shuffle(1)), "loss-at-start",
                 Severity::note);
}

BOOST_AUTO_TEST_CASE(a_stream_is_not_read) {
  struct Numbers final : data::Stream {
    std::vector<data::FieldSpec> specs{{"x", f32, {2}}, {"label", f32, {1}}};
    int* reads;
    explicit Numbers(int* count) : reads(count) {}
    [[nodiscard]] std::span<const data::FieldSpec> fields() const override { return specs; }
    void restart(std::int64_t) override { ++*reads; }
    bool next(std::span<std::byte* const>) override { return ++*reads > 0; }
  };
  int reads = 0;
  const Report report =
      check(linear_from_zero, data::from(std::make_shared<Numbers>(&reads), 1000).batch(32));
  BOOST_TEST(reads == 0);
  expect_finding(
      check(linear_from_zero,
            data::from(std::make_shared<Numbers>(&reads), 1000).shuffle_buffer(100, 1).batch(32)),
      "small-shuffle-buffer", Severity::warning);
  BOOST_TEST(reads == 0);
}

BOOST_AUTO_TEST_SUITE_END()
