// Random CSV files, read at once and lazily, against the values they were made of.
#include <boost/test/unit_test.hpp>
#include <cstdlib>
#include <foregraph/detail/base/error.hpp>
#include <foregraph/detail/data/csv/csv.hpp>
#include <random>

#include "data/csv/csv_reading.hpp"

using namespace foregraph;
using namespace foregraph::test;

namespace {

/// A column of a file, and the values that its cells stand for.
struct RandomColumn {
  std::string name{};
  DType dtype = f32;
  bool is_text = false;
  std::vector<std::string> cells{};
  std::vector<double> numbers{};      ///< of floating-point columns, as the C library reads them
  std::vector<std::int64_t> whole{};  ///< of all others
  std::vector<std::string> texts{};
};

class CsvMaker {
 public:
  explicit CsvMaker(std::uint64_t seed) : random_(seed) {}

  std::int64_t below(std::int64_t count) {
    return static_cast<std::int64_t>(random_() % static_cast<std::uint64_t>(count));
  }
  bool coin() { return below(2) == 0; }
  template <class T>
  const T& one_of(const std::vector<T>& all) {
    return all[static_cast<std::size_t>(below(static_cast<std::int64_t>(all.size())))];
  }

  /// Adds a random cell.
  void add_cell(RandomColumn& column, double fill) {
    if (column.is_text) {
      const std::string text = one_of<std::string>({"", "plain", "a b", " blanks ", "a,b", "a;b",
                                                    "quote \" within", "\"", "two\nlines", "x\r\ny",
                                                    "\xc3\xa9", "#no comment", "'", "1.5"});
      column.texts.push_back(text);
      column.cells.push_back(text);
      return;
    }
    switch (column.dtype) {
      case DType::f32:
      case DType::f64: {
        if (below(6) == 0) {
          column.cells.emplace_back();
          column.numbers.push_back(fill);
          return;
        }
        const std::string text = decimal(-60, 30);
        column.cells.push_back(text);
        column.numbers.push_back(column.dtype == f32
                                     ? static_cast<double>(std::strtof(text.c_str(), nullptr))
                                     : std::strtod(text.c_str(), nullptr));
        return;
      }
      case DType::boolean:
        column.whole.push_back(below(2));
        column.cells.push_back(column.whole.back() != 0 ? one_of<std::string>({"1", "true"})
                                                        : one_of<std::string>({"0", "false"}));
        return;
      case DType::i32:
      case DType::i64:
        column.whole.push_back(whole_number(column.dtype));
        column.cells.push_back(notation(column.whole.back()));
        return;
    }
  }

  /// The cell as it may stand in a file.
  std::string written(const std::string& cell, bool is_text, char delimiter) {
    const bool must = cell.find_first_of(std::string("\"\r\n") + delimiter) != std::string::npos;
    if (!must && !is_text && below(4) == 0)
      return (delimiter == '\t' ? " " : one_of<std::string>({" ", "\t"})) + cell + " ";
    if (!must && below(3) != 0) return cell;
    std::string quoted = "\"";
    for (const char letter : cell) quoted += letter == '"' ? "\"\"" : std::string(1, letter);
    return quoted + '"';
  }

 private:
  std::string digits(std::int64_t count) {
    std::string text;
    for (std::int64_t i = 0; i < count; ++i) text += static_cast<char>('0' + below(10));
    return text;
  }
  std::string decimal(int least_exponent, int most_exponent) {
    std::string text = one_of<std::string>({"", "-"}) + digits(1 + below(5));
    if (coin()) text += '.' + digits(below(20));
    if (coin())
      text += one_of<std::string>({"e", "E"}) +
              std::to_string(least_exponent + below(most_exponent - least_exponent + 1));
    return text;
  }
  std::int64_t whole_number(DType dtype) {
    const std::int64_t most = dtype == i32 ? INT32_MAX : INT64_MAX;
    switch (below(4)) {
      case 0:
        return one_of<std::int64_t>({0, 1, -1, most, -most, -most - 1});
      case 1:
        return below(1000) * (coin() ? 1 : -1);
      default:
        return static_cast<std::int64_t>(random_()) >> (dtype == i32 ? 32 : 0);
    }
  }
  /// One of the ways to write an integer.
  std::string notation(std::int64_t value) {
    std::string text = std::to_string(value);
    const bool negative = value < 0;
    const std::string sign = negative ? "-" : coin() ? "+" : "";
    if (negative) text.erase(0, 1);
    switch (below(5)) {
      case 0:
        return sign + text + '.' + std::string(static_cast<std::size_t>(below(4)), '0');
      case 1:
        return sign + text + "0e-1";
      case 2: {
        const auto point = static_cast<std::size_t>(below(static_cast<std::int64_t>(text.size())));
        return sign + text.substr(0, point) + (point == 0 ? "0." : ".") + text.substr(point) + 'e' +
               (coin() ? "+" : "") + std::to_string(text.size() - point);
      }
      case 3:
        return sign + "00" + text;
      default:
        return sign + text;
    }
  }

  std::mt19937_64 random_;
};

struct RandomFile {
  std::string content{};
  data::CsvOptions options{};
  std::vector<RandomColumn> columns{};
  std::int64_t rows = 0;
};

RandomFile random_file(CsvMaker& make) {
  RandomFile file;
  constexpr double fill = -0.25;
  file.options.delimiter = make.one_of<char>({',', ';', '\t', '|'});
  file.options.missing = fill;
  file.rows = 1 + make.below(12);
  const std::int64_t count = 1 + make.below(6);
  for (std::int64_t c = 0; c < count; ++c) {
    RandomColumn column{.name = "c" + std::to_string(c)};
    column.is_text = make.below(4) == 0;
    column.dtype = make.one_of<DType>({f32, f64, i32, i64, boolean});
    for (std::int64_t r = 0; r < file.rows; ++r) make.add_cell(column, fill);
    if (column.is_text)
      file.options.text.push_back(column.name);
    else
      file.options.fields.push_back({column.name, column.dtype, {column.name}});
    file.columns.push_back(std::move(column));
  }
  if (file.options.fields.empty()) {  // else the last column would be the label
    RandomColumn column{.name = "x"};
    for (std::int64_t r = 0; r < file.rows; ++r) make.add_cell(column, fill);
    file.options.fields.push_back({"x", f32, {"x"}});
    file.columns.push_back(std::move(column));
  }
  const auto add_row = [&](const auto& cell_of) {
    for (std::size_t c = 0; c < file.columns.size(); ++c) {
      if (c > 0) file.content += file.options.delimiter;
      file.content += cell_of(file.columns[c]);
    }
    // An empty line would be skipped.
    if (file.columns.size() == 1 && (file.content.empty() || file.content.back() == '\n'))
      file.content += "\"\"";
    file.content += make.one_of<std::string>({"\n", "\n", "\r\n", "\n\n"});
  };
  if (make.coin()) file.content = "\xef\xbb\xbf";
  add_row([&](const RandomColumn& column) {
    return make.written(column.name, column.is_text, file.options.delimiter);
  });
  for (std::int64_t r = 0; r < file.rows; ++r)
    add_row([&](const RandomColumn& column) {
      return make.written(column.cells[static_cast<std::size_t>(r)], column.is_text,
                          file.options.delimiter);
    });
  if (make.coin()) file.content.erase(file.content.find_last_not_of("\r\n") + 1);
  return file;
}

template <class T>
bool equal_value(const CsvBothWays& read, const RandomColumn& column, std::int64_t row) {
  const auto r = static_cast<std::size_t>(row);
  const T value = read.value<T>(column.name.c_str(), row);
  if constexpr (std::is_floating_point_v<T>)
    return value == static_cast<T>(column.numbers[r]);
  else
    return static_cast<std::int64_t>(value) == column.whole[r];
}

bool same_value(const CsvBothWays& read, const RandomColumn& column, std::int64_t row) {
  if (column.is_text)
    return read.text(column.name.c_str(), row) == column.texts[static_cast<std::size_t>(row)];
  switch (column.dtype) {
    case DType::f32:
      return equal_value<float>(read, column, row);
    case DType::f64:
      return equal_value<double>(read, column, row);
    case DType::i32:
      return equal_value<std::int32_t>(read, column, row);
    case DType::i64:
      return equal_value<std::int64_t>(read, column, row);
    case DType::boolean:
      break;
  }
  return equal_value<std::uint8_t>(read, column, row);
}

}  // namespace

BOOST_AUTO_TEST_SUITE(csv_random)

BOOST_AUTO_TEST_CASE(values_are_those_that_were_written) {
  const std::uint64_t seed = std::random_device{}();
  BOOST_TEST_INFO_SCOPE("seed " << seed);
  CsvMaker make(seed);
  for (int run = 0; run < 150; ++run) {
    const RandomFile file = random_file(make);
    BOOST_TEST_INFO_SCOPE("content\n" << file.content);
    const CsvBothWays read(file.content, file.options);
    BOOST_REQUIRE(read.data().size() == file.rows);
    for (const RandomColumn& column : file.columns)
      for (std::int64_t row = 0; row < file.rows; ++row)
        BOOST_REQUIRE_MESSAGE(same_value(read, column, row), "seed " << seed << ": " << column.name
                                                                     << ", row " << row << " of\n"
                                                                     << file.content);
  }
}

BOOST_AUTO_TEST_CASE(damage_is_told_in_one_way_or_harmless) {
  const std::uint64_t seed = std::random_device{}();
  BOOST_TEST_INFO_SCOPE("seed " << seed);
  CsvMaker make(seed);
  const Folder folder;
  const auto path = folder / "data.csv";
  for (int run = 0; run < 150; ++run) {
    RandomFile file = random_file(make);
    for (std::int64_t change = 1 + make.below(3); change > 0; --change) {
      const auto at =
          static_cast<std::size_t>(make.below(static_cast<std::int64_t>(file.content.size())));
      switch (make.below(3)) {
        case 0:
          file.content[at] = make.one_of<char>({'"', ',', ';', '\n', '\r', '\0', 'x', '-', '\xff'});
          break;
        case 1:
          file.content.erase(at, 1 + static_cast<std::size_t>(make.below(3)));
          break;
        default:
          file.content.insert(at, make.one_of<std::string>({"\"", "\n", "e", "1", "\t", "+-"}));
      }
      if (file.content.empty()) file.content = "x";
    }
    write_plainly(path, file.content);
    // The first wrong value of a file may be told for wrong rows below it, which lazy reading finds
    // at the start: so what is compared is whether it is refused.
    const std::string message = csv_refusal<Error>(path, file.options, false);
    const std::string lazy_message = csv_refusal<Error>(path, file.options, true);
    BOOST_REQUIRE_MESSAGE(message.empty() == lazy_message.empty(),
                          "seed " << seed << ": '" << message << "' and '" << lazy_message
                                  << "' for\n"
                                  << file.content);
  }
}

BOOST_AUTO_TEST_SUITE_END()
