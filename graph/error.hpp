#pragma once

#include <stdexcept>

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

/// The batch size: not positive, or larger than the data under Tail::drop.
class BatchError : public Error {
 public:
  using Error::Error;
};

/// The memory budget: the planned peak does not fit.
class BudgetError : public Error {
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
