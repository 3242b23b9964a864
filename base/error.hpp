#pragma once

#include <cstdint>
#include <stdexcept>
#include <string>
#include <utility>

namespace foregraph {

/// Base of everything that is wrong with what the user gave us. Each message says what, where,
/// what was expected, what was got and what to do. Bugs of ours are InternalError instead.
class Error : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// The model: shapes, dtypes or names that do not go together.
class GraphError : public Error {
 public:
  using Error::Error;
};

/// The data: unreadable or malformed files, missing values, labels out of range, wrong fields.
class DataError : public Error {
 public:
  using Error::Error;
};

/// A label or index in a batch that is out of range. Where the sample is known, fit(), evaluate()
/// and predict() replace its place in the batch by its row in the data set.
class IndexError : public DataError {
 public:
  /// The message is `op`, the place and `what`, as in "[embedding] " + place + ": index 7 ...".
  /// `sample` is the position in the batch, or -1 if it is not known. `position` is that in the
  /// tensor of indices, as text; empty if the sample says it all.
  IndexError(std::string op, std::int64_t sample, std::string position, std::string what)
      : DataError(message(op, position, sample < 0 ? "" : in_batch(sample), what)),
        op_(std::move(op)),
        position_(std::move(position)),
        what_(std::move(what)),
        sample_(sample) {}
  [[nodiscard]] std::int64_t sample() const { return sample_; }
  /// Returns the message with `place`, such as "row 17 of the data set", for the sample.
  [[nodiscard]] std::string message_at(const std::string& place) const {
    return message(op_, position_, place, what_);
  }
  /// Returns this error with `prefix` in front of its message.
  [[nodiscard]] IndexError prefixed(const std::string& prefix) const {
    return {prefix + op_, sample_, position_, what_};
  }

 private:
  static std::string in_batch(std::int64_t sample) {
    return "sample " + std::to_string(sample) + " of the batch";
  }
  static std::string message(const std::string& op, const std::string& position,
                             const std::string& place, const std::string& what) {
    if (position.empty()) return op + place + what;
    return op + position + (place.empty() ? "" : " (" + place + ")") + what;
  }

  std::string op_;
  std::string position_;
  std::string what_;
  std::int64_t sample_;
};

/// A file that the system would not open, read or write; the message names it and says why.
class FileError : public DataError {
 public:
  FileError(const std::string& message, int error_number)
      : DataError(message), error_number_(error_number) {}
  /// errno, such as ENOENT or ENOSPC; 0 if it was not the system that refused.
  [[nodiscard]] int error_number() const { return error_number_; }

 private:
  int error_number_;
};

/// The batch size: not positive, or larger than the data under Tail::drop.
class BatchError : public Error {
 public:
  using Error::Error;
};

/// Memory: the planned peak does not fit the budget, or the system refuses what is asked for.
class BudgetError : public Error {
 public:
  using Error::Error;
};

/// The system: a thread that it does not start. Memory that it refuses is a BudgetError.
class ResourceError : public Error {
 public:
  using Error::Error;
};

/// The numbers: a loss or gradient that is NaN or infinite.
class NumericsError : public Error {
 public:
  using Error::Error;
};

/// A call that makes no sense: unknown model or option, wrong order of calls.
class UsageError : public Error {
 public:
  using Error::Error;
};

/// A broken promise of this library, never the user's fault. Please report it.
class InternalError : public std::logic_error {
 public:
  using std::logic_error::logic_error;
};

}  // namespace foregraph
