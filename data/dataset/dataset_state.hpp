#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <unordered_map>

#include <foregraph/detail/data/dataset/dataset.hpp>

namespace foregraph::data {

/// The rows of a source that are the samples: all from `first` on, or those listed in `rows`.
struct RowSelection {
  std::int64_t first = 0;
  std::shared_ptr<const std::vector<std::int64_t>> rows{};

  [[nodiscard]] std::int64_t operator()(std::int64_t sample) const {
    return rows ? (*rows)[static_cast<std::size_t>(sample)] : first + sample;
  }
  friend bool operator==(const RowSelection&, const RowSelection&) = default;
};

struct ColumnNameHash {
  using is_transparent = void;
  std::size_t operator()(std::string_view name) const {
    return std::hash<std::string_view>()(name);
  }
};

/// The fields of a data set, grouped by source because one call reads all fields of a source.
struct Dataset::State {
  struct Part {
    std::shared_ptr<const Source> source;
    RowSelection selection{};
    std::size_t first_field = 0;  ///< index in the data set of the source's first field
    std::vector<RowsInMemory> in_memory{};
  };
  struct Text {
    std::string name;
    std::shared_ptr<const std::vector<std::string>> values;
    RowSelection selection{};
  };
  std::vector<FieldSpec> specs;
  std::vector<Part> parts;
  std::vector<std::size_t> part_of;  ///< by field
  std::vector<Text> texts;
  std::int64_t rows = 0;
  /// Whether a column is a field or a text, and its index among them.
  struct Column {
    bool is_text = false;
    std::size_t index = 0;
  };
  std::unordered_map<std::string, Column, ColumnNameHash, std::equal_to<>> columns;

  [[nodiscard]] const Column* find(std::string_view name) const {
    const auto found = columns.find(name);
    return found == columns.end() ? nullptr : &found->second;
  }
  /// Throw DataError if a column of this name, or with this number of rows, cannot be added.
  void check_name(const std::string& name) const;
  void check_rows(const std::string& name, std::int64_t count) const;
  [[nodiscard]] const RowsInMemory& in_memory(std::size_t field) const {
    const Part& part = parts[part_of[field]];
    return part.in_memory[field - part.first_field];
  }
};

}  // namespace foregraph::data
