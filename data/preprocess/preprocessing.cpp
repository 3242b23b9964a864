#include <algorithm>
#include <bit>
#include <cmath>
#include <foregraph/detail/base/error.hpp>
#include <foregraph/detail/base/random.hpp>
#include <foregraph/detail/data/preprocess/preprocessing.hpp>
#include <limits>
#include <string_view>
#include <unordered_map>
#include <utility>

#include <foregraph/detail/data/preprocess/preprocessing_state.hpp>
#include <foregraph/detail/data/preprocess/vocabulary.hpp>

namespace foregraph::data {
namespace {

using Kind = PreprocessingStep::Kind;

[[noreturn]] void fail(const PreprocessingStep& step, const std::string& what) {
  throw UsageError(std::string(name_of(step.kind)) + ": " + what);
}

void check(const PreprocessingStep& step) {
  if (step.field.empty()) fail(step, "the field has no name");
  if (!std::isfinite(step.low) || !std::isfinite(step.high))
    fail(step, "a number for field '" + step.field + "' is not finite");
  const std::string numbers = std::to_string(step.low) + " and " + std::to_string(step.high);
  if ((step.kind == Kind::min_max || step.kind == Kind::clip) && !(step.low < step.high))
    fail(step, "the bounds for field '" + step.field + "' are " + numbers +
                   ", expected the lower one first");
  if (step.kind == Kind::scale && step.low == 0)
    fail(step, "the factor for field '" + step.field + "' is 0, which would erase its values");
  if (step.kind != Kind::vocabulary) return;
  const VocabularyOptions& options = step.options;
  if (options.size < 0 || options.length < 0 || options.min_count < 1)
    fail(
        step,
        "an option for text '" + step.field +
            "' is out of range, expected size and length of 0 or more and min_count of at least 1");
  if (options.dtype != DType::i32 && options.dtype != DType::i64)
    fail(step, "text '" + step.field + "' cannot become " + std::string(name_of(options.dtype)) +
                   ", expected i32 or i64");
}

class Hash {
 public:
  void add(std::uint64_t value) { hash_ = spread_bits(hash_ * 31 + value + 1); }
  void add(std::int64_t value) { add(static_cast<std::uint64_t>(value)); }
  void add(double value) { add(std::bit_cast<std::uint64_t>(value)); }
  void add(const std::string& text) {
    add(static_cast<std::uint64_t>(text.size()));
    for (const char letter : text)
      add(static_cast<std::uint64_t>(static_cast<unsigned char>(letter)));
  }
  template <class T>
  void add(const std::vector<T>& values) {
    add(static_cast<std::uint64_t>(values.size()));
    for (const T& value : values) add(value);
  }
  [[nodiscard]] std::uint64_t value() const { return hash_; }

 private:
  std::uint64_t hash_ = 0;
};

const PreprocessingStep& vocabulary_of(const Preprocessing::State& state, std::string_view text) {
  for (const PreprocessingStep& step : state.steps)
    if (step.kind == Kind::vocabulary && step.field == text && step.fitted) return step;
  throw UsageError("preprocessing: there is no fitted vocabulary for text '" + std::string(text) +
                   "'");
}

/// Returns a copy of all steps with one more appended.
std::vector<PreprocessingStep> with(const std::vector<PreprocessingStep>& steps,
                                    PreprocessingStep step) {
  check(step);
  for (const PreprocessingStep& other : steps)
    if (other.field == step.field &&
        (other.kind == Kind::vocabulary || step.kind == Kind::vocabulary))
      fail(step, "'" + step.field + "' already has the step " + std::string(name_of(other.kind)) +
                     ", and a text can only have a vocabulary");
  std::vector<PreprocessingStep> all = steps;
  all.push_back(std::move(step));
  return all;
}

}  // namespace

std::size_t PreprocessingStep::width() const {
  if (per == Per::field) return 1;
  if (per == Per::channel)
    return row_shape.empty() ? 1 : static_cast<std::size_t>(row_shape.back());
  std::size_t elements = 1;
  for (const std::int64_t size : row_shape) elements *= static_cast<std::size_t>(size);
  return elements;
}

bool PreprocessingStep::has_numbers_in(DType type) const {
  constexpr double most = std::numeric_limits<float>::max();
  return type != DType::f32 || (kind != Kind::scale && kind != Kind::min_max) ||
         (std::abs(low) <= most && std::abs(high) <= most);
}

bool PreprocessingStep::can_divide_by(double divisor_of_feature) const {
  const double largest =
      dtype == DType::f32 ? std::numeric_limits<float>::max() : std::numeric_limits<double>::max();
  const double range = kind == Kind::min_max ? high - low : 1;
  return divisor_of_feature > 0 && range / divisor_of_feature <= largest;
}

Preprocessing::State::State(std::vector<PreprocessingStep> all) : steps(std::move(all)) {
  std::unordered_map<std::string_view, std::size_t> index_of;
  for (std::size_t s = 0; s < steps.size(); ++s) {
    const PreprocessingStep& step = steps[s];
    fitted = fitted && (step.fitted || !step.needs_fit());
    if (step.kind == Kind::vocabulary) continue;
    const auto [at, is_first] = index_of.try_emplace(step.field, fields.size());
    if (is_first) fields.push_back({.field = step.field});
    FieldSteps& of = fields[at->second];
    if (step.fitted) {
      of.fitted = true;
      of.dtype = step.dtype;
      of.row_shape = step.row_shape;
    }
    of.steps.push_back(s);
    of.fits_f32 = of.fits_f32 && step.has_numbers_in(DType::f32);
    of.f32.emplace_back(step);
    of.f64.emplace_back(step);
  }
}

void FieldSteps::check_numbers(DType type) const {
  if (type == DType::f32 && !fits_f32)
    throw UsageError(
        "preprocessing: a factor, offset or bound for field '" + field +
        "' is out of the range of f32, the field's type; make the field f64, or give a "
        "smaller number");
}

const FieldSteps* Preprocessing::State::find(std::string_view field) const {
  const auto found = std::ranges::find(fields, field, &FieldSteps::field);
  return found == fields.end() ? nullptr : &*found;
}

Preprocessing::Preprocessing() : state_(std::make_shared<const State>()) {}

Preprocessing Preprocessing::standardize(std::string field, Per per) const {
  return Preprocessing(std::make_shared<const State>(
      with(state_->steps, {.kind = Kind::standardize, .field = std::move(field), .per = per})));
}

Preprocessing Preprocessing::min_max(std::string field, double low, double high, Per per) const {
  return Preprocessing(std::make_shared<const State>(with(
      state_->steps,
      {.kind = Kind::min_max, .field = std::move(field), .per = per, .low = low, .high = high})));
}

Preprocessing Preprocessing::log1p(std::string field) const {
  return Preprocessing(std::make_shared<const State>(
      with(state_->steps, {.kind = Kind::log1p, .field = std::move(field)})));
}

Preprocessing Preprocessing::clip(std::string field, double low, double high) const {
  return Preprocessing(std::make_shared<const State>(with(
      state_->steps, {.kind = Kind::clip, .field = std::move(field), .low = low, .high = high})));
}

Preprocessing Preprocessing::scale(std::string field, double factor, double offset) const {
  return Preprocessing(std::make_shared<const State>(
      with(state_->steps,
           {.kind = Kind::scale, .field = std::move(field), .low = factor, .high = offset})));
}

Preprocessing Preprocessing::vocabulary(std::string text, VocabularyOptions options) const {
  return Preprocessing(std::make_shared<const State>(with(
      state_->steps, {.kind = Kind::vocabulary, .field = std::move(text), .options = options})));
}

bool Preprocessing::fitted() const {
  return state_->fitted;
}

Dataset Preprocessing::encode(const Dataset& data) const {
  Dataset encoded = data;
  for (const PreprocessingStep& step : state_->steps) {
    if (step.kind != Kind::vocabulary) continue;
    if (data.find(step.field) >= 0)
      throw DataError("preprocessing: '" + step.field +
                      "' is numeric in this data set, but was text in the training data; provide "
                      "it as text, so that words get the same indices");
    if (!data.has_text(step.field)) continue;
    if (!step.fitted)
      throw UsageError("preprocessing: not fitted yet; call fit() with the training data");
    encoded = encoded.with_text_as(
        encode_text(data.text(step.field), step.field, step.options, step.words));
  }
  return encoded;
}

const std::vector<std::string>& Preprocessing::words(std::string_view text) const {
  return vocabulary_of(*state_, text).words;
}

std::int64_t Preprocessing::vocabulary_size(std::string_view text) const {
  const PreprocessingStep& step = vocabulary_of(*state_, text);
  return first_word_number(step.options) + static_cast<std::int64_t>(step.words.size());
}

std::vector<ConstantFeature> Preprocessing::constant_features() const {
  std::vector<ConstantFeature> found;
  for (const PreprocessingStep& step : state_->steps)
    for (std::size_t i = 0; i < step.constant.size(); ++i)
      if (step.constant[i] != 0) found.push_back({step.field, i, step.shift[i]});
  return found;
}

std::uint64_t Preprocessing::fingerprint() const {
  Hash hash;
  for (const PreprocessingStep& step : state_->steps) {
    hash.add(std::string(name_of(step.kind)));
    hash.add(step.field);
    hash.add(static_cast<std::int64_t>(step.per));
    hash.add(step.low);
    hash.add(step.high);
    if (step.kind == Kind::vocabulary) {
      hash.add(step.options.size);
      hash.add(step.options.min_count);
      hash.add(static_cast<std::int64_t>(step.options.unknown));
      hash.add(step.options.length);
      hash.add(std::string(name_of(step.options.dtype)));
    }
    hash.add(static_cast<std::int64_t>(step.fitted));
    hash.add(std::string(name_of(step.dtype)));
    hash.add(step.row_shape);
    hash.add(step.shift);
    hash.add(step.divisor);
    hash.add(step.words);
  }
  return hash.value();
}

}  // namespace foregraph::data
