#pragma once

#include <exception>
#include <foregraph/detail/base/error.hpp>
#include <foregraph/detail/base/system/thread.hpp>
#include <functional>
#include <memory>
#include <optional>
#include <utility>

namespace foregraph {

/// The result of a function that runs on a thread of the library, or, if the system cannot start
/// one, in get(). Unlike std::async's, the thread has the stack and the signals of a Thread.
template <class Result>
class Background {
 public:
  explicit Background(std::function<Result()> work) : state_(std::make_unique<State>()) {
    state_->work = std::move(work);
    try {
      thread_ = Thread([state = state_.get()] { state->run(); });
    } catch (const ResourceError&) {  // get() runs it
    }
  }
  Background(Background&&) noexcept = default;
  Background& operator=(Background&&) = delete;
  /// Waits for the thread.
  ~Background() { thread_.join(); }

  /// Waits for the result and returns it, or throws what the function has thrown. To be called
  /// once.
  Result get() {
    if (thread_.joinable())
      thread_.join();
    else
      state_->run();
    if (state_->thrown) std::rethrow_exception(state_->thrown);
    return std::move(*state_->result);
  }

 private:
  struct State {
    std::function<Result()> work{};
    std::optional<Result> result{};
    std::exception_ptr thrown{};

    void run() {
      try {
        result.emplace(work());
      } catch (...) {
        thrown = std::current_exception();
      }
    }
  };
  std::unique_ptr<State> state_;
  Thread thread_;
};

}  // namespace foregraph
