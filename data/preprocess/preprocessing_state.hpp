#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <foregraph/detail/base/error.hpp>
#include <foregraph/detail/data/dataset/row_shape.hpp>
#include <foregraph/detail/data/preprocess/preprocessing.hpp>

namespace foregraph::data {

/// One step, as it is described and stored.
struct PreprocessingStep {
  enum class Kind { standardize, min_max, log1p, clip, scale, vocabulary };
  Kind kind = Kind::standardize;
  std::string field;
  Per per = Per::feature;
  double low = 0;   ///< for min_max and clip; for scale, the factor
  double high = 0;  ///< for min_max and clip; for scale, the offset
  VocabularyOptions options{};

  // Fitted on the training data, empty before:
  bool fitted = false;
  DType dtype = DType::f32;
  std::vector<std::int64_t> row_shape{};
  std::vector<double> shift{};    ///< means or minima
  std::vector<double> divisor{};  ///< deviations or ranges; 1 where constant
  std::vector<char> constant{};   ///< by feature; nonzero if constant
  std::vector<std::string> words{};

  [[nodiscard]] bool has_statistics() const {
    return kind == Kind::standardize || kind == Kind::min_max;
  }
  [[nodiscard]] bool needs_fit() const { return has_statistics() || kind == Kind::vocabulary; }
  /// Returns the number of statistics per row: elements, channels or 1.
  [[nodiscard]] std::size_t width() const;

  /// Returns true if the user's numbers for scale and min_max are representable in `type`. A bound
  /// of clip may be out of range; it then has no effect.
  [[nodiscard]] bool has_numbers_in(DType type) const;
  /// Returns true if the factor resulting from this divisor is representable in the field's type.
  [[nodiscard]] bool can_divide_by(double divisor_of_feature) const;

  friend bool operator==(const PreprocessingStep&, const PreprocessingStep&) = default;
};

[[nodiscard]] std::string_view name_of(PreprocessingStep::Kind kind);
[[nodiscard]] std::string_view name_of(Per per);

/// A numeric step in the field's type, ready to apply. Per-channel statistics are tiled to a few
/// dozen elements, so that one loop without a modulo handles all cases.
template <class T>
struct NumericStep {
  explicit NumericStep(const PreprocessingStep& step);
  void apply(std::span<T> row) const;

  PreprocessingStep::Kind kind;
  T low;
  T high;
  std::vector<T> shift{};
  std::vector<T> factor{};
};
extern template struct NumericStep<float>;
extern template struct NumericStep<double>;

/// All numeric steps on one field.
struct FieldSteps {
  std::string field;
  bool fitted = false;  ///< the next two are known
  DType dtype = DType::f32;
  std::vector<std::int64_t> row_shape{};
  std::vector<NumericStep<float>> f32{};
  std::vector<NumericStep<double>> f64{};
  std::vector<std::size_t> steps{};  ///< indices into State::steps
  bool fits_f32 = true;              ///< the numbers of all steps fit f32; see has_numbers_in()

  /// Throws UsageError if a number of any step would be infinite in `type`.
  void check_numbers(DType type) const;
  template <class T>
  void apply(std::span<T> row) const {
    if constexpr (std::is_same_v<T, float>) {
      for (const auto& step : f32) step.apply(row);
    } else {
      for (const auto& step : f64) step.apply(row);
    }
  }
};

struct Preprocessing::State {
  explicit State(std::vector<PreprocessingStep> all = {});
  State(const State&) = delete;
  State& operator=(const State&) = delete;

  [[nodiscard]] const FieldSteps* find(std::string_view field) const;

  std::vector<PreprocessingStep> steps;
  std::vector<FieldSteps> fields;  ///< fields with numeric steps
  bool fitted = true;
};

}  // namespace foregraph::data
