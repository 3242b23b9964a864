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

namespace foregraph {

/// What one sample has in one field. `row_shape` leaves out the batch dimension: {} is one value
/// per sample, {28, 28, 1} an image.
struct FieldSpec {
  std::string name;
  DType dtype = DType::f32;
  std::vector<std::int64_t> row_shape;

  [[nodiscard]] std::int64_t row_elements() const;
  [[nodiscard]] std::int64_t row_bytes() const { return row_elements() * bytes_per_element(dtype); }
  friend bool operator==(const FieldSpec&, const FieldSpec&) = default;
};

/// Rows of one field at equal distances in memory; `first` is null where they are not.
struct RowsInMemory {
  const std::byte* first = nullptr;
  std::int64_t stride_bytes = 0;
};

/// Samples that can be read in any order: what a Dataset is made of. Everything is const and may be
/// called by several threads at once.
class Source {
 public:
  Source() = default;
  Source(const Source&) = delete;
  Source& operator=(const Source&) = delete;
  virtual ~Source() = default;

  [[nodiscard]] virtual std::span<const FieldSpec> fields() const = 0;
  /// Samples.
  [[nodiscard]] virtual std::int64_t size() const = 0;
  /// Writes field i of the sample to `to[i]`, row_bytes() of it; null means that it is not wanted.
  /// What it throws ends the epoch at the batch of this sample.
  virtual void read(std::int64_t row, std::span<std::byte* const> to) const = 0;
  /// Reads several rows at once, field i of the k-th to `to[i] + k * row_bytes()`. The addresses in
  /// `to` may be changed. Calls read() for each row unless a source has a faster way.
  virtual void read_rows(std::span<const std::int64_t> rows, std::span<std::byte*> to) const;
  /// Memory that a thread which reads takes besides its rows, to be counted before training.
  [[nodiscard]] virtual std::int64_t bytes_per_reader() const { return 0; }
  /// For fields whose rows lie in memory as they are: they are copied from there without read().
  [[nodiscard]] virtual RowsInMemory in_memory(std::size_t field) const {
    (void)field;
    return {};
  }
};

/// A source of the user's own needs no base class:
///
///     struct Recordings {
///       std::span<const fg::FieldSpec> fields() const;
///       std::int64_t size() const;
///       void read(std::int64_t row, std::span<std::byte* const> to) const;  // as Source::read
///     };
///     auto train = fg::from(Recordings{...}).shuffle(42).batch(32);
template <class S>
concept RowSource = requires(const S& source, std::int64_t row, std::span<std::byte* const> to) {
  { source.fields() } -> std::convertible_to<std::span<const FieldSpec>>;
  { source.size() } -> std::convertible_to<std::int64_t>;
  source.read(row, to);
};

namespace detail {

template <RowSource S>
class SourceOf final : public Source {
 public:
  explicit SourceOf(S source) : source_(std::move(source)) {}
  [[nodiscard]] std::span<const FieldSpec> fields() const override { return source_.fields(); }
  [[nodiscard]] std::int64_t size() const override { return source_.size(); }
  void read(std::int64_t row, std::span<std::byte* const> to) const override {
    source_.read(row, to);
  }

 private:
  S source_;
};

}  // namespace detail

/// Makes a Source of what satisfies RowSource; a Source of its own kind is taken as it is.
template <RowSource S>
[[nodiscard]] std::shared_ptr<const Source> make_source(S source) {
  return std::make_shared<const detail::SourceOf<S>>(std::move(source));
}

/// Samples that come one after another and cannot be had in another order: from a device, a
/// simulation, a socket. Called by one thread at a time, and to be read by one loader at a time.
class Stream {
 public:
  Stream() = default;
  Stream(const Stream&) = delete;
  Stream& operator=(const Stream&) = delete;
  virtual ~Stream() = default;

  [[nodiscard]] virtual std::span<const FieldSpec> fields() const = 0;
  /// Begins an epoch. To resume in the middle of one, its samples up to there are read and dropped:
  /// a stream that gives others then cannot be resumed exactly.
  virtual void restart(std::int64_t epoch) = 0;
  /// The next sample, as in Source::read(); false at the end.
  virtual bool next(std::span<std::byte* const> to) = 0;
};

}  // namespace foregraph
