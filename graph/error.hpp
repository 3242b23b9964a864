#pragma once

#include <stdexcept>
#include <string>

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
