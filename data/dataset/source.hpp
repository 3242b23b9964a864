#pragma once

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include <foregraph/detail/base/dtype.hpp>
#include <foregraph/detail/base/export.hpp>

namespace foregraph::data {

/// The data of one sample in one field. `row_shape` excludes the batch dimension: {} is one value
/// per sample, {28, 28, 1} an image.
struct FOREGRAPH_EXPORT FieldSpec {
  std::string name;                     ///< name, by which a model's input finds the field
  DType dtype = DType::f32;             ///< type of the elements
  std::vector<std::int64_t> row_shape;  ///< sizes of one row, without the batch dimension

  /// Returns the number of elements of a row.
  [[nodiscard]] std::int64_t row_elements() const;
  /// Returns the bytes of a row.
  [[nodiscard]] std::int64_t row_bytes() const { return row_elements() * bytes_per_element(dtype); }
  friend bool operator==(const FieldSpec&, const FieldSpec&) = default;
};

/// Rows of one field at a fixed stride in memory; `first` is null if they are not in memory.
struct RowsInMemory {
  const std::byte* first = nullptr;  ///< the first row; null if the rows are not in memory
  std::int64_t stride_bytes = 0;     ///< distance of two rows in bytes
};

/// Samples that can be read in any order; the basis of a Dataset. All functions are const and may
/// be called from several threads at once.
class FOREGRAPH_EXPORT Source {
 public:
  Source() = default;
  Source(const Source&) = delete;
  Source& operator=(const Source&) = delete;
  virtual ~Source() = default;

  /// Returns name, dtype and row shape of each field; the order is that of `to` in read().
  [[nodiscard]] virtual std::span<const FieldSpec> fields() const = 0;
  /// Returns the number of samples.
  [[nodiscard]] virtual std::int64_t size() const = 0;
  /// Writes row_bytes() bytes of field i of the sample to `to[i]`, or skips the field if `to[i]` is
  /// null. An exception ends the epoch at the batch containing this sample.
  virtual void read(std::int64_t row, std::span<std::byte* const> to) const = 0;
  /// Reads several rows at once, writing field i of the k-th row to `to[i] + k * row_bytes()`. May
  /// modify the addresses in `to`. Calls read() for each row unless a source has a faster way.
  virtual void read_rows(std::span<const std::int64_t> rows, std::span<std::byte*> to) const;
  /// Returns the extra memory needed per reading thread, to be counted before training.
  [[nodiscard]] virtual std::int64_t bytes_per_reader() const { return 0; }
  /// Returns where a field's rows lie in memory, if they do; they are then copied without read().
  [[nodiscard]] virtual RowsInMemory in_memory(std::size_t field) const {
    (void)field;
    return {};
  }
};

/// A user-defined source; no base class is needed:
///
///     struct Recordings {
///       std::span<const fg::FieldSpec> fields() const;
///       std::int64_t size() const;
///       void read(std::int64_t row, std::span<std::byte* const> to) const;  // as Source::read
///     };
///     auto train = fg::data::from(Recordings{...}).shuffle(42).batch(32);
template <class S>
concept RowSource = requires(const S& source, std::int64_t row, std::span<std::byte* const> to) {
  { source.fields() } -> std::convertible_to<std::span<const FieldSpec>>;
  { source.size() } -> std::convertible_to<std::int64_t>;
  source.read(row, to);
};

}  // namespace foregraph::data

namespace foregraph::detail {

template <data::RowSource S>
class SourceOf final : public data::Source {
 public:
  explicit SourceOf(S source) : source_(std::move(source)) {}
  [[nodiscard]] std::span<const data::FieldSpec> fields() const override {
    return source_.fields();
  }
  [[nodiscard]] std::int64_t size() const override { return source_.size(); }
  void read(std::int64_t row, std::span<std::byte* const> to) const override {
    source_.read(row, to);
  }

 private:
  S source_;
};

}  // namespace foregraph::detail

namespace foregraph::data {

/// Wraps an object that satisfies RowSource in a Source.
template <RowSource S>
[[nodiscard]] std::shared_ptr<const Source> make_source(S source) {
  return std::make_shared<const detail::SourceOf<S>>(std::move(source));
}

/// Samples that arrive in a fixed order, as from a device, a simulation or a socket. Called by one
/// thread at a time; only one loader at a time may read it.
class FOREGRAPH_EXPORT Stream {
 public:
  Stream() = default;
  Stream(const Stream&) = delete;
  Stream& operator=(const Stream&) = delete;
  virtual ~Stream() = default;

  /// Returns name, dtype and row shape of each field; the order is that of `to` in next().
  [[nodiscard]] virtual std::span<const FieldSpec> fields() const = 0;
  /// Begins an epoch. To resume in the middle of an epoch, its earlier samples are read and
  /// discarded, so a stream that does not repeat its samples cannot be resumed exactly.
  virtual void restart(std::int64_t epoch) = 0;
  /// Reads the next sample as in Source::read(), or returns false at the end.
  virtual bool next(std::span<std::byte* const> to) = 0;
};

}  // namespace foregraph::data
