#include <array>
#include <foregraph/detail/graph/tensor.hpp>
#include <memory>
#include <mutex>
#include <vector>

namespace foregraph::detail {
namespace {

/// Pool of the places of all graphs in the process. It grows to the largest number of graphs alive
/// at once.
class GraphPlaces {
 public:
  GraphPlace* take() {
    const std::scoped_lock lock(mutex_);
    if (free_.empty()) {
      blocks_.push_back(std::make_unique<Block>());
      free_.reserve(blocks_.size() * std::tuple_size_v<Block>);  // so that give_back() cannot throw
      for (GraphPlace& place : *blocks_.back()) free_.push_back(&place);
    }
    GraphPlace* const place = free_.back();
    free_.pop_back();
    return place;
  }
  void give_back(GraphPlace* place) noexcept {
    const std::scoped_lock lock(mutex_);
    place->graph = nullptr;
    ++place->generation;
    free_.push_back(place);
  }

 private:
  using Block = std::array<GraphPlace, 64>;
  std::mutex mutex_;
  std::vector<std::unique_ptr<Block>> blocks_;
  std::vector<GraphPlace*> free_;
};

/// Returns the pool. Never destroyed: graphs of static storage duration may be destroyed later.
GraphPlaces& graph_places() {
  static auto& places = *new GraphPlaces;
  return places;
}

}  // namespace

GraphPlace* take_graph_place() {
  return graph_places().take();
}

void give_back_graph_place(GraphPlace* place) noexcept {
  graph_places().give_back(place);
}

}  // namespace foregraph::detail
