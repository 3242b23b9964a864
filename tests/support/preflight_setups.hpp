#pragma once

#include <boost/test/unit_test.hpp>
#include <cstdint>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include <foregraph/detail/diagnose/preflight/preflight.hpp>

#include "support/function_ref.hpp"

/// Models and data of preflight's tests.
namespace foregraph::test {

/// Runs preflight without a limit of time and without looking at the machine.
Report check(FunctionRef<Model(Graph&)> model, const data::Pipeline& data,
             PreflightOptions options = {}, double learning_rate = 1e-3);
/// The same with plain gradient descent.
Report check_sgd(FunctionRef<Model(Graph&)> model, const data::Pipeline& data,
                 double learning_rate);

/// The report has that finding, as severe as that.
void expect_finding(const Report& report, const std::string& id, Severity severity);
/// There are neither warnings nor errors.
void expect_silence(const Report& report);

/// Dense layers on "x" f32[features]; "label" i32[].
[[nodiscard]] std::function<Model(Graph&)> classifier(std::int64_t features, std::int64_t classes);
/// Dense(1) and a sigmoid; "label" f32[1], binary cross-entropy.
[[nodiscard]] std::function<Model(Graph&)> logistic(std::int64_t features);
/// Dense(1); "label" f32[1], mean squared error.
[[nodiscard]] std::function<Model(Graph&)> linear(std::int64_t features);
/// Dense, batch norm, ReLU, dense.
[[nodiscard]] std::function<Model(Graph&)> normalised(std::int64_t features, std::int64_t classes);
/// Batch norm on the features themselves, then as classifier().
[[nodiscard]] std::function<Model(Graph&)> normalising(std::int64_t features, std::int64_t classes);
/// A convolution on "x" f32[8,8,1], batch norm, pooling; "label" i32[].
[[nodiscard]] std::function<Model(Graph&)> small_images(std::int64_t classes);
/// An embedding of "tokens" i32[length] and their mean; "label" i32[].
[[nodiscard]] std::function<Model(Graph&)> text(std::int64_t words, std::int64_t length,
                                                std::int64_t classes);

/// "x" f32[features] around a centre for each class, "label" i32[], in random order.
struct Table {
  std::int64_t features = 0;
  std::vector<float> x{};
  std::vector<std::int32_t> labels{};

  [[nodiscard]] std::int64_t rows() const { return static_cast<std::int64_t>(labels.size()); }
  /// Orders the rows by their labels.
  [[nodiscard]] Table sorted() const;
  [[nodiscard]] Table slice(std::int64_t first, std::int64_t count) const;
  [[nodiscard]] data::Dataset dataset() const;
  /// With labels as f32[1].
  [[nodiscard]] data::Dataset with_targets(std::vector<float> targets) const;
  [[nodiscard]] data::Dataset with_float_labels() const;
};
[[nodiscard]] Table table(std::int64_t rows, std::int64_t features, int classes, unsigned seed = 1);

/// y = 2 x0 + x1 + noise of x f32[2].
[[nodiscard]] Table plane(std::int64_t rows, std::vector<float>& targets, float noise = 0.5F,
                          unsigned seed = 3);

}  // namespace foregraph::test
