#pragma once

#include <atomic>

#include <foregraph/detail/base/export.hpp>

namespace foregraph {

/// Rejects calls on an object while another call on it is running, in this thread or another.
class FOREGRAPH_EXPORT ExclusiveUse {
 public:
  /// `object` names the object in messages, as "trainer".
  explicit ExclusiveUse(const char* object) : object_(object) {}
  ExclusiveUse(const ExclusiveUse&) = delete;
  ExclusiveUse& operator=(const ExclusiveUse&) = delete;

  /// Marks the object as in use for the scope's lifetime.
  class Scope {
   public:
    ~Scope() {
      if (use_ != nullptr) use_->leave(outer_);
    }
    Scope(const Scope&) = delete;
    Scope& operator=(const Scope&) = delete;

   private:
    friend class ExclusiveUse;
    Scope(ExclusiveUse& use, const char* outer) : use_(&use), outer_(outer) {}
    ExclusiveUse* use_;
    const char* outer_;  ///< the call that made this one, or null
  };

  /// Whether a call may be made from a callback of another call.
  enum class Nested { refused, allowed };

  /// Begins `call`, a literal such as "evaluate()". Throws UsageError if another thread is running
  /// a call, or if this thread is and the running call does not allow nested calls.
  [[nodiscard]] Scope enter(const char* call, Nested nested);
  /// Runs `body` as `call`. For calls shorter than a microsecond: detects concurrent use by two
  /// threads nearly always, but not always.
  template <class Body>
  void run_quickly(const char* call, const Body& body) {
    if (owner_.load(std::memory_order_relaxed) != nullptr) refuse(call);
    call_.store(call, std::memory_order_relaxed);
    owner_.store(this_thread_mark(), std::memory_order_relaxed);
    struct Leave {
      std::atomic<const void*>& owner;
      ~Leave() { owner.store(nullptr, std::memory_order_relaxed); }
    } const leave{owner_};
    body();
  }

  /// Lets the user's functions on this thread make nested calls for the object's lifetime.
  class Open {
   public:
    explicit Open(ExclusiveUse& use) : use_(use), before_(use.open_) { use_.open_ = true; }
    ~Open() { use_.open_ = before_; }
    Open(const Open&) = delete;
    Open& operator=(const Open&) = delete;

   private:
    ExclusiveUse& use_;
    bool before_;
  };

 private:
  /// Returns an address that identifies the calling thread; <thread> is a large header.
  [[nodiscard]] static const void* this_thread_mark();
  void leave(const char* outer);
  [[noreturn]] void refuse(const char* call) const;

  const char* object_;
  std::atomic<const void*> owner_ = nullptr;
  std::atomic<const char*> call_ = nullptr;
  bool open_ = false;  ///< used only by the owner
};

}  // namespace foregraph
