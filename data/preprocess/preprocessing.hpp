#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <foregraph/detail/data/dataset/dataset.hpp>
#include <foregraph/detail/data/dataset/sample.hpp>

namespace foregraph {

/// What shares one statistic.
enum class Per {
  feature,  ///< each element of a row has its own
  channel,  ///< elements with the same place in the last dimension: the channels of an image
  field,    ///< the whole field has one
};

struct VocabularyOptions {
  /// The most frequent words that get a number; 0 is all. Equally frequent ones in byte order.
  std::int64_t size = 0;
  /// Words that are rarer in the training data do not get a number.
  std::int64_t min_count = 1;
  /// Words without a number get one that stands for all of them; or else they are a DataError.
  bool unknown = true;
  /// 0: a text is one word, a category, and the field has the row shape {}. Otherwise a text is
  /// split at blanks, tabs and line ends, and its first `length` words are kept: the row shape
  /// {length}, filled up by the number for padding.
  std::int64_t length = 0;
  DType dtype = DType::i32;  ///< or i64
  friend bool operator==(const VocabularyOptions&, const VocabularyOptions&) = default;
};

/// The most threads that can be asked for to read data: more than any machine has use for.
inline constexpr int most_workers = 4096;

struct StatisticsOptions {
  /// Look at so many rows only, spread evenly over the data; 0 is all.
  std::int64_t max_rows = 0;
  std::uint64_t seed = 0;  ///< which rows those are
  /// Threads that read, at most `most_workers`. The statistics are the same for any number.
  int workers = 1;
};

/// A feature whose values are all the same in the training data, so that there is nothing to divide
/// by; it is moved only.
struct ConstantFeature {
  std::string field;
  std::size_t index = 0;  ///< in the row or, by channel, in the last dimension
  double value = 0;
  friend bool operator==(const ConstantFeature&, const ConstantFeature&) = default;
};

/// What is done to the data before a model sees them, as one object: its statistics are fitted on
/// the training data, it goes where the model goes, and evaluation applies the very same.
///
///     fg::Preprocessing prepared = fg::Preprocessing().standardize("x").fit(train);
///     auto pipeline = fg::from(train).preprocess(prepared).shuffle(42).batch(128);
///
/// Steps are for fields of type f32 and f64 and leave their shape as it is, but vocabulary(), which
/// makes a text a field of numbers. Several steps on one field are applied in the order of the
/// calls, and each is fitted on what those before it give. Each call returns a changed copy that is
/// not fitted if the step needs it. A value; copies are cheap.
class Preprocessing {
 public:
  Preprocessing();

  /// (x - mean) / standard deviation (the root of the mean squared distance, as in scikit-learn).
  [[nodiscard]] Preprocessing standardize(std::string field, Per per = Per::feature) const;
  /// The smallest value of the training data becomes `low`, the largest `high`; others may be
  /// beyond. Throws UsageError unless low < high and both are finite.
  [[nodiscard]] Preprocessing min_max(std::string field, double low = 0, double high = 1,
                                      Per per = Per::feature) const;
  /// The logarithm of 1 + x, for counts and amounts; NaN below -1.
  [[nodiscard]] Preprocessing log1p(std::string field) const;
  /// Values below `low` become `low`, above `high` `high`. Throws UsageError unless low < high.
  [[nodiscard]] Preprocessing clip(std::string field, double low, double high) const;
  /// x * factor + offset. Throws UsageError if the factor is 0 or a number is not finite.
  [[nodiscard]] Preprocessing scale(std::string field, double factor, double offset = 0) const;
  /// Makes a text (Dataset::add_text) a field of numbers of the same name. Words have the numbers
  /// from the most to the least frequent, after those for padding (if `length` is set) and for
  /// unknown words. Throws UsageError if an option makes no sense.
  [[nodiscard]] Preprocessing vocabulary(std::string text, VocabularyOptions options = {}) const;

  /// Takes the statistics of all steps from `training`, in one pass through it for each step that
  /// comes after another on the same field. Throws DataError if a field is not there, is not of a
  /// type f32 or f64, or has a value (after the steps before) that is not finite, which it names by
  /// field, row and element; or if a text is not there or is not UTF-8. Takes 8 bytes times the
  /// features.
  [[nodiscard]] Preprocessing fit(const Dataset& training,
                                  const StatisticsOptions& options = {}) const;
  /// Fitted on the training data, or needs no fitting.
  [[nodiscard]] bool fitted() const;

  /// Replaces text by numbers, once for the data set; texts that are not there are left out. Throws
  /// DataError for an unknown word, unless it has a number, and if a field of that name has numbers
  /// already.
  [[nodiscard]] Dataset encode(const Dataset& data) const;
  /// The rest, for one sample; writes only fields that are in the batch. Throws DataError if one
  /// has another shape or type than in the training data.
  void apply(Sample& sample) const;
  /// The same for rows of a field, one after another: for data that come without a pipeline. Throws
  /// UsageError if they are no whole number of rows or it is not fitted.
  void apply(std::string_view field, std::span<float> rows) const;
  void apply(std::string_view field, std::span<double> rows) const;
  /// Undoes apply(): turns predictions of a standardized target into its unit. What clip() cut off
  /// stays cut off. Throws as apply().
  void inverse(std::string_view field, std::span<float> rows) const;
  void inverse(std::string_view field, std::span<double> rows) const;

  /// The words of a vocabulary by descending frequency, and how many different numbers it gives:
  /// the rows of an embedding. Throws UsageError if there is no fitted vocabulary of this name.
  [[nodiscard]] const std::vector<std::string>& words(std::string_view text) const;
  [[nodiscard]] std::int64_t vocabulary_size(std::string_view text) const;
  [[nodiscard]] std::vector<ConstantFeature> constant_features() const;

  /// A hash of all steps and statistics: equal for equal results, on any machine.
  [[nodiscard]] std::uint64_t fingerprint() const;
  /// A line for each step.
  [[nodiscard]] std::string describe() const;
  /// All steps and statistics, exactly. from_json() throws DataError for anything else.
  [[nodiscard]] std::string to_json() const;
  [[nodiscard]] static Preprocessing from_json(std::string_view text);

  struct State;

 private:
  explicit Preprocessing(std::shared_ptr<const State> state) : state_(std::move(state)) {}
  friend std::string difference(const Preprocessing& first, const Preprocessing& second);

  std::shared_ptr<const State> state_;
};

/// The first difference in words, for error messages; empty if there is none.
[[nodiscard]] std::string difference(const Preprocessing& first, const Preprocessing& second);

}  // namespace foregraph
