#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <foregraph/detail/base/export.hpp>
#include <foregraph/detail/data/dataset/dataset.hpp>
#include <foregraph/detail/data/dataset/sample.hpp>

namespace foregraph::data {

/// The elements that share one statistic.
enum class Per {
  feature,  ///< each element of a row has its own statistic
  channel,  ///< elements with the same index in the last dimension, as channels of an image
  field,    ///< all elements of the field
};

/// How a text becomes numbers.
struct VocabularyOptions {
  /// Number of words to keep, most frequent first, with ties in byte order; 0 keeps all.
  std::int64_t size = 0;
  /// Words with fewer occurrences in the training data are left out.
  std::int64_t min_count = 1;
  /// Map words outside the vocabulary to one shared number; otherwise they throw DataError.
  bool unknown = true;
  /// If 0, a text is a single word (a category) and the field has the row shape {}. Otherwise a
  /// text is split at blanks, tabs and line ends, and its first `length` words are kept: row shape
  /// {length}, filled up with the padding number.
  std::int64_t length = 0;
  DType dtype = DType::i32;  ///< or i64
  friend bool operator==(const VocabularyOptions&, const VocabularyOptions&) = default;
};

/// Maximum number of threads for reading data; more than any machine has use for.
inline constexpr int most_workers = 4096;

/// How to compute statistics.
struct StatisticsOptions {
  /// Number of rows to use, spread evenly over the data; 0 uses all.
  std::int64_t max_rows = 0;
  std::uint64_t seed = 0;  ///< selects the rows
  /// Reading threads, at most `most_workers`. The statistics do not depend on their number.
  int workers = 1;
};

/// A feature that is constant in the training data, so it is only shifted and not divided.
struct ConstantFeature {
  std::string field;      ///< name of the field
  std::size_t index = 0;  ///< in the row or, per channel, in the last dimension
  double value = 0;       ///< its value in every row
  friend bool operator==(const ConstantFeature&, const ConstantFeature&) = default;
};

/// Prepares data for a model. The statistics are fitted on the training data and stored with the
/// model, so evaluation applies exactly the same steps.
///
///     fg::data::Preprocessing prepared = fg::data::Preprocessing().standardize("x").fit(train);
///     auto pipeline = fg::data::from(train).preprocess(prepared).shuffle(42).batch(128);
///
/// Steps apply to f32 and f64 fields and keep their shape, except vocabulary(), which turns a text
/// into a field of numbers. Steps on the same field run in the order of the calls, and each is
/// fitted on the output of the ones before it. Each call returns a changed copy, which is not
/// fitted if the new step needs fitting. A value type that is cheap to copy.
class FOREGRAPH_EXPORT Preprocessing {
 public:
  Preprocessing();

  /// Computes (x - mean) / standard deviation, dividing by n as scikit-learn does.
  [[nodiscard]] Preprocessing standardize(std::string field, Per per = Per::feature) const;
  /// Maps the smallest training value to `low` and the largest to `high`; other values may fall
  /// outside. Throws UsageError unless low < high and both are finite.
  [[nodiscard]] Preprocessing min_max(std::string field, double low = 0, double high = 1,
                                      Per per = Per::feature) const;
  /// Computes the logarithm of 1 + x, for counts and amounts; NaN below -1.
  [[nodiscard]] Preprocessing log1p(std::string field) const;
  /// Limits values to [low, high]. Throws UsageError unless low < high.
  [[nodiscard]] Preprocessing clip(std::string field, double low, double high) const;
  /// Computes x * factor + offset. Throws UsageError if the factor is 0 or a number is not finite.
  [[nodiscard]] Preprocessing scale(std::string field, double factor, double offset = 0) const;
  /// Converts a text (Dataset::add_text) to a field of numbers with the same name. Words are
  /// numbered from most to least frequent, after the numbers for padding (if `length` is set) and
  /// for unknown words. Throws UsageError if an option is invalid.
  [[nodiscard]] Preprocessing vocabulary(std::string text, VocabularyOptions options = {}) const;

  /// Fits the statistics of all steps on `training`, with one more pass for each step that follows
  /// another step to fit on the same field. Throws DataError if a field does not exist, is not f32
  /// or f64, or has a non-finite value after the steps before (the message names field, row and
  /// element), or if a text does not exist or is not UTF-8. Takes O(features) memory per worker and
  /// 8 bytes per row.
  [[nodiscard]] Preprocessing fit(const Dataset& training,
                                  const StatisticsOptions& options = {}) const;
  /// Returns true if every step is fitted or needs no fitting.
  [[nodiscard]] bool fitted() const;

  /// Replaces texts by numbers, once for the whole data set; texts that are missing are ignored.
  /// Throws DataError for an unknown word, unless unknown words have a number, and if a field of
  /// the same name already exists.
  [[nodiscard]] Dataset encode(const Dataset& data) const;
  /// Applies the numeric steps to one sample, writing only fields that are in the batch. Throws
  /// DataError if a field's shape or type differs from the training data.
  void apply(Sample& sample) const;
  /// Apply the numeric steps to consecutive rows of a field, for data outside a pipeline. Throw
  /// UsageError if the values are not a whole number of rows or the preprocessing is not fitted.
  void apply(std::string_view field, std::span<float> rows) const;
  /// Applies the steps to rows of `field` in place, in double precision.
  void apply(std::string_view field, std::span<double> rows) const;
  /// Undo apply(), for example to turn predictions of a standardized target into its unit. Values
  /// cut off by clip() are not restored. Throw as apply().
  void inverse(std::string_view field, std::span<float> rows) const;
  /// Reverts the steps on rows of `field` in place, in double precision.
  void inverse(std::string_view field, std::span<double> rows) const;

  /// Return the words of a vocabulary by descending frequency, and how many distinct numbers it
  /// uses, which is the number of rows of an embedding. Throw UsageError if there is no fitted
  /// vocabulary of this name.
  [[nodiscard]] const std::vector<std::string>& words(std::string_view text) const;
  /// Returns the number of different numbers that the text becomes, the rows of an embedding.
  [[nodiscard]] std::int64_t vocabulary_size(std::string_view text) const;
  /// Returns the features that had one value in all rows.
  [[nodiscard]] std::vector<ConstantFeature> constant_features() const;

  /// Returns a hash of all steps and statistics; equal for equal results, on any machine.
  [[nodiscard]] std::uint64_t fingerprint() const;
  /// Returns one line per step.
  [[nodiscard]] std::string describe() const;
  /// Saves all steps and statistics exactly. from_json() throws DataError for invalid input.
  [[nodiscard]] std::string to_json() const;
  /// Returns the preprocessing that to_json() wrote. Throws DataError for other text.
  [[nodiscard]] static Preprocessing from_json(std::string_view text);

  struct State;

 private:
  explicit Preprocessing(std::shared_ptr<const State> state) : state_(std::move(state)) {}
  friend std::string difference(const Preprocessing& first, const Preprocessing& second);

  std::shared_ptr<const State> state_;
};

/// Describes the first difference in words, for error messages; empty if there is none.
[[nodiscard]] FOREGRAPH_EXPORT std::string difference(const Preprocessing& first,
                                                      const Preprocessing& second);

}  // namespace foregraph::data
