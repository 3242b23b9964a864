#include <algorithm>
#include <exception>
#include <foregraph/detail/base/error.hpp>
#include <foregraph/detail/base/files/input_file.hpp>
#include <foregraph/detail/base/files/reading.hpp>
#include <foregraph/detail/data/csv/csv_hints.hpp>
#include <foregraph/detail/data/csv/csv_layout.hpp>
#include <foregraph/detail/data/csv/csv_source.hpp>
#include <memory>
#include <optional>
#include <utility>

namespace foregraph::detail {
namespace {

constexpr std::int64_t rows_per_position = 4;
constexpr std::int64_t most_part_bytes = std::int64_t{1} << 18;
constexpr std::int64_t window_bytes = std::int64_t{1} << 20;

/// Iterates over the rows of a file, holding one part of it in memory at a time.
class CsvRows {
 public:
  CsvRows(const InputFile& file, const data::CsvOptions& options)
      : file_(file), delimiter_(options.delimiter), max_row_bytes_(options.max_row_bytes) {
    load(0, window_bytes);
  }

  /// Calls `use` with the reader, which must read at most one row, and returns the result. A row
  /// that reaches the end of the part in memory may continue beyond it, so `use` is then called
  /// again with more of the file in memory.
  template <class Use>
  auto next(const Use& use) {
    while (true) {
      const CsvPosition before = reader_->next_position();
      std::optional<decltype(use(*reader_))> result;
      std::exception_ptr error;
      try {
        result.emplace(use(*reader_));
      } catch (const DataError&) {
        error = std::current_exception();
      }
      const bool is_whole = is_last_ || reader_->next_position().at < text_.size();
      if (is_whole && error) std::rethrow_exception(error);
      if (is_whole) return std::move(*result);
      const auto rest = static_cast<std::int64_t>(text_.size() - before.at);
      load(first_ + static_cast<std::int64_t>(before.at), std::max(window_bytes, 2 * rest));
      reader_->seek({0, before.line});
    }
  }
  /// Loads the whole next row, so that it can be read several times.
  void load_next() {
    std::vector<CsvCell> cells;
    if (next([&](CsvReader& reader) { return reader.next(cells); }))
      reader_->seek(reader_->row_position());
  }
  /// Returns the offset of the last row in the file, not in the part.
  [[nodiscard]] std::int64_t row_at() const {
    return first_ + static_cast<std::int64_t>(reader_->row_position().at);
  }
  [[nodiscard]] std::int64_t line() const { return reader_->line(); }
  [[nodiscard]] const std::string& header_line() const { return header_; }
  /// Returns the reader of the part that contains the last row read.
  [[nodiscard]] const CsvReader& reader() const { return *reader_; }

 private:
  void load(std::int64_t first, std::int64_t bytes) {
    first_ = first;
    text_.resize(static_cast<std::size_t>(std::min(bytes, file_.size() - first)));
    file_.read(first, std::as_writable_bytes(std::span(text_)));
    is_last_ = first + static_cast<std::int64_t>(text_.size()) == file_.size();
    reader_.emplace(file_.path(), text_, delimiter_, max_row_bytes_);
    if (first_ == 0) header_ = csv_header_line(text_);
    reader_->set_header_line(header_);
  }

  const InputFile& file_;
  char delimiter_;
  std::int64_t max_row_bytes_;
  std::string text_;
  std::string header_;
  std::int64_t first_ = 0;
  bool is_last_ = false;
  std::optional<CsvReader> reader_;
};

class CsvSource final : public data::Source {
 public:
  /// Reads all rows once, appending their texts to `texts`.
  CsvSource(std::unique_ptr<const InputFile> file, CsvLayout layout, CsvRows& rows,
            std::vector<std::vector<std::string>>& texts)
      : file_(std::move(file)), layout_(std::move(layout)), header_(rows.header_line()) {
    const auto next = [&](CsvReader& reader) { return reader.next(cells_); };
    for (; rows.next(next); ++size_) {
      layout_.check_columns(cells_, rows.reader());
      layout_.add_texts(cells_, rows.reader(), texts);
      if (size_ % rows_per_position == 0) positions_.push_back({rows.row_at(), rows.line()});
    }
    if (size_ == 0) layout_.refuse_no_rows(rows.reader());
    file_->check_unchanged();
    cells_ = {};
    positions_.push_back({file_->size(), 0});
    positions_.shrink_to_fit();
  }

  [[nodiscard]] std::span<const data::FieldSpec> fields() const override {
    return layout_.fields();
  }
  [[nodiscard]] std::int64_t size() const override { return size_; }
  void read(std::int64_t row, std::span<std::byte* const> to) const override {
    reading(layout_.path(), [&] {
      Part part;
      read_row({&row, 1}, part, to);
      file_->check_unchanged();
    });
  }
  void read_rows(std::span<const std::int64_t> rows, std::span<std::byte*> to) const override {
    reading(layout_.path(), [&] {
      Part part;
      for (std::size_t i = 0; i < rows.size(); ++i) {
        read_row(rows.subspan(i), part, to);
        for (std::size_t f = 0; f < to.size(); ++f)
          if (to[f] != nullptr) to[f] += fields()[f].row_bytes();
      }
      file_->check_unchanged();
    });
  }

 private:
  struct Position {
    std::int64_t at = 0;
    std::int64_t line = 1;
  };
  /// A range of rows held in memory.
  struct Part {
    std::string text{};
    std::size_t first = 0;  ///< index into positions_
    std::size_t end = 0;
    std::optional<CsvReader> reader{};
    std::int64_t next_row = -1;  ///< the row the reader returns next
    std::vector<CsvCell> cells{};
  };

  /// Loads the first of `rows` into `part`, and the rows that directly follow it both there and in
  /// the file.
  void load(std::span<const std::int64_t> rows, Part& part) const {
    part.first = static_cast<std::size_t>(rows[0] / rows_per_position);
    part.end = part.first + 1;
    for (std::size_t i = 1; i < rows.size() && rows[i] == rows[i - 1] + 1; ++i) {
      const auto end = static_cast<std::size_t>(rows[i] / rows_per_position) + 1;
      if (positions_[end].at - positions_[part.first].at > most_part_bytes) break;
      part.end = end;
    }
    const std::int64_t at = positions_[part.first].at;
    part.text.resize(static_cast<std::size_t>(positions_[part.end].at - at));
    file_->read(at, std::as_writable_bytes(std::span(part.text)));
    part.reader.emplace(layout_.path(), part.text, layout_.options().delimiter,
                        layout_.options().max_row_bytes);
    part.reader->set_header_line(header_);
    part.next_row = -1;
  }

  void read_row(std::span<const std::int64_t> rows, Part& part,
                std::span<std::byte* const> to) const try {
    const std::int64_t row = rows[0];
    const auto position = static_cast<std::size_t>(row / rows_per_position);
    if (position < part.first || position >= part.end) load(rows, part);
    CsvReader& reader = *part.reader;
    if (part.next_row != row) {
      reader.seek({static_cast<std::size_t>(positions_[position].at - positions_[part.first].at),
                   positions_[position].line});
      for (std::int64_t skip = row % rows_per_position; skip > 0; --skip)
        (void)reader.next(part.cells);
    }
    part.cells.clear();
    (void)reader.next(part.cells);
    part.next_row = row + 1;
    layout_.check_columns(part.cells, reader);
    layout_.parse(part.cells, reader, to);
  } catch (const DataError&) {
    part.next_row = -1;
    file_->check_unchanged();  // may throw a more helpful error
    throw;
  }

  std::unique_ptr<const InputFile> file_;
  CsvLayout layout_;
  std::string header_;               ///< the first line, for messages
  std::vector<Position> positions_;  ///< of every fourth row, then the end
  std::int64_t size_ = 0;
  std::vector<CsvCell> cells_;
};

}  // namespace

std::vector<std::string> header_of_csv_file(const std::filesystem::path& path,
                                            const data::CsvOptions& options) {
  const InputFile file(path);
  CsvRows rows(file, options);
  if (!options.header) rows.load_next();
  return rows.next([&](CsvReader& reader) { return read_csv_header(path, options, reader); });
}

data::Dataset lazy_csv(const std::filesystem::path& path, const data::CsvOptions& options,
                       CsvColumns& columns) {
  std::vector<std::vector<std::string>> texts(options.text.size());
  auto file = std::make_unique<const InputFile>(path);
  CsvRows rows(*file, options);
  if (!options.header) rows.load_next();  // read first for the columns, then again as data
  CsvLayout layout = rows.next([&](CsvReader& reader) { return CsvLayout(path, options, reader); });
  columns = layout.columns();
  const auto source =
      std::make_shared<const CsvSource>(std::move(file), std::move(layout), rows, texts);
  data::Dataset data;
  if (!source->fields().empty()) data.add(source);
  for (std::size_t t = 0; t < texts.size(); ++t)
    data.add_text(options.text[t], std::move(texts[t]));
  return data;
}

}  // namespace foregraph::detail
