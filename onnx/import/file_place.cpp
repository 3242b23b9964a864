#include <foregraph/detail/onnx/import/file_place.hpp>
#include <mutex>
#include <set>

namespace foregraph::onnx {

Location place_in_file(const std::string& path, std::int32_t node) {
  // Never destroyed: graphs of static storage duration may print their places later.
  static auto& mutex = *new std::mutex;
  static auto& names = *new std::set<std::string, std::less<>>;
  const std::scoped_lock lock(mutex);
  return {names.insert(path).first->c_str(), node};
}

}  // namespace foregraph::onnx
