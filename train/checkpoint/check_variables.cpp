#include <foregraph/detail/base/error.hpp>
#include <foregraph/detail/base/files/safetensors_header.hpp>
#include <foregraph/detail/train/checkpoint/check_variables.hpp>
#include <set>
#include <string>
#include <string_view>

namespace foregraph {
namespace {

/// Collects names for a message such as "2 are missing ('a' F32[2], 'b' F32[3])".
class Differences {
 public:
  explicit Differences(std::string what) : what_(std::move(what)) {}
  void add(const std::string& difference) {
    constexpr int shown = 3;
    if (++count_ <= shown) list_ += (count_ > 1 ? ", " : "") + difference;
    if (count_ == shown + 1) list_ += ", ...";
  }
  [[nodiscard]] bool empty() const { return count_ == 0; }
  [[nodiscard]] std::string text() const {
    return std::to_string(count_) + (count_ == 1 ? " is " : " are ") + what_ + " (" + list_ + ')';
  }

 private:
  std::string what_;
  std::string list_;
  int count_ = 0;
};

/// Returns the variable as a file would store it, without its bytes.
StoredTensor as_stored(const Graph& graph, NodeId id) {
  const Node& node = graph.node(id);
  StoredTensor result{full_name(graph, id), safetensors_dtype(node.dtype)};
  for (int axis = 0; axis < node.shape.rank; ++axis)
    result.shape.push_back(node.shape[axis].constant);
  return result;
}

}  // namespace

void check_variables(const Safetensors& file, const Graph& graph, ExtraTensors extra) {
  Differences missing("missing");
  Differences unexpected("unexpected");
  Differences other("of a different shape or dtype");
  std::set<std::string, std::less<>> expected;
  for (const Variable& variable : graph.variables) {
    const StoredTensor wanted = as_stored(graph, variable.node);
    const StoredTensor* const found = file.find(wanted.name);
    if (found == nullptr)
      missing.add(in_quotes(wanted.name) + ' ' + wanted.type());
    else if (found->dtype != wanted.dtype || found->shape != wanted.shape)
      other.add(in_quotes(wanted.name) + ' ' + found->type() + ", the model has " + wanted.type());
    expected.insert(wanted.name);
  }
  if (extra == ExtraTensors::refuse)
    for (const StoredTensor& tensor : file.tensors())
      if (!expected.contains(tensor.name))
        unexpected.add(in_quotes(tensor.name) + ' ' + tensor.type());
  std::string text;
  for (const Differences* differences : {&missing, &unexpected, &other})
    if (!differences->empty()) text += (text.empty() ? "" : "; ") + differences->text();
  if (text.empty()) return;
  throw DataError(file.path().string() + ": belongs to another model or optimizer; of its " +
                  std::to_string(file.tensors().size()) + " tensors and the model's " +
                  std::to_string(graph.variables.size()) + " variables, " + text +
                  ". Load it into the model and optimizer that wrote it");
}

}  // namespace foregraph
