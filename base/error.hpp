#pragma once

#include <cstdint>
#include <foregraph/detail/base/compiler.hpp>
#include <stdexcept>
#include <string>

#include <foregraph/detail/base/export.hpp>

namespace foregraph {

/// Base of all errors caused by user input. Each message states the problem, its place, what was
/// expected, what was found and what to do. Bugs in the library are InternalError instead.
class FOREGRAPH_EXPORT Error : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// An error in the model: shapes, dtypes or names that do not match.
class FOREGRAPH_EXPORT GraphError : public Error {
 public:
  using Error::Error;
};

/// An error in the data: unreadable or malformed files, missing values, labels out of range, wrong
/// fields.
class FOREGRAPH_EXPORT DataError : public Error {
 public:
  using Error::Error;
};

/// A label or index in a batch that is out of range. If the sample is known, fit(), evaluate() and
/// predict() replace its position in the batch with its row in the data set.
class FOREGRAPH_EXPORT IndexError : public DataError {
 public:
  /// Composes the message from `op`, the place and `what`: "[embedding] " + place + ": index 7
  /// ...". `sample` is the position in the batch, or -1 if unknown. `position` is the position in
  /// the tensor of indices, as text; empty if the sample identifies it.
  IndexError(std::string op, std::int64_t sample, std::string position, std::string what);
  /// Returns the row within the batch, counted from 0; -1 if it is not known.
  [[nodiscard]] std::int64_t sample() const { return sample_; }
  /// Returns the message with `place`, such as "row 17 of the data set", instead of the sample.
  [[nodiscard]] std::string message_at(const std::string& place) const;
  /// Returns this error with `prefix` in front of its message.
  [[nodiscard]] IndexError prefixed(const std::string& prefix) const;

 private:
  std::string op_;
  std::string position_;
  std::string what_;
  std::int64_t sample_;
};

/// A file that the system failed to open, read or write; the message names the file and the reason.
class FOREGRAPH_EXPORT FileError : public DataError {
 public:
  /// Creates an error whose message ends with the system's text for `error_number` (an errno).
  FileError(const std::string& message, int error_number)
      : DataError(message), error_number_(error_number) {}
  /// Returns errno, such as ENOENT or ENOSPC; 0 if the error did not come from the system.
  [[nodiscard]] int error_number() const { return error_number_; }

 private:
  int error_number_;
};

/// An invalid batch size: not positive, or larger than the data under Tail::drop.
class FOREGRAPH_EXPORT BatchError : public Error {
 public:
  using Error::Error;
};

/// Too little memory: the planned peak exceeds the budget, or the system refuses an allocation.
class FOREGRAPH_EXPORT BudgetError : public Error {
 public:
  using Error::Error;
};

/// A missing system resource: a thread that could not be started. Refused memory is a BudgetError.
class FOREGRAPH_EXPORT ResourceError : public Error {
 public:
  using Error::Error;
};

/// A numerical failure: a loss or gradient that is NaN or infinite.
class FOREGRAPH_EXPORT NumericsError : public Error {
 public:
  using Error::Error;
};

/// An invalid call: unknown model or option, wrong order of calls.
class FOREGRAPH_EXPORT UsageError : public Error {
 public:
  using Error::Error;
};

/// A broken guarantee of this library, never the user's fault. Please report it.
class FOREGRAPH_EXPORT InternalError : public std::logic_error {
 public:
  using std::logic_error::logic_error;
};

}  // namespace foregraph
