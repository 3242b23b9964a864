#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

#include <foregraph/detail/compile/region_code.hpp>
#include <foregraph/detail/graph/kernel.hpp>
#include <foregraph/detail/kernels/loop_code.hpp>
#include <foregraph/detail/kernels/region_kernels.hpp>

namespace foregraph {

/// A fused region ready to run tile by tile: one pass over the operands in memory, intermediate
/// values in a scratch of `scratch_bytes` on the stack that stays in the cache.
///
/// Per tile: loads that are not simply contiguous are laid out in scratch, then the stages run:
/// each a tile kernel, of one op or of two (see region_steps.cpp), or a compiled loop of several.
/// Then results that could not be written directly are copied to their place, and sums are formed:
/// by tile, by chunk of tiles and then of all chunks, whichever threads run them. While the steps
/// compute, the lines of the next tile are on their way from memory.
class RegionProgram {
 public:
  static constexpr std::size_t scratch_bytes = 64 * 1024;

  /// Loops are added to `loops`, which must outlive the region and be sealed before it is used;
  /// null: every step is interpreted. Throws InternalError if a kernel is missing.
  RegionProgram(const Graph& g, const RegionCode& code, LoopCode* loops = nullptr);
  /// Has every step interpreted, where the loops could not be made.
  void interpret();

  /// Nodes in the order in which KernelCall::inputs and ::outputs have to list their memory.
  [[nodiscard]] const std::vector<NodeId>& input_nodes() const { return input_nodes_; }
  [[nodiscard]] const std::vector<NodeId>& output_nodes() const { return output_nodes_; }

  /// To be called when addresses are known: a result may only be written at once if no later step
  /// reads the operand it overwrites. Must be called before the first run.
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

  /// A KernelFn; KernelCall::region is the RegionProgram.
  static void run(const KernelCall& call);

 private:
  struct Load {
    std::int32_t value = 0;
    std::int32_t input = 0;  ///< index into input_nodes
    LoadPattern pattern = LoadPattern::contiguous;
    bool is_truth = false;
    bool once = false;  ///< laid out once per call, the same for every tile
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
    const OpDef* op = nullptr;  ///< null: two ops in one
    TileFn kernel = nullptr;
    std::int32_t value = 0;
    std::int32_t arity = 0;
    std::array<std::int32_t, 4> operands{};
    Arithmetic what{};
    BothFn both = nullptr;  ///< instead of `kernel`: gives `other` too
    std::int32_t other = -1;

    [[nodiscard]] bool reads(std::int32_t v) const {
      for (int i = 0; i < arity; ++i)
        if (operands[static_cast<std::size_t>(i)] == v) return true;
      return false;
    }
  };
  /// Steps that run one after the other for a part of a tile: the kernel of one, or a loop of all.
  struct Stage {
    std::size_t begin = 0;  ///< of the steps
    std::size_t end = 0;
    std::int32_t loop = -1;              ///< in the LoopCode
    std::vector<std::int32_t> reads{};   ///< values in memory
    std::vector<std::int32_t> writes{};  ///< values that have to be in memory after it
    double cost = 1;                     ///< of an element: a step's kernel of one instruction is 1
  };
  struct Store {
    std::int32_t value = 0;
    std::int32_t output = 0;
    bool is_truth = false;
    bool may_be_direct = false;  ///< computed in this region and of the computing type
    bool direct = false;
  };
  /// Element i of a value goes to the sum that the pattern gives.
  struct Sum {
    std::int32_t value = 0;
    std::int32_t output = 0;
    LoadPattern pattern = LoadPattern::scalar;
    Dim inner_dim{1};
    std::int64_t inner = 1;
    std::int64_t in_a_chunk = 1;  ///< how many are formed for each chunk; 0: rows, in place
  };
  /// A stage as it is run for each tile, after some lines of the next one were asked for.
  struct Call {
    LoopCode::Fn loop = nullptr;  ///< null: the kernel of `step`
    const Step* step = nullptr;
    std::int64_t lines = 0;  ///< of each stream that are asked for by then
  };
  /// What is read or written element by element, in memory.
  struct Stream {
    bool is_output = false;
    std::int32_t operand = 0;  ///< index into input_nodes or output_nodes
  };
  static constexpr std::size_t most_streams = 16;  ///< of which lines are asked for ahead

  void merge_steps();
  void take_both_at_once();
  void take_two_ops_at_once();
  void take_choices_at_once();
  /// See region_stages.cpp.
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
  /// The elements from `begin` to `end`; both are multiples of the tile or the end. `pointers` has
  /// room for one per value. To `sums`, which has `chunk_sums_`, is added what the elements sum to.
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
  std::int64_t chunk_sums_ = 0;   ///< of a chunk, of all sums
  std::int64_t least_chunk_ = 0;  ///< chunks are multiples of it: whole tiles, and rows if summed
  bool is_far_ = false;           ///< the streams are more than the nearest caches hold
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
  std::vector<std::int32_t> slot_of_;                 ///< by value; -1: not in scratch
  mutable std::vector<void*> pointers_;               ///< by value, of the current tile
  std::array<std::int64_t, Shape::max_rank> dims_{};  ///< for the general pattern
};

}  // namespace foregraph
