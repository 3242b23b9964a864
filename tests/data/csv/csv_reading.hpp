#pragma once

#include <algorithm>
#include <boost/test/unit_test.hpp>
#include <cstring>
#include <foregraph/detail/base/error.hpp>
#include <foregraph/detail/data/csv/csv.hpp>
#include <initializer_list>
#include <string>
#include <vector>

#include "support/folder.hpp"

namespace foregraph::test {

/// A file with this content, read at once and lazily: both must give the same.
class CsvBothWays {
 public:
  CsvBothWays(const std::string& content, data::CsvOptions options) {
    const auto path = folder_ / "data.csv";
    write_plainly(path, content);
    options.lazy = false;
    data_ = data::read_csv(path, options);
    options.lazy = true;
    lazy_ = data::read_csv(path, options);
    BOOST_REQUIRE(lazy_.size() == data_.size());
    BOOST_REQUIRE(std::ranges::equal(lazy_.fields(), data_.fields()));
    BOOST_REQUIRE(lazy_.text_names() == data_.text_names());
  }

  [[nodiscard]] const data::Dataset& data() const { return data_; }
  template <class T>
  [[nodiscard]] T value(const char* field, std::int64_t row, std::size_t element = 0) const {
    const std::vector<std::byte> bytes = row_of_field(data_, field, row);
    BOOST_REQUIRE((row_of_field(lazy_, field, row) == bytes));
    T result{};
    BOOST_REQUIRE(bytes.size() >= (element + 1) * sizeof(T));
    std::memcpy(&result, bytes.data() + element * sizeof(T), sizeof(T));
    return result;
  }
  [[nodiscard]] std::string text(const char* name, std::int64_t row) const {
    BOOST_REQUIRE(lazy_.text(name)[row] == data_.text(name)[row]);
    return data_.text(name)[row];
  }

 private:
  static std::vector<std::byte> row_of_field(const data::Dataset& data, const char* name,
                                             std::int64_t row) {
    const auto field = static_cast<std::size_t>(data.find(name));
    std::vector<std::byte> bytes(static_cast<std::size_t>(data.fields()[field].row_bytes()));
    std::vector<std::byte*> to(data.fields().size(), nullptr);
    to[field] = bytes.data();
    data.read(row, to);
    return bytes;
  }

  Folder folder_;
  data::Dataset data_;
  data::Dataset lazy_;
};

/// The message with which a file is refused at once, and lazily at the start or when all rows are
/// read; empty if it is not.
template <class Exception>
std::string csv_refusal(const std::filesystem::path& path, data::CsvOptions options, bool lazy) {
  options.lazy = lazy;
  try {
    const data::Dataset data = data::read_csv(path, options);
    std::vector<std::vector<std::byte>> rows;
    std::vector<std::byte*> to;
    for (const data::FieldSpec& spec : data.fields()) {
      rows.emplace_back(static_cast<std::size_t>(spec.row_bytes()));
      to.push_back(rows.back().data());
    }
    for (std::int64_t i = 0; i < data.size(); ++i) data.read(i, to);
  } catch (const Exception& error) {
    return error.what();
  }
  return {};
}

/// Both ways of reading must refuse the file with one message, which has all `parts`.
template <class Exception = DataError>
void csv_refused(const std::string& content, std::initializer_list<const char*> parts,
                 const data::CsvOptions& options = {}) {
  const Folder folder;
  const auto path = folder / "data.csv";
  write_plainly(path, content);
  const std::string message = csv_refusal<Exception>(path, options, false);
  BOOST_TEST(csv_refusal<Exception>(path, options, true) == message);
  BOOST_CHECK_MESSAGE(!message.empty(), "nothing was thrown for '" << content << "'");
  for (const char* part : parts)
    BOOST_CHECK_MESSAGE(message.find(part) != std::string::npos,
                        "'" << message << "' does not contain '" << part << "'");
}

}  // namespace foregraph::test
