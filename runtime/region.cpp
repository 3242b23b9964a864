#include <algorithm>
#include <cstring>
#include <foregraph/detail/base/error.hpp>
#include <foregraph/detail/runtime/op_kernels.hpp>
#include <foregraph/detail/runtime/region.hpp>
#include <foregraph/detail/runtime/region_chunk.hpp>
#include <numeric>
#include <string>
#include <type_traits>

namespace foregraph {
namespace {

/// Tiles are multiples of this many elements, so that they stay aligned to 64 bytes in any dtype.
constexpr std::int64_t granule = 64;
constexpr std::int64_t longest_tile = 1024;  // longer tiles are no faster
constexpr std::int64_t far_tile = 256;
constexpr std::size_t most_values = 512;

std::size_t bytes_in_scratch(DType dtype) {
  return dtype == f64 || dtype == i64 ? 8 : 4;
}

std::int32_t index_in(std::vector<NodeId>& nodes, NodeId id) {
  const auto at = std::find(nodes.begin(), nodes.end(), id);
  if (at != nodes.end()) return static_cast<std::int32_t>(at - nodes.begin());
  nodes.push_back(id);
  return static_cast<std::int32_t>(nodes.size()) - 1;
}

}  // namespace

RegionProgram::RegionProgram(const Graph& g, const RegionCode& code, LoopCode* loops)
    : shape_(code.shape), dtype_(code.dtype == boolean ? f32 : code.dtype) {
  slot_of_.assign(code.values.size(), -1);
  pointers_.assign(code.values.size(), nullptr);
  for (std::size_t v = 0; v < code.values.size(); ++v) {
    const RegionValue& value = code.values[v];
    const auto index = static_cast<std::int32_t>(v);
    switch (value.kind) {
      case RegionValue::Kind::load:
        loads_.push_back({index, index_in(input_nodes_, value.node), value.pattern, value.is_truth,
                          false, -1, value.inner, 1, value.source});
        break;
      case RegionValue::Kind::immediate: {
        const Node& leaf = g.node(value.node);
        Immediate immediate{
            index, 0, leaf.op->kind, leaf.attributes.number, -1, leaf.attributes.shape};
        if (leaf.op->kind == OpKind::setting)
          immediate.setting = static_cast<std::int32_t>(leaf.attributes.integers[0]);
        immediates_.push_back(immediate);
        break;
      }
      case RegionValue::Kind::apply: {
        const TileFn kernel = runnable_kernels(*value.op).tile[static_cast<std::size_t>(dtype_)];
        if (kernel == nullptr)
          throw InternalError(
              "op '" + std::string(value.op->name) + "' has no tile kernel for " +
              std::string(name_of(dtype_)) +
              "; an elementwise op needs one for every dtype its shape rule allows");
        steps_.push_back({value.op, kernel, index, value.arity, value.operands});
        break;
      }
      case RegionValue::Kind::sum:
        sums_.push_back({value.operands[0], index_in(output_nodes_, value.stored_as), value.pattern,
                         value.inner, 1, planning::sums_in_a_chunk({value.pattern, value.inner})});
        chunk_sums_ += sums_.back().in_a_chunk;
        continue;
    }
    if (value.stored_as == no_node) continue;
    const bool may_be_direct = value.kind == RegionValue::Kind::apply && !value.is_truth;
    stores_.push_back(
        {index, index_in(output_nodes_, value.stored_as), value.is_truth, may_be_direct, false});
  }
  if (!sums_.empty()) sum_up_ = region_kernels(dtype_).sum_up;
  merge_steps();
  form_stages(loops);
}

void RegionProgram::bind(std::int64_t batch_size) {
  elements_ = shape_.elements().at(batch_size);
  for (int i = 0; i < shape_.rank; ++i)
    dims_[static_cast<std::size_t>(i)] = shape_[i].at(batch_size);
  const auto element = static_cast<std::int64_t>(bytes_in_scratch(dtype_));
  const std::int64_t room = static_cast<std::int64_t>(scratch_bytes) / element / (slots_ + 1);
  std::int64_t period = granule;  // common period of all rows, so that each is laid out once
  for (Load& load : loads_) {
    load.inner = load.inner_dim.at(batch_size);
    if (load.pattern == LoadPattern::row && period <= longest_tile)
      period = std::lcm(period, load.inner);
  }
  // Prefetched lines must fit in the cache beside the tile. Do not prefetch from the nearest
  // caches.
  constexpr std::int64_t far_bytes = 4 * 1024 * 1024;
  is_far_ = elements_ * element * static_cast<std::int64_t>(streams_.size()) > far_bytes;
  std::int64_t tile = std::min(room, longest_tile);
  if (is_far_ && period <= far_tile) tile = std::min(tile, far_tile);
  // Two thirds of a 48 KiB first-level cache.
  tile = std::min(tile, std::max<std::int64_t>(granule, 32 * 1024 / element / (slots_ + 1)));
  tile = tile / granule * granule;
  if (tile < granule)
    throw InternalError("a fused region keeps " + std::to_string(slots_) +
                        " values at once, more than its scratch buffer holds");
  const bool rows_once = period <= tile;
  if (rows_once) tile = tile / period * period;
  // Sums by column are also fastest with tiles of whole rows.
  for (const Sum& sum : sums_) {
    if (sum.pattern != LoadPattern::row) continue;
    const std::int64_t of_both =
        std::lcm(rows_once ? period : granule, sum.inner_dim.at(batch_size));
    if (of_both <= tile) tile = tile / of_both * of_both;
  }
  for (Load& load : loads_)
    load.once = load.pattern == LoadPattern::scalar ||
                (load.pattern == LoadPattern::row && (rows_once || elements_ <= tile));
  tile_ = tile;
  least_chunk_ = tile;
  for (Sum& sum : sums_) {
    sum.inner = sum.inner_dim.at(batch_size);
    if (sum.pattern == LoadPattern::column && least_chunk_ < elements_)
      least_chunk_ = std::lcm(least_chunk_, sum.inner);
  }
  make_calls();
}

/// Distributes the prefetches of the next tile over the stages in proportion to their cost, so that
/// memory is busy all the time. Splitting stages for this was slower.
void RegionProgram::make_calls() {
  calls_.clear();
  constexpr std::int64_t line = 64;
  const std::int64_t lines =
      is_far_ ? tile_ * static_cast<std::int64_t>(bytes_in_scratch(dtype_)) / line : 0;
  double total = 0;
  for (const Stage& stage : stages_) total += stage.cost;
  double done = 0;
  for (const Stage& stage : stages_) {
    done += static_cast<double>(lines) * stage.cost / total;
    calls_.push_back({stage.loop >= 0 ? loops_->at(stage.loop) : nullptr, &steps_[stage.begin],
                      static_cast<std::int64_t>(done + 0.5)});
  }
}

namespace {

template <class T>
T element_of(const void* source, std::int64_t index, bool is_truth) {
  return is_truth ? static_cast<T>(static_cast<const unsigned char*>(source)[index] != 0)
                  : static_cast<const T*>(source)[index];
}

/// Returns the index into `source` of element `index` of `dims`, broadcasting like NumPy.
std::int64_t general_index(std::int64_t index, const std::int64_t* dims, int rank,
                           const Shape& source) {
  std::int64_t at = 0;
  std::int64_t stride = 1;
  for (int from_end = 1; from_end <= source.rank; ++from_end) {
    const std::int64_t size = dims[rank - from_end];
    if (!source[-from_end].is_one()) {
      at += index % size * stride;
      stride *= size;
    }
    index /= size;
  }
  return at;
}

}  // namespace

template <class T>
void RegionProgram::load_tile(const Load& load, const KernelCall& call, T* scratch,
                              std::int64_t start, std::int64_t count, void** pointers) const {
  const void* source = call.inputs[load.input];
  const auto value = static_cast<std::size_t>(load.value);
  if (load.slot < 0) {
    pointers[value] = const_cast<T*>(static_cast<const T*>(source) + start);
    return;
  }
  T* out = scratch + load.slot * tile_;
  pointers[value] = out;
  switch (load.pattern) {
    case LoadPattern::contiguous:  // booleans
      for (std::int64_t i = 0; i < count; ++i) out[i] = element_of<T>(source, start + i, true);
      break;
    case LoadPattern::scalar:
      std::fill_n(out, count, element_of<T>(source, 0, load.is_truth));
      break;
    case LoadPattern::row: {
      std::int64_t at = start % load.inner;
      for (std::int64_t i = 0; i < count;) {
        const std::int64_t run = std::min(load.inner - at, count - i);
        if (load.is_truth)
          for (std::int64_t k = 0; k < run; ++k) out[i + k] = element_of<T>(source, at + k, true);
        else
          std::copy_n(static_cast<const T*>(source) + at, run, out + i);
        i += run;
        at = 0;
      }
      break;
    }
    case LoadPattern::column: {
      std::int64_t row = start / load.inner;
      std::int64_t left = load.inner - start % load.inner;
      for (std::int64_t i = 0; i < count;) {
        const std::int64_t run = std::min(left, count - i);
        std::fill_n(out + i, run, element_of<T>(source, row, load.is_truth));
        i += run;
        ++row;
        left = load.inner;
      }
      break;
    }
    case LoadPattern::general:
      for (std::int64_t i = 0; i < count; ++i)
        out[i] =
            element_of<T>(source, general_index(start + i, dims_.data(), shape_.rank, load.source),
                          load.is_truth);
      break;
  }
}

/// Runs all elements. On several threads, each chunk has separate pointers and scratch and lays out
/// the loads common to all tiles. Tiles do not depend on the number of threads, nor do results.
template <class T>
void RegionProgram::run_as(const KernelCall& call) const {
  if constexpr (std::is_floating_point_v<T>)
    if (!sums_.empty()) return run_sums<T>(call);
  if (threads_here() <= 1 || elements_ <= tile_ || pointers_.size() > most_values)
    return run_tiles<T>(call, 0, elements_, pointers_.data(), nullptr);
  parallel_for(elements_, region_chunk(pointers_.size(), tile_),
               [&](std::int64_t begin, std::int64_t end) {
                 void* pointers[most_values];
                 run_tiles<T>(call, begin, end, pointers, nullptr);
               });
}

/// Runs all elements and forms sums. Each chunk has separate sums. Results are written only when
/// the whole region has run, since they may overwrite an operand. A row lies within one chunk.
template <class T>
void RegionProgram::run_sums(const KernelCall& call) const {
  T sums[most_chunk_sums];
  const bool is_short = elements_ <= tile_;  // then skip the divisions below
  const std::int64_t chunk =
      is_short ? tile_ : region_chunk(pointers_.size(), least_chunk_, elements_, chunk_sums_);
  const std::int64_t chunks = is_short ? 1 : (elements_ + chunk - 1) / chunk;
  const auto run = [&](std::int64_t begin, std::int64_t end, void** pointers) {
    T* own = sums + (begin == 0 ? 0 : begin / chunk * chunk_sums_);
    std::fill_n(own, chunk_sums_, T(0));
    run_tiles<T>(call, begin, end, pointers, own);
  };
  if (is_short) {
    run(0, elements_, pointers_.data());
  } else if (threads_here() <= 1 || pointers_.size() > most_values) {
    for (std::int64_t begin = 0; begin < elements_; begin += chunk)
      run(begin, std::min(begin + chunk, elements_), pointers_.data());
  } else {
    parallel_for(elements_, chunk, [&](std::int64_t begin, std::int64_t end) {
      void* pointers[most_values];
      run(begin, end, pointers);
    });
  }
  add_chunks(sums, chunks, chunk_sums_);
  const T* first = sums;
  for (const Sum& sum : sums_) {
    std::copy_n(first, sum.in_a_chunk, static_cast<T*>(call.outputs[sum.output]));
    first += sum.in_a_chunk;
  }
}

template <class T>
void RegionProgram::run_tiles(const KernelCall& call, std::int64_t begin, std::int64_t end,
                              void** pointers, T* sums) const {
  alignas(64) std::byte memory[scratch_bytes];
  T* scratch = reinterpret_cast<T*>(memory);
  const std::int64_t widest = std::min(end - begin, tile_);
  for (const Immediate& immediate : immediates_) {
    double number = immediate.number;
    if (immediate.kind == OpKind::setting) number = call.settings[immediate.setting];
    if (immediate.kind == OpKind::extent)
      number = static_cast<double>(immediate.extent.elements().at(call.batch));
    T* out = scratch + immediate.slot * tile_;
#if defined(__GNUC__) && !defined(__clang__)
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wdangling-pointer"  // no pointer is read after this call
#endif
    pointers[static_cast<std::size_t>(immediate.value)] = out;
#if defined(__GNUC__) && !defined(__clang__)
#pragma GCC diagnostic pop
#endif
    std::fill_n(out, widest, static_cast<T>(number));
  }
  for (const Load& load : loads_)
    if (load.once) load_tile(load, call, scratch, 0, widest, pointers);
  for (const Stage& stage : stages_)
    for (const std::int32_t value : stage.writes) {
      const auto v = static_cast<std::size_t>(value);
      if (slot_of_[v] >= 0) pointers[v] = scratch + slot_of_[v] * tile_;
    }
  // The next tile's cache lines; some are prefetched before each stage.
  constexpr std::int64_t line = 64;
  const std::int64_t lines = tile_ * static_cast<std::int64_t>(sizeof(T)) / line;
  std::array<const std::byte*, most_streams> ahead;

  for (std::int64_t start = begin; start < end; start += tile_) {
    const std::int64_t count = std::min(tile_, end - start);
    for (const Load& load : loads_)
      if (!load.once) load_tile(load, call, scratch, start, count, pointers);
    for (const Store& store : stores_)
      if (store.direct)
        pointers[static_cast<std::size_t>(store.value)] =
            static_cast<T*>(call.outputs[store.output]) + start;
    std::int64_t asked = lines;
    if (is_far_ && start + tile_ < end) {
      asked = 0;
      for (std::size_t i = 0; i < streams_.size(); ++i) {
        const auto operand = static_cast<std::size_t>(streams_[i].operand);
        const void* base = streams_[i].is_output ? call.outputs[operand] : call.inputs[operand];
        ahead[i] = static_cast<const std::byte*>(base) +
                   (start + tile_) * static_cast<std::int64_t>(sizeof(T));
      }
    }
    for (const Call& each : calls_) {
      for (; asked < each.lines; ++asked)
        for (std::size_t i = 0; i < streams_.size(); ++i)
          __builtin_prefetch(ahead[i] + asked * line);
      if (each.loop != nullptr) {
        each.loop(pointers, static_cast<std::size_t>(count) * sizeof(T));
        continue;
      }
      const Step& step = *each.step;
      void* out = pointers[static_cast<std::size_t>(step.value)];
      const void* operands[4];
      for (int i = 0; i < step.arity; ++i)
        operands[i] =
            pointers[static_cast<std::size_t>(step.operands[static_cast<std::size_t>(i)])];
      if (step.both != nullptr)
        step.both(out, pointers[static_cast<std::size_t>(step.other)], operands[0],
                  static_cast<std::size_t>(count));
      else
        step.kernel(out, operands, static_cast<std::size_t>(count));
    }
    T* sums_of_chunk = sums;
    for (const Sum& sum : sums_) {
      T* out = sum.in_a_chunk > 0 ? sums_of_chunk : static_cast<T*>(call.outputs[sum.output]);
      sum_up_(out, pointers[static_cast<std::size_t>(sum.value)],
              {sum.pattern, sum.inner, start, count});
      sums_of_chunk += sum.in_a_chunk;
    }
    for (const Store& store : stores_) {
      if (store.direct) continue;
      const T* from = static_cast<const T*>(pointers[static_cast<std::size_t>(store.value)]);
      if (store.is_truth) {
        auto* out = static_cast<unsigned char*>(call.outputs[store.output]) + start;
        for (std::int64_t i = 0; i < count; ++i) out[i] = from[i] != T(0) ? 1 : 0;
      } else {
        std::memmove(static_cast<T*>(call.outputs[store.output]) + start, from,
                     static_cast<std::size_t>(count) * sizeof(T));
      }
    }
  }
}

void RegionProgram::run(const KernelCall& call) {
  const auto& region = *static_cast<const RegionProgram*>(call.region);
  switch (region.dtype_) {
    case DType::f64:
      return region.run_as<double>(call);
    case DType::i32:
      return region.run_as<std::int32_t>(call);
    case DType::i64:
      return region.run_as<std::int64_t>(call);
    case DType::f32:
    case DType::boolean:
      return region.run_as<float>(call);
  }
}

}  // namespace foregraph
