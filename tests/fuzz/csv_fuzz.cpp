// read_csv() at once and lazily, which must agree, read_csv_files(), and a vocabulary of the texts.
#include <foregraph/detail/base/error.hpp>
#include <foregraph/detail/data/csv/csv.hpp>
#include <foregraph/detail/data/preprocess/preprocessing.hpp>
#include <limits>

#include "support.hpp"

namespace foregraph::fuzz {
namespace {

/// Columns as the seeds call them, with and without a header.
std::string csv_column(Input& input, bool header) {
  if (!header) return std::to_string(1 + input.below(4));
  return input.pick(std::array<const char*, 6>{"a", "b", "c", "label", "", "\"q\""});
}

data::CsvOptions csv_options(Input& input) {
  const std::uint8_t bits = input.byte();
  data::CsvOptions options;
  options.header = (bits & 1) == 0;
  options.allow_non_finite = (bits & 2) != 0;
  options.delimiter = input.pick(std::array{',', ',', ',', ';', '\t', '|', ' ', '"', '\n', '0'});
  if ((bits & 4) != 0)
    options.missing =
        input.pick(std::array{0.0, 1.0, -1.5, 1e300, std::numeric_limits<double>::quiet_NaN(),
                              std::numeric_limits<double>::infinity()});
  if ((bits & 8) != 0) options.label = csv_column(input, options.header);
  if ((bits & 16) != 0) options.text.push_back(csv_column(input, options.header));
  if ((bits & 32) != 0) {
    for (std::size_t field = input.below(3) + 1; field > 0; --field) {
      data::CsvField& added = options.fields.emplace_back();
      added.name = std::string(1, static_cast<char>('x' + field));
      added.dtype = pick_dtype(input);
      for (std::size_t column = input.below(3) + 1; column > 0; --column)
        added.columns.push_back(csv_column(input, options.header));
    }
  }
  return options;
}

struct CsvOutcome {
  bool refused = false;
  std::vector<std::string> rows{};
};

CsvOutcome read_csv_outcome(const std::filesystem::path& path, const data::CsvOptions& options) {
  try {
    return {false, read_rows(data::read_csv(path, options))};
  } catch (const Error&) {
    return {true, {}};
  }
}

void run_csv(Input& input) {
  static MemoryFile file;
  data::CsvOptions options = csv_options(input);
  const std::filesystem::path path = file.with(input.rest());
  const CsvOutcome at_once = read_csv_outcome(path, options);
  options.lazy = true;
  const CsvOutcome lazily = read_csv_outcome(path, options);
  require(at_once.refused == lazily.refused, "lazy CSV and CSV differ: one is refused");
  require(at_once.rows == lazily.rows, "lazy CSV and CSV have different rows");

  options.lazy = false;
  const data::Dataset twice = data::read_csv_files({path, path}, options);
  require(twice.size() == 2 * static_cast<std::int64_t>(at_once.rows.size()),
          "two files have not twice the rows of one");
  for (const std::string& text : twice.text_names())
    (void)data::Preprocessing()
        .vocabulary(text, {.size = 3, .length = 2})
        .fit(twice)
        .encode(twice)
        .size();
}

std::vector<std::string> csv_seeds() {
  using namespace std::string_literals;
  const std::string numbers = "a,b,c,label\n1,2.5,-3e4,0\r\n\"4\",, 5 ,1\n\n+6,nan,inf,2";
  return {
      "\0\0"s + "a,b,c,label\n1,2.5,-3e4,0\r\n\"4\", 5 ,+6,1\n",
      "\4\0\0"s + "label,a\n,1\n0,\n",
      "\6\0\1"s + numbers,
      "\3\0"s + "1,2,3\n4,inf,5\n",
      "\0\3\xef\xbb\xbf"s + "a;b;label\n1;2;3\n",
      "\20\0\1"s + "a,b,label\n1,\"red, \"\"dark\"\"\n\",0\n2,blue,1\n",
      "\40\0\2\0\0\0\4\0\1\3\0\2"s + "a,b,c\n1.5,true,7\n2.5,0,9000000000\n",
      "\40\0\0\3\0\0"s + "a,b\n-2147483648.0,x\n3e9,y\n",
  };
}

const Registered csv_target({"csv", &run_csv, &csv_seeds});

}  // namespace
}  // namespace foregraph::fuzz
