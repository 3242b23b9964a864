#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

#include <foregraph/detail/base/export.hpp>
#include <foregraph/detail/compile/region_code.hpp>
#include <foregraph/detail/graph/kernel.hpp>
#include <foregraph/detail/kernels/loop_code.hpp>
#include <foregraph/detail/kernels/region_kernels.hpp>

namespace foregraph {

/// A fused region ready to run tile by tile, in one pass over the operands in memory. Intermediate
/// values are in a scratch buffer of `scratch_bytes` on the stack that stays in the cache.
///
/// For each tile, loads that are not simply contiguous are first laid out in scratch. Then the
/// stages run: each is a tile kernel of one or two ops (see region_steps.cpp) or a compiled loop of
/// several. Finally, sums are formed, and results that could not be written directly are copied to
/// their destination. Sums are formed by tile, then by chunk of tiles, then over all chunks, in an
/// order that does not depend on the threads. Cache lines of the next tile are prefetched
/// meanwhile.
class FOREGRAPH_EXPORT RegionProgram {
 public:
  static constexpr std::size_t scratch_bytes = 64 * 1024;

  /// Prepares the region `code`. Loops are added to `loops`, which must outlive the region and be
  /// sealed before the region runs; if null, every step is interpreted. Throws InternalError if a
  /// kernel is missing.
  RegionProgram(const Graph& g, const RegionCode& code, LoopCode* loops = nullptr);
  /// Switches to interpreting every step; called if the loops could not be compiled.
  void interpret();

  /// Nodes in the order in which KernelCall::inputs and KernelCall::outputs must list their memory.
  [[nodiscard]] const std::vector<NodeId>& input_nodes() const { return input_nodes_; }
  [[nodiscard]] const std::vector<NodeId>& output_nodes() const { return output_nodes_; }

  /// Finds the results that can be written directly to memory: those that overwrite no operand
  /// which a later step reads. Must be called once addresses are known, before the first run.
  void find_aliases(const void* const* inputs, void* const* outputs);
  /// Sets sizes for batches of `batch_size` samples.
  void bind(std::int64_t batch_size);

  /// Calls `visit` with the tile kernel of each step that is not part of a loop.
  template <class Visit>
  void for_each_kernel(const Visit& visit) const {
    for (const Stage& stage : stages_) {
      const Step& step = steps_[stage.begin];
      if (stage.loop >= 0) continue;
      if (step.both != nullptr)
        visit(step.both);
      else
        visit(step.kernel);
    }
  }

  /// Runs the region; a KernelFn. KernelCall::region is the RegionProgram.
  static void run(const KernelCall& call);

 private:
  struct Load {
    std::int32_t value = 0;
    std::int32_t input = 0;  ///< index into input_nodes
    LoadPattern pattern = LoadPattern::contiguous;
    bool is_truth = false;
    bool once = false;  ///< laid out once per call, as it is equal for every tile
    std::int32_t slot = -1;
    Dim inner_dim{1};
    std::int64_t inner = 1;
    Shape source{};
  };
  struct Immediate {
    std::int32_t value = 0;
    std::int32_t slot = 0;
    OpKind kind = OpKind::constant;
    double number = 0;
    std::int32_t setting = -1;
    Shape extent{};
  };
  struct Step {
    const OpDef* op = nullptr;  ///< null for two ops in one step
    TileFn kernel = nullptr;
    std::int32_t value = 0;
    std::int32_t arity = 0;
    std::array<std::int32_t, 4> operands{};
    Arithmetic what{};
    BothFn both = nullptr;  ///< used instead of `kernel`; computes `other` too
    std::int32_t other = -1;

    [[nodiscard]] bool reads(std::int32_t v) const {
      for (int i = 0; i < arity; ++i)
        if (operands[static_cast<std::size_t>(i)] == v) return true;
      return false;
    }
  };
  /// Consecutive steps that run together on a tile: the kernel of one step, or a loop of several.
  struct Stage {
    std::size_t begin = 0;  ///< index into steps_
    std::size_t end = 0;
    std::int32_t loop = -1;              ///< number in the LoopCode, or -1
    std::vector<std::int32_t> reads{};   ///< values it reads from memory
    std::vector<std::int32_t> writes{};  ///< values that must be in memory after it
    double cost = 1;                     ///< per element, relative to a one-instruction kernel
  };
  struct Store {
    std::int32_t value = 0;
    std::int32_t output = 0;
    bool is_truth = false;
    bool may_be_direct = false;  ///< computed in this region and stored in its dtype
    bool direct = false;
  };
  /// Sums of a value; the pattern gives the sum to which element i is added.
  struct Sum {
    std::int32_t value = 0;
    std::int32_t output = 0;
    LoadPattern pattern = LoadPattern::scalar;
    Dim inner_dim{1};
    std::int64_t inner = 1;
    std::int64_t in_a_chunk = 1;  ///< sums formed for each chunk; 0 for rows, summed in place
  };
  /// A stage as it runs for each tile, after some cache lines of the next tile are prefetched.
  struct Call {
    LoopCode::Fn loop = nullptr;  ///< if null, the kernel of `step` runs
    const Step* step = nullptr;
    std::int64_t lines = 0;  ///< lines of each stream prefetched before this call
  };
  /// An operand or result that is read or written contiguously in memory.
  struct Stream {
    bool is_output = false;
    std::int32_t operand = 0;  ///< index into input_nodes or output_nodes
  };
  static constexpr std::size_t most_streams = 16;  ///< most streams that are prefetched

  void merge_steps();
  void take_both_at_once();
  void take_two_ops_at_once();
  void take_choices_at_once();
  /// Groups the steps into stages. See region_stages.cpp.
  void form_stages(LoopCode* loops);
  void put_slow_steps_first();
  void add_stage(std::size_t begin, std::size_t end, LoopCode* loops);
  [[nodiscard]] bool is_uniform(std::int32_t value) const;
  [[nodiscard]] bool is_kept(std::int32_t value) const;
  [[nodiscard]] int uses_of(std::int32_t value) const;
  void find_streams(const void* const* inputs, void* const* outputs);
  void allot_slots();
  void make_calls();
  template <class T>
  void run_as(const KernelCall& call) const;
  template <class T>
  void run_sums(const KernelCall& call) const;
  /// Runs the elements from `begin` to `end`; `begin` is a multiple of the tile, and so is `end`
  /// unless it is the number of elements. `pointers` has room for one pointer per value. The sums
  /// of the elements are added to `sums`, an array of `chunk_sums_` numbers.
  template <class T>
  void run_tiles(const KernelCall& call, std::int64_t begin, std::int64_t end, void** pointers,
                 T* sums) const;
  template <class T>
  void load_tile(const Load& load, const KernelCall& call, T* scratch, std::int64_t start,
                 std::int64_t count, void** pointers) const;

  Shape shape_{};
  DType dtype_ = f32;
  std::int64_t elements_ = 0;
  std::int64_t tile_ = 0;
  std::int32_t slots_ = 0;
  void (*sum_up_)(void* sums, const void* x, const SumTile& tile) = nullptr;
  std::int64_t chunk_sums_ = 0;   ///< numbers in a chunk's sums, over all Sum entries
  std::int64_t least_chunk_ = 0;  ///< chunks are multiples of it: whole tiles, and rows if summed
  bool is_far_ = false;           ///< true if the streams exceed the nearest caches
  std::vector<NodeId> input_nodes_;
  std::vector<NodeId> output_nodes_;
  std::vector<Load> loads_;
  std::vector<Immediate> immediates_;
  std::vector<Step> steps_;
  std::vector<Stage> stages_;
  std::vector<Call> calls_;
  const LoopCode* loops_ = nullptr;
  std::vector<Store> stores_;
  std::vector<Sum> sums_;
  std::vector<Stream> streams_;
  std::vector<std::int32_t> slot_of_;                 ///< by value; -1 if not in scratch
  mutable std::vector<void*> pointers_;               ///< by value, for the current tile
  std::array<std::int64_t, Shape::max_rank> dims_{};  ///< for the general pattern
};

}  // namespace foregraph
