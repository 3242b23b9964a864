#pragma once

#include <optional>
#include <utility>

#include <foregraph/detail/base/bytes.hpp>
#include <foregraph/detail/base/export.hpp>
#include <foregraph/detail/base/system/machine_memory.hpp>

namespace foregraph {

/// An upper limit on memory: the memory the machine has left, a number of bytes, or none.
///
///     fg::Trainer<classifier> trainer{fg::optim::adam(), {.memory_budget = 512_MiB}};
///     fg::Trainer<classifier> all{fg::optim::adam(), {.memory_budget = fg::Budget::unlimited()}};
class FOREGRAPH_EXPORT Budget {
 public:
  /// The limit is the memory the machine has left, as machine().
  Budget() = default;
  /// The limit is `bytes`, as of().
  Budget(Bytes bytes) : bytes_(checked(bytes)), kind_(Kind::bytes) {}  // NOLINT: 512_MiB is one

  /// Returns the memory the process may still take minus a margin, queried again before each
  /// allocation; see machine_memory(). `options` says where to look it up.
  [[nodiscard]] static Budget machine(MachineMemoryOptions options = {}) {
    Budget budget;
    budget.machine_ = std::move(options);
    return budget;
  }
  /// Returns the budget that allows any allocation; the system may still refuse one.
  [[nodiscard]] static Budget unlimited() {
    Budget budget;
    budget.kind_ = Kind::unlimited;
    return budget;
  }
  /// Returns a budget of `bytes`. Throws UsageError unless that is at least 1 byte.
  [[nodiscard]] static Budget of(Bytes bytes) { return bytes; }

  /// Returns true if the limit is the memory the machine has left.
  [[nodiscard]] bool is_machine() const { return kind_ == Kind::machine; }
  /// Returns true if there is no limit.
  [[nodiscard]] bool is_unlimited() const { return kind_ == Kind::unlimited; }
  /// Returns the number of bytes; empty if the budget is machine() or unlimited().
  [[nodiscard]] std::optional<Bytes> bytes() const {
    return kind_ == Kind::bytes ? std::optional(bytes_) : std::nullopt;
  }
  /// Returns the options given to machine().
  [[nodiscard]] const MachineMemoryOptions& machine_options() const { return machine_; }

 private:
  enum class Kind { machine, unlimited, bytes };
  [[nodiscard]] static Bytes checked(Bytes bytes);

  MachineMemoryOptions machine_{};
  Bytes bytes_{};
  Kind kind_ = Kind::machine;
};

/// The older name of Budget::unlimited().
inline const Budget no_memory_limit = Budget::unlimited();

}  // namespace foregraph
