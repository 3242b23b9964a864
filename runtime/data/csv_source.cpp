#include <foregraph/runtime/data/csv_layout.hpp>
#include <foregraph/runtime/data/csv_source.hpp>
#include <foregraph/runtime/files/mapped_file.hpp>
#include <foregraph/runtime/files/reading.hpp>
#include <memory>
#include <utility>

namespace foregraph::detail {
namespace {

constexpr std::int64_t rows_per_position = 4;

std::string_view text_of(const MappedFile& file) {
  return {reinterpret_cast<const char*>(file.bytes().data()), file.bytes().size()};
}

class CsvSource final : public Source {
 public:
  /// Adds to `texts` those of all rows.
  CsvSource(MappedFile file, CsvLayout layout, CsvReader reader,
            std::vector<std::vector<std::string>>& texts)
      : file_(std::move(file)), layout_(std::move(layout)) {
    std::vector<CsvCell> cells;
    for (; reader.next(cells); ++size_) {
      layout_.check_columns(cells, reader);
      layout_.add_texts(cells, reader, texts);
      if (size_ % rows_per_position == 0) positions_.push_back(reader.row_position());
    }
    if (size_ == 0) layout_.refuse_no_rows(reader);
    positions_.shrink_to_fit();
  }

  [[nodiscard]] std::span<const FieldSpec> fields() const override { return layout_.fields(); }
  [[nodiscard]] std::int64_t size() const override { return size_; }
  void read(std::int64_t row, std::span<std::byte* const> to) const override {
    reading(layout_.path(), [&] {
      CsvReader reader(layout_.path(), text_of(file_), layout_.options().delimiter,
                       layout_.options().max_row_bytes);
      reader.seek(positions_[static_cast<std::size_t>(row / rows_per_position)]);
      std::vector<CsvCell> cells;
      for (std::int64_t skip = row % rows_per_position; skip >= 0; --skip) (void)reader.next(cells);
      layout_.check_columns(cells, reader);  // the file may have been written to
      layout_.parse(cells, reader, to);
    });
  }

 private:
  MappedFile file_;
  CsvLayout layout_;
  std::vector<CsvPosition> positions_;
  std::int64_t size_ = 0;
};

}  // namespace

Dataset lazy_csv(const std::filesystem::path& path, const CsvOptions& options,
                 CsvColumns& columns) {
  std::vector<std::vector<std::string>> texts(options.text.size());
  MappedFile file(path);
  CsvReader reader(path, text_of(file), options.delimiter, options.max_row_bytes);
  CsvLayout layout(path, options, reader);
  columns = layout.columns();
  const auto source =
      std::make_shared<const CsvSource>(std::move(file), std::move(layout), reader, texts);
  Dataset data;
  if (!source->fields().empty()) data.add(source);
  for (std::size_t t = 0; t < texts.size(); ++t)
    data.add_text(options.text[t], std::move(texts[t]));
  return data;
}

}  // namespace foregraph::detail
