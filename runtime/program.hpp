#pragma once

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include <foregraph/detail/base/system/cpu.hpp>
#include <foregraph/detail/base/system/stack.hpp>
#include <foregraph/detail/graph/kernel.hpp>
#include <foregraph/detail/kernels/threads/parallel.hpp>
#include <foregraph/detail/planner/plan.hpp>
#include <foregraph/detail/runtime/recording.hpp>
#include <foregraph/detail/runtime/region.hpp>

namespace foregraph {

/// A fused region compiled for its exact expression. Used for the region of the same fingerprint;
/// regions without one are interpreted tile by tile.
struct SpecialisedRegion {
  std::uint64_t fingerprint = 0;
  KernelFn run = nullptr;
  Isa isa = Isa::baseline;  ///< the vector instructions it was compiled for
};

/// A planned graph lowered to a list of instructions: kernel, operands, sizes. Running it is one
/// loop over the list; nothing is allocated, looked up or decided there.
class Program {
 public:
  /// `loops`: whether the arithmetic of regions is compiled, see LoopCode. Throws InternalError if
  /// an op has no kernel for a dtype its shape rule allows.
  Program(Graph graph, Plan plan, std::span<const SpecialisedRegion> specialised = {},
          bool loops = LoopCode::is_available());
  Program(const Program&) = delete;
  Program& operator=(const Program&) = delete;

  /// Where the segments of the arena are. Each has the size the plan says, is aligned to 64 bytes
  /// and outlives the program; `inputs` holds the plan's number of slots.
  void attach(std::byte* variables, std::byte* inputs, std::byte* transient,
              std::byte* sums = nullptr);
  /// Sets the number of samples of the next steps, 1 to the plan's batch; offsets stay.
  void bind(std::int64_t batch_size);
  /// The slot from which the next steps read their inputs.
  void use_slot(std::int64_t slot);
  /// Runs the step. DataError (a label out of range), NumericsError and ResourceError (too little
  /// stack, see check_stack()) leave all variables as they were.
  void run() const {
    check_stack();
    const UseThreads use(threads_);
    if (recording_ != nullptr) return run_recorded();
    for (std::size_t i = 0; i < loss_is_known_; ++i) instructions_[i].run(instructions_[i].call);
    if (guards_loss_ && !std::isfinite(loss())) throw_loss_is_not_finite();
    for (std::size_t i = loss_is_known_; i < instructions_.size(); ++i)
      instructions_[i].run(instructions_[i].call);
  }
  /// From now on run() throws NumericsError as soon as the loss is known to be NaN or infinite,
  /// which is before any variable changes. No effect on programs without a loss.
  void guard_loss();

  /// How many threads the next steps may use: 1 to max_threads, or 0 for default_threads(). Starts
  /// what is missing of the thread pool, so that no step does. A new program uses one.
  void use_threads(int threads);
  [[nodiscard]] int threads() const { return threads_; }

  /// Has the next steps recorded, instruction by instruction; null: no more. The recording must
  /// outlive that.
  void record(Recording* recording) { recording_ = recording; }
  /// The instructions, in the order they run: how many, the task of each, and the nodes it reads
  /// and writes, the written ones last.
  [[nodiscard]] std::size_t instructions() const { return instructions_.size(); }
  [[nodiscard]] const Task& task_of(std::size_t instruction) const {
    return plan_.tasks.list[static_cast<std::size_t>(instructions_[instruction].task)];
  }
  [[nodiscard]] std::span<const NodeId> operands_of(std::size_t instruction) const {
    const Instruction& i = instructions_[instruction];
    return {operand_nodes_.data() + i.first_operand,
            static_cast<std::size_t>(i.inputs) + static_cast<std::size_t>(i.outputs)};
  }

  /// Has the system load the code of the kernels, which it else does at the first step.
  void load_code() const;

  [[nodiscard]] const Graph& graph() const { return graph_; }
  [[nodiscard]] const Plan& plan() const { return plan_; }
  [[nodiscard]] std::int64_t bound_batch() const { return batch_; }
  [[nodiscard]] std::vector<double>& settings() { return settings_; }
  /// The memory of a variable, input, output or the loss (not of other nodes, which may be
  /// overwritten during the step).
  [[nodiscard]] std::byte* address_of(NodeId id) const;
  /// The loss of the last step.
  [[nodiscard]] double loss() const;
  /// Whether the regions' arithmetic runs as compiled loops; if not it is interpreted.
  [[nodiscard]] bool has_loops() const { return has_loops_; }
  /// How many regions run specialised kernels.
  [[nodiscard]] int specialised_regions() const { return specialised_regions_; }

 private:
  struct Instruction {
    KernelFn run = nullptr;
    KernelCall call{};
    std::int32_t task = 0;
    std::int32_t first_operand = 0;  ///< into operands_, input_shapes_; inputs first, then outputs
    std::int32_t inputs = 0;
    std::int32_t outputs = 0;
    RegionProgram* region = nullptr;
  };
  /// An operand of an instruction, as a node; `bytes_` of a copy.
  void add_operand(NodeId seen);
  void add_region(std::int32_t task, std::span<const SpecialisedRegion> specialised);
  void add_op(std::int32_t task);
  void add_copy(std::int32_t task);
  void update_addresses(std::span<const std::int32_t> operands);
  [[noreturn]] void throw_loss_is_not_finite() const;
  void run_recorded() const;

  Graph graph_;
  Plan plan_;
  std::vector<Instruction> instructions_;
  std::vector<NodeId> operand_nodes_;
  std::vector<void*> operands_;
  std::vector<ConcreteShape> shapes_;
  std::vector<std::int32_t> input_operands_;   ///< those to patch when the slot changes
  std::vector<std::int32_t> moving_operands_;  ///< when the batch does: views that begin later
  LoopCode loops_;
  std::vector<std::unique_ptr<RegionProgram>> regions_;
  std::vector<std::string> names_;
  std::vector<double> settings_;
  std::byte* bases_[segment_count] = {};
  std::int64_t slot_ = 0;
  std::int64_t batch_ = 0;
  int specialised_regions_ = 0;
  bool has_loops_ = false;
  std::size_t loss_is_known_ = 0;  ///< after so many instructions
  const std::byte* loss_at_ = nullptr;
  bool guards_loss_ = false;
  int threads_ = 1;
  Recording* recording_ = nullptr;
};

/// Has a program's steps recorded while it lives.
class RecordingScope {
 public:
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
