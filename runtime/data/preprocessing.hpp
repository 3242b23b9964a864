#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include <foregraph/runtime/data/dataset.hpp>
#include <foregraph/runtime/data/sample.hpp>

namespace foregraph {

/// What is done to the data before a model sees them, as one object: its statistics are fitted on
/// the training data, it goes where the model goes, and evaluation applies the very same.
///
///     fg::Preprocessing prepared = fg::Preprocessing().standardize("x").fit(train);
///     auto pipeline = fg::from(train).preprocess(prepared).shuffle(42).batch(128);
///
/// A value; copies are cheap.
class Preprocessing {
 public:
  Preprocessing();

  /// Fitted on the training data, or needs no fitting.
  [[nodiscard]] bool fitted() const;
  /// What encode() is for: replaces text by numbers, once for the data set.
  [[nodiscard]] Dataset encode(const Dataset& data) const;
  /// The rest, for one sample; writes only fields that are in the batch.
  void apply(Sample& sample) const;
  /// A hash of all steps and statistics: equal for equal results.
  [[nodiscard]] std::uint64_t fingerprint() const;
  [[nodiscard]] std::string to_json() const;
  [[nodiscard]] static Preprocessing from_json(std::string_view text);

 private:
  struct State;
  std::shared_ptr<const State> state_;
};

[[nodiscard]] std::string difference(const Preprocessing& first, const Preprocessing& second);

}  // namespace foregraph
