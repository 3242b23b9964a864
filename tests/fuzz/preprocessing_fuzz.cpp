// Preprocessing::from_json(), what it writes again, and data that go through it.
#include <foregraph/detail/base/error.hpp>
#include <foregraph/detail/data/preprocess/preprocessing.hpp>
#include <nlohmann/json.hpp>

#include "support.hpp"

namespace foregraph::fuzz {
namespace {

constexpr std::int64_t largest_fuzzed_row = 4096;

/// Applies the steps to rows of each field whose rows are small enough.
template <class T>
void apply_to(const data::Preprocessing& read, const nlohmann::json& step) {
  std::int64_t elements = 1;
  for (const auto& size : step.at("row_shape")) {
    if (size.get<std::int64_t>() > largest_fuzzed_row) return;
    elements *= size.get<std::int64_t>();
    if (elements > largest_fuzzed_row) return;
  }
  std::vector<T> rows(static_cast<std::size_t>(2 * elements), T{3});
  read.apply(step.at("field").get<std::string>(), std::span<T>(rows));
}

void run_preprocessing(Input& input) {
  const data::Preprocessing read = data::Preprocessing::from_json(input.rest());
  const std::string written = read.to_json();
  const data::Preprocessing again = data::Preprocessing::from_json(written);
  require(again.fingerprint() == read.fingerprint(), "a preprocessing changes when it is stored");
  require(data::difference(read, again).empty(), "a preprocessing differs from its copy");
  require(again.to_json() == written, "a preprocessing is stored otherwise the second time");
  (void)read.describe();
  (void)read.constant_features();
  data::Dataset data = data::Dataset().add("other", {}, std::vector<float>{1, 2});
  const auto json = nlohmann::json::parse(written);
  for (const auto& step : json.at("steps")) {
    const auto field = step.at("field").get<std::string>();
    if (step.at("step") == "vocabulary") {
      if (field != "other" && step.at("length").get<std::int64_t>() < largest_fuzzed_row)
        data.add_text(field, {"red blue", "green"});
    } else if (step.contains("row_shape")) {
      if (step.at("dtype") == "f32")
        apply_to<float>(read, step);
      else
        apply_to<double>(read, step);
    }
  }
  (void)read_rows(read.encode(data));
}

std::vector<std::string> preprocessing_seeds() {
  const data::Dataset data = data::Dataset()
                                 .add("x", {2, 2}, std::vector<float>{1, 2, 3, 4, 5, 2, 7, 8})
                                 .add("y", {3}, std::vector<double>{1, 2, 3, 4, 5, 6})
                                 .add_text("colour", {"red blue", "red"});
  const data::Preprocessing numbers = data::Preprocessing()
                                          .standardize("x", data::Per::channel)
                                          .min_max("y", -1, 1, data::Per::field)
                                          .log1p("y")
                                          .clip("x", -2, 2)
                                          .scale("x", 0.5, 1);
  return {data::Preprocessing().to_json(),
          numbers.to_json(),
          numbers.fit(data).to_json(),
          data::Preprocessing().standardize("x").fit(data).to_json(),
          data::Preprocessing().vocabulary("colour", {.length = 2}).fit(data).to_json(),
          data::Preprocessing().vocabulary("colour", {.size = 1}).fit(data).to_json()};
}

const Registered preprocessing_target({"preprocessing", &run_preprocessing, &preprocessing_seeds});

}  // namespace
}  // namespace foregraph::fuzz
