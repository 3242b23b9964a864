#include <algorithm>
#include <foregraph/detail/base/error.hpp>
#include <foregraph/detail/data/dataset/combine.hpp>
#include <foregraph/detail/graph/checked_size.hpp>
#include <memory>
#include <string>
#include <utility>

#include <foregraph/detail/data/dataset/row_reader.hpp>

namespace foregraph::data {
namespace {

/// Presents the rows of several data sets with the same fields as one source.
class Concatenation final : public Source {
 public:
  explicit Concatenation(std::vector<Dataset> parts) : parts_(std::move(parts)) {
    CheckedSize size;
    for (const Dataset& part : parts_) {
      size += part.size();
      ends_.push_back(size.value());
    }
    if (!size.fits())
      throw DataError("the " + std::to_string(parts_.size()) +
                      " data sets have 2^63 samples or more in total");
    size_ = size.value();
  }
  [[nodiscard]] std::span<const FieldSpec> fields() const override { return parts_[0].fields(); }
  [[nodiscard]] std::int64_t size() const override { return size_; }
  void read(std::int64_t row, std::span<std::byte* const> to) const override {
    // Find the first part that ends after the row; an empty part ends where it begins, so is
    // skipped.
    const auto part =
        static_cast<std::size_t>(std::ranges::upper_bound(ends_, row) - ends_.begin());
    parts_[part].read(row - (ends_[part] - parts_[part].size()), to);
  }
  [[nodiscard]] std::int64_t bytes_per_reader() const override {
    CheckedSize bytes;  // every thread may read from all parts
    for (const Dataset& part : parts_) bytes += RowReader::bytes_per_reader(part);
    return bytes.value();
  }

 private:
  std::vector<Dataset> parts_;
  std::vector<std::int64_t> ends_;
  std::int64_t size_ = 0;
};

std::string text_of(const FieldSpec& spec) {
  std::string shape;
  for (const std::int64_t size : spec.row_shape)
    shape += (shape.empty() ? "" : ", ") + std::to_string(size);
  return "'" + spec.name + "' (" + std::string(name_of(spec.dtype)) + ", row shape {" + shape +
         "})";
}

std::string texts_of(const Dataset& data) {
  std::string texts;
  for (const std::string& name : data.text_names())
    texts += (texts.empty() ? "'" : ", '") + name + "'";
  return texts.empty() ? "none" : texts;
}

void check_agreement(const std::vector<Dataset>& parts) {
  if (parts.empty()) throw UsageError("concatenate() and interleave() need at least one data set");
  const auto first = parts[0].fields();
  for (std::size_t p = 1; p < parts.size(); ++p) {
    const auto refuse = [&](const std::string& what, const std::string& here,
                            const std::string& there) {
      throw DataError("cannot combine data sets with different " + what + ": part " +
                      std::to_string(p + 1) + " of " + std::to_string(parts.size()) + " has " +
                      here + ", but part 1 has " + there +
                      "; give every part the same fields and texts in the same order");
    };
    const auto fields = parts[p].fields();
    for (std::size_t f = 0; f < std::min(fields.size(), first.size()); ++f)
      if (fields[f] != first[f])
        refuse("fields", "as field " + std::to_string(f + 1) + " " + text_of(fields[f]),
               text_of(first[f]));
    if (fields.size() != first.size())
      refuse("fields", std::to_string(fields.size()) + (fields.size() == 1 ? " field" : " fields"),
             std::to_string(first.size()));
    if (parts[p].text_names() != parts[0].text_names())
      refuse("texts", "as texts " + texts_of(parts[p]), texts_of(parts[0]));
  }
}

}  // namespace

Dataset concatenate(const std::vector<Dataset>& parts) {
  check_agreement(parts);
  if (parts.size() == 1) return parts[0];
  Dataset all;
  if (!parts[0].fields().empty()) all.add(std::make_shared<const Concatenation>(parts));
  for (const std::string& name : parts[0].text_names()) {
    std::vector<std::string> values;
    for (const Dataset& part : parts) {
      const TextColumn text = part.text(name);
      for (std::int64_t i = 0; i < text.size(); ++i) values.push_back(text[i]);
    }
    all.add_text(name, std::move(values));
  }
  return all;
}

Dataset interleave(const std::vector<Dataset>& parts, std::int64_t block) {
  if (block < 1)
    throw UsageError("interleave: the block size is " + std::to_string(block) +
                     " samples, expected at least 1");
  const Dataset all = concatenate(parts);
  std::vector<std::int64_t> rows;
  rows.reserve(static_cast<std::size_t>(all.size()));
  std::vector<std::int64_t> next;  // by part, its next row in `all`
  std::int64_t first = 0;
  for (const Dataset& part : parts) {
    next.push_back(first);
    first += part.size();
  }
  while (static_cast<std::int64_t>(rows.size()) < all.size()) {
    std::int64_t end = 0;
    for (std::size_t p = 0; p < parts.size(); ++p) {
      end += parts[p].size();
      const std::int64_t count = std::min(block, end - next[p]);
      for (std::int64_t i = 0; i < count; ++i) rows.push_back(next[p]++);
    }
  }
  return all.select(std::move(rows));
}

}  // namespace foregraph::data
