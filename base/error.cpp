#include <foregraph/detail/base/error.hpp>
#include <utility>

namespace foregraph {
namespace {

std::string in_batch(std::int64_t sample) {
  return "sample " + std::to_string(sample) + " of the batch";
}
std::string index_message(const std::string& op, const std::string& position,
                          const std::string& place, const std::string& what) {
  if (position.empty()) return op + place + what;
  return op + position + (place.empty() ? "" : " (" + place + ")") + what;
}

}  // namespace

IndexError::IndexError(std::string op, std::int64_t sample, std::string position, std::string what)
    : DataError(index_message(op, position, sample < 0 ? "" : in_batch(sample), what)),
      op_(std::move(op)),
      position_(std::move(position)),
      what_(std::move(what)),
      sample_(sample) {}

std::string IndexError::message_at(const std::string& place) const {
  return index_message(op_, position_, place, what_);
}

IndexError IndexError::prefixed(const std::string& prefix) const {
  return {prefix + op_, sample_, position_, what_};
}

}  // namespace foregraph
