#pragma once

#include <boost/test/unit_test.hpp>
#include <foregraph/foregraph.hpp>
#include <foregraph/models.hpp>
#include <random>
#include <span>
#include <string>
#include <vector>

/// Small tasks of which the answer is known, and what their tests do: train, look at the accuracy
/// on fresh samples, and compare the program's step with the one specialised by the compiler.
namespace learning {

namespace fg = foregraph;

/// Planning a model in the compiler takes its time, which the sanitizers need not spend again.
#if defined(__SANITIZE_ADDRESS__)
#define LEARNING_STATIC 0
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define LEARNING_STATIC 0
#endif
#endif
#ifndef LEARNING_STATIC
#define LEARNING_STATIC 1
#endif

struct Task {
  fg::data::Dataset train;
  fg::data::Dataset test;
  std::vector<std::int32_t> answers;  ///< of `test`, one for each row of scores
};

/// Share of the rows of scores of fresh samples whose largest is at the answer.
inline double test_accuracy(fg::TrainerBase& training, const Task& task, std::int64_t batch_size) {
  const std::vector<float> scores = training.predict(fg::data::from(task.test).batch(batch_size));
  return fg::accuracy(scores, task.answers);
}

/// The two programs do the same arithmetic, but may round differently; what that does grows with
/// every step.
inline void check_same_losses(fg::TrainerBase& first, fg::TrainerBase& second,
                              const fg::data::Pipeline& data, std::int64_t epochs,
                              double tolerance) {
  const fg::History a = first.fit(data, {.epochs = epochs, .progress = false});
  const fg::History b = second.fit(data, {.epochs = epochs, .progress = false});
  BOOST_REQUIRE_EQUAL(a.size(), b.size());
  for (std::size_t e = 0; e < a.size(); ++e) {
    BOOST_TEST_CONTEXT("epoch " << e)
    BOOST_TEST(a[e].loss == b[e].loss, boost::test_tools::tolerance(tolerance));
  }
}

}  // namespace learning
