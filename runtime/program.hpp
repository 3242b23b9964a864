#pragma once

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include <foregraph/detail/base/export.hpp>
#include <foregraph/detail/base/system/arena.hpp>
#include <foregraph/detail/base/system/cpu.hpp>
#include <foregraph/detail/base/system/stack.hpp>
#include <foregraph/detail/graph/kernel.hpp>
#include <foregraph/detail/kernels/loop_code.hpp>
#include <foregraph/detail/kernels/threads/parallel.hpp>
#include <foregraph/detail/kernels/threads/thread_pool.hpp>
#include <foregraph/detail/planner/plan.hpp>
#include <foregraph/detail/runtime/recording.hpp>

namespace foregraph {

class PageFile;
class RegionProgram;

/// A kernel compiled for the exact expression of a fused region. It runs regions with the same
/// fingerprint; regions without such a kernel are interpreted tile by tile.
struct SpecialisedRegion {
  /// Of the expression; equal for equal regions.
  std::uint64_t fingerprint = 0;
  /// Runs the region.
  KernelFn run = nullptr;
  Isa isa = Isa::baseline;  ///< vector instructions it was compiled for
};

/// A planned graph lowered to a list of instructions: kernel, operands, sizes. A run is one loop
/// over the list, without allocations, look-ups or decisions.
class FOREGRAPH_EXPORT Program {
 public:
  /// Lowers `graph`. If `loops`, the arithmetic of regions is compiled, see LoopCode. Throws
  /// InternalError if an op has no kernel for a dtype its shape rule allows.
  Program(Graph graph, Plan plan, std::span<const SpecialisedRegion> specialised = {},
          bool loops = LoopCode::is_available());
  Program(const Program&) = delete;
  Program& operator=(const Program&) = delete;
  ~Program();  // not in each file that includes this

  /// Sets the addresses of the arena's segments. Each must have the size in the plan, be aligned to
  /// 64 bytes and outlive the program; `inputs` holds the plan's number of slots. Without `threads`
  /// the program allocates the threads' workspaces.
  void attach(std::byte* variables, std::byte* inputs, std::byte* transient,
              std::byte* sums = nullptr, std::byte* threads = nullptr);
  /// Sets the file of a step with paged values (see page_within()), which must outlive the program.
  void use_pages(PageFile* file);
  /// Sets the number of samples of the next steps, from 1 to the plan's batch. Offsets of buffers
  /// do not change.
  void bind(std::int64_t batch_size);
  /// Sets the slot from which the next steps read their inputs.
  void use_slot(std::int64_t slot);
  /// Runs the step. Throws DataError (a label out of range), NumericsError or ResourceError (too
  /// little stack, see check_stack()), in each case with all variables unchanged.
  void run() const {
    check_stack();
    const UseThreads use(threads_);
    const detail::LendWorkspaces lend(thread_workspaces_);
    const TransfersOfStep transfers{pages_};
    if (recording_ != nullptr) return run_recorded();
    for (std::size_t i = 0; i < loss_is_known_; ++i) instructions_[i].run(instructions_[i].call);
    if (guards_loss_ && !std::isfinite(loss())) throw_loss_is_not_finite();
    for (std::size_t i = loss_is_known_; i < instructions_.size(); ++i)
      instructions_[i].run(instructions_[i].call);
  }
  /// Makes run() throw NumericsError as soon as the loss is known to be NaN or infinite, which is
  /// before any variable changes. Has no effect on programs without a loss.
  void guard_loss();

  /// Sets the number of threads for the next steps: 1 to max_threads, or 0 for default_threads().
  /// Starts missing threads of the pool now, so that no step has to. If the plan is for fewer
  /// threads, allocates workspaces for the others, beyond the plan. A new program uses one thread.
  /// Throws BudgetError if there is no memory for workspaces.
  void use_threads(int threads);
  /// Returns the number of threads of the next steps.
  [[nodiscard]] int threads() const { return threads_; }

  /// Records the instructions of the next steps in `recording`, which must outlive them; null ends
  /// the recording.
  void record(Recording* recording) { recording_ = recording; }
  /// Returns the number of instructions. Instructions are numbered in the order in which they run;
  /// task_of() returns the task of one, operands_of() the nodes it reads and then those it writes.
  [[nodiscard]] std::size_t instructions() const { return instructions_.size(); }
  /// Returns the task of an instruction.
  [[nodiscard]] const Task& task_of(std::size_t instruction) const {
    return plan_.tasks.list[static_cast<std::size_t>(instructions_[instruction].task)];
  }
  /// Returns the nodes that an instruction reads, then those that it writes.
  [[nodiscard]] std::span<const NodeId> operands_of(std::size_t instruction) const {
    const Instruction& i = instructions_[instruction];
    return {operand_nodes_.data() + i.first_operand,
            static_cast<std::size_t>(i.inputs) + static_cast<std::size_t>(i.outputs)};
  }

  /// Loads the code of the kernels into memory, which otherwise happens in the first step.
  void load_code() const;

  /// Returns the graph that was lowered.
  [[nodiscard]] const Graph& graph() const { return graph_; }
  /// Returns the plan it was lowered with.
  [[nodiscard]] const Plan& plan() const { return plan_; }
  /// Returns the number of samples of the next steps.
  [[nodiscard]] std::int64_t bound_batch() const { return batch_; }
  /// Returns the values of the graph's settings, in their order, to read or to change.
  [[nodiscard]] std::vector<double>& settings() { return settings_; }
  /// Returns the address of a variable, an input, an output or the loss. Other nodes may be
  /// overwritten during the step.
  [[nodiscard]] std::byte* address_of(NodeId id) const;
  /// Returns the loss of the last step.
  [[nodiscard]] double loss() const;
  /// Returns true if the regions' arithmetic runs as compiled loops, false if it is interpreted.
  [[nodiscard]] bool has_loops() const { return has_loops_; }
  /// Returns the number of regions that run specialised kernels.
  [[nodiscard]] int specialised_regions() const { return specialised_regions_; }

 private:
  /// Ends with no transfer of the step under way, also if the step throws.
  struct TransfersOfStep {
    PageFile* file = nullptr;
    ~TransfersOfStep() {
      if (file != nullptr) finish(*file);
    }
    FOREGRAPH_EXPORT static void finish(PageFile& file) noexcept;
  };
  struct Instruction {
    KernelFn run = nullptr;
    KernelCall call{};
    std::int32_t task = 0;
    std::int32_t first_operand = 0;  ///< into operands_ and shapes_; inputs, then outputs
    std::int32_t inputs = 0;
    std::int32_t outputs = 0;
    RegionProgram* region = nullptr;
  };
  /// Appends an operand of the current instruction.
  void add_operand(NodeId seen);
  void add_region(std::int32_t task, std::span<const SpecialisedRegion> specialised);
  void add_op(std::int32_t task);
  void add_copy(std::int32_t task);
  void find_thread_workspaces();
  void update_addresses(std::span<const std::int32_t> operands);
  [[noreturn]] void throw_loss_is_not_finite() const;
  void run_recorded() const;
  void run_counting_pages() const;

  Graph graph_;
  Plan plan_;
  std::vector<Instruction> instructions_;
  std::vector<NodeId> operand_nodes_;
  std::vector<void*> operands_;
  std::vector<ConcreteShape> shapes_;
  std::vector<std::int32_t> input_operands_;   ///< operands to update when the slot changes
  std::vector<std::int32_t> moving_operands_;  ///< views whose offset changes with the batch
  LoopCode loops_;
  std::vector<std::unique_ptr<RegionProgram>> regions_;
  std::vector<std::string> names_;
  std::vector<double> settings_;
  std::byte* bases_[segment_count] = {};
  std::int64_t slot_ = 0;
  std::int64_t batch_ = 0;
  int specialised_regions_ = 0;
  bool has_loops_ = false;
  std::size_t loss_is_known_ = 0;  ///< number of instructions after which the loss is known
  const std::byte* loss_at_ = nullptr;
  bool guards_loss_ = false;
  int threads_ = 1;
  detail::ThreadWorkspaces thread_workspaces_{};
  Arena own_thread_workspaces_;  ///< if the caller gave none, or not enough
  Recording* recording_ = nullptr;
  PageFile* pages_ = nullptr;
};

/// Records the steps of a program during its lifetime.
class RecordingScope {
 public:
  /// Starts to record; `program` and `recording` must outlive the object.
  RecordingScope(Program& program, Recording& recording) : program_(&program) {
    program.record(&recording);
  }
  ~RecordingScope() { program_->record(nullptr); }
  RecordingScope(const RecordingScope&) = delete;
  RecordingScope& operator=(const RecordingScope&) = delete;

 private:
  Program* program_;
};

}  // namespace foregraph
