// Preprocessing as JSON. Numbers are written with enough digits to be read back exactly. Input is
// not trusted: sizes, types and values are all checked.

#include <cmath>
#include <foregraph/detail/base/error.hpp>
#include <foregraph/detail/base/files/in_quotes.hpp>
#include <foregraph/detail/data/preprocess/preprocessing.hpp>
#include <nlohmann/json.hpp>
#include <optional>
#include <unordered_map>
#include <unordered_set>

#include <foregraph/detail/data/preprocess/preprocessing_state.hpp>
#include <foregraph/detail/data/preprocess/vocabulary.hpp>

namespace foregraph::data {
namespace {

using Json = nlohmann::json;
using Kind = PreprocessingStep::Kind;

constexpr const char* format_name = "foregraph preprocessing";
constexpr int format_version = 1;
constexpr Kind kinds[] = {Kind::standardize, Kind::min_max, Kind::log1p,
                          Kind::clip,        Kind::scale,   Kind::vocabulary};
constexpr DType dtypes[] = {DType::f32, DType::f64, DType::i32, DType::i64};
constexpr Per pers[] = {Per::feature, Per::channel, Per::field};

[[noreturn]] void fail(const std::string& what) {
  throw DataError("stored preprocessing: " + what +
                  "; it is damaged or not a preprocessing: fit it again, or use another copy");
}

/// Reads an object with a path for messages; members must exist and have the right type.
class Reader {
 public:
  Reader(const Json& json, std::string path) : json_(json), path_(std::move(path)) {
    if (!json.is_object()) fail(path_ + " is not an object");
  }
  [[nodiscard]] const Json& at(const char* name) const {
    const auto found = json_.find(name);
    if (found == json_.end()) fail(path_ + " has no \"" + name + '"');
    return *found;
  }
  [[nodiscard]] bool has(const char* name) const { return json_.contains(name); }
  [[nodiscard]] std::string text(const char* name) const {
    const Json& value = at(name);
    if (!value.is_string()) fail(where(name) + " is not a string");
    return value.get<std::string>();
  }
  [[nodiscard]] bool boolean(const char* name) const {
    const Json& value = at(name);
    if (!value.is_boolean()) fail(where(name) + " is neither true nor false");
    return value.get<bool>();
  }
  [[nodiscard]] std::int64_t integer(const char* name) const {
    return integer(at(name), where(name));
  }
  [[nodiscard]] double number(const char* name) const { return number(at(name), where(name)); }
  template <class T, class Read>
  [[nodiscard]] std::vector<T> list(const char* name, Read read) const {
    const Json& values = at(name);
    if (!values.is_array()) fail(where(name) + " is not an array");
    std::vector<T> result;
    for (const Json& value : values) result.push_back(read(value, where(name)));
    return result;
  }
  /// Returns the element of `choices` with this name.
  template <class T, std::size_t N>
  [[nodiscard]] T choice(const char* name, const T (&choices)[N]) const {
    const std::string found = text(name);
    for (const T each : choices)
      if (name_of(each) == found) return each;
    fail(where(name) + " is " + in_quotes(found, 40) + ", which is unknown");
  }
  [[nodiscard]] std::string where(const char* name) const { return path_ + "." + name; }

  static std::int64_t integer(const Json& value, const std::string& where) {
    if (!value.is_number_integer() ||
        (value.is_number_unsigned() && value.get<std::uint64_t>() > INT64_MAX))
      fail(where + " is not an integer");
    return value.get<std::int64_t>();
  }
  static double number(const Json& value, const std::string& where) {
    if (!value.is_number() || !std::isfinite(value.get<double>()))
      fail(where + " is not a finite number");
    return value.get<double>();
  }
  static std::string word(const Json& value, const std::string& where) {
    if (!value.is_string()) fail(where + " has a word that is not a string");
    return value.get<std::string>();
  }

 private:
  const Json& json_;
  std::string path_;
};

Json written(const PreprocessingStep& step) {
  Json json = {{"step", name_of(step.kind)}, {"field", step.field}};
  if (step.has_statistics()) json["per"] = name_of(step.per);
  if (step.kind == Kind::min_max || step.kind == Kind::clip) {
    json["low"] = step.low;
    json["high"] = step.high;
  }
  if (step.kind == Kind::scale) {
    json["factor"] = step.low;
    json["offset"] = step.high;
  }
  if (step.kind == Kind::vocabulary) {
    json["size"] = step.options.size;
    json["min_count"] = step.options.min_count;
    json["unknown"] = step.options.unknown;
    json["length"] = step.options.length;
    json["dtype"] = name_of(step.options.dtype);
    if (step.fitted) json["words"] = step.words;
    return json;
  }
  if (!step.fitted) return json;
  json["dtype"] = name_of(step.dtype);
  json["row_shape"] = step.row_shape;
  if (!step.has_statistics()) return json;
  json["shift"] = step.shift;
  json["divisor"] = step.divisor;
  std::vector<std::size_t> constant;
  for (std::size_t i = 0; i < step.constant.size(); ++i)
    if (step.constant[i] != 0) constant.push_back(i);
  json["constant"] = constant;
  return json;
}

void read_words(PreprocessingStep& step, const Reader& from) {
  if (!from.has("words")) return;
  step.words = from.list<std::string>("words", Reader::word);
  std::unordered_set<std::string_view> different(step.words.begin(), step.words.end());
  if (different.size() != step.words.size()) fail(from.where("words") + " lists a word twice");
  step.fitted = true;
}

void read_statistics(PreprocessingStep& step, const Reader& from) {
  if (!from.has("row_shape")) return;
  step.dtype = from.choice("dtype", dtypes);
  if (step.dtype != DType::f32 && step.dtype != DType::f64)
    fail(from.where("dtype") + " is neither f32 nor f64");
  step.row_shape = from.list<std::int64_t>("row_shape", [](const Json& value, const auto& where) {
    return Reader::integer(value, where);
  });
  std::int64_t bytes = 8;
  for (const std::int64_t size : step.row_shape)
    if (size < 1 || __builtin_mul_overflow(bytes, size, &bytes))
      fail(from.where("row_shape") + " has a size that is not positive or too large");
  step.fitted = true;
  if (!step.has_statistics()) return;
  const auto number = [](const Json& value, const std::string& where) {
    return Reader::number(value, where);
  };
  step.shift = from.list<double>("shift", number);
  step.divisor = from.list<double>("divisor", number);
  for (const auto* values : {&step.shift, &step.divisor})
    if (values->size() != step.width())
      fail(from.where("shift") + " or divisor has " + std::to_string(values->size()) +
           " numbers, expected " + std::to_string(step.width()) + " for rows of " +
           row_shape_text(step.row_shape));
  for (const double divisor : step.divisor)
    if (!step.can_divide_by(divisor)) fail(from.where("divisor") + " has a number out of range");
  step.constant.assign(step.width(), 0);
  for (const std::int64_t i : from.list<std::int64_t>(
           "constant",
           [](const Json&value, const auto&where) { return Reader::integer(value, where); })) {
    if (i < 0 || i >= static_cast<std::int64_t>(step.width()))
      fail(from.where("constant") + " has a number out of range");
    step.constant[static_cast<std::size_t>(i)] = 1;
  }
}

/// Throws UsageError for a step that the functions of Preprocessing would reject.
void check_step(const PreprocessingStep& step) {
  const Preprocessing none;
  switch (step.kind) {
    case Kind::standardize:
      (void)none.standardize(step.field, step.per);
      return;
    case Kind::min_max:
      (void)none.min_max(step.field, step.low, step.high, step.per);
      return;
    case Kind::log1p:
      (void)none.log1p(step.field);
      return;
    case Kind::clip:
      (void)none.clip(step.field, step.low, step.high);
      return;
    case Kind::scale:
      (void)none.scale(step.field, step.low, step.high);
      return;
    case Kind::vocabulary:
      (void)none.vocabulary(step.field, step.options);
      return;
  }
}

/// The properties of a field implied by the steps so far.
struct FieldSoFar {
  bool has_vocabulary = false;
  std::optional<std::size_t> fitted{};  ///< a step that knows the row shape
};

PreprocessingStep read_step(const Reader& from) {
  PreprocessingStep step{.kind = from.choice("step", kinds), .field = from.text("field")};
  if (step.has_statistics()) step.per = from.choice("per", pers);
  if (step.kind == Kind::min_max || step.kind == Kind::clip) {
    step.low = from.number("low");
    step.high = from.number("high");
  }
  if (step.kind == Kind::scale) {
    step.low = from.number("factor");
    step.high = from.number("offset");
  }
  if (step.kind != Kind::vocabulary) {
    read_statistics(step, from);
    return step;
  }
  step.options.size = from.integer("size");
  step.options.min_count = from.integer("min_count");
  step.options.unknown = from.boolean("unknown");
  step.options.length = from.integer("length");
  step.options.dtype = from.choice("dtype", dtypes);
  read_words(step, from);
  return step;
}

}  // namespace

std::string Preprocessing::to_json() const {
  Json steps = Json::array();
  for (const PreprocessingStep& step : state_->steps) {
    if (!is_utf8(step.field))
      throw DataError("preprocessing: the name of a field is not UTF-8 and cannot be stored");
    steps.push_back(written(step));
  }
  return Json{{"format", format_name}, {"version", format_version}, {"steps", steps}}.dump();
}

Preprocessing Preprocessing::from_json(std::string_view text) {
  const Json json = Json::parse(text, nullptr, false);
  if (json.is_discarded()) fail("it is not JSON");
  const Reader top(json, "it");
  if (top.text("format") != format_name)
    fail("its format is not \"" + std::string(format_name) + '"');
  if (top.integer("version") != format_version)
    fail("it has version " + std::to_string(top.integer("version")) + ", expected " +
         std::to_string(format_version));
  const Json& list = top.at("steps");
  if (!list.is_array()) fail("it.steps is not an array");
  std::vector<PreprocessingStep> steps;
  std::unordered_map<std::string, FieldSoFar> fields;
  for (std::size_t s = 0; s < list.size(); ++s) {
    steps.push_back(read_step(Reader(list[s], "steps[" + std::to_string(s) + "]")));
    const PreprocessingStep& step = steps.back();
    try {
      check_step(step);
    } catch (const UsageError& error) {
      fail(std::string("step ") + std::to_string(s + 1) + ", " + error.what());
    }
    const auto [at, is_first] = fields.try_emplace(step.field);
    FieldSoFar& field = at->second;
    if (!is_first && (field.has_vocabulary || step.kind == Kind::vocabulary))
      fail(std::string("step ") + std::to_string(s + 1) + ", " + std::string(name_of(step.kind)) +
           ": " + in_quotes(step.field) +
           " has another step, and a text can only have a vocabulary");
    field.has_vocabulary = step.kind == Kind::vocabulary;
    if (!step.fitted) continue;
    if (field.fitted && (steps[*field.fitted].dtype != step.dtype ||
                         steps[*field.fitted].row_shape != step.row_shape))
      fail("two steps of field " + in_quotes(step.field) +
           " are for rows of different shapes or types");
    field.fitted = s;
  }
  return Preprocessing(std::make_shared<const State>(std::move(steps)));
}

}  // namespace foregraph::data
