#include <cstring>
#include <foregraph/detail/base/error.hpp>
#include <foregraph/detail/base/files/page_file.hpp>
#include <foregraph/detail/base/system/touched_pages.hpp>
#include <foregraph/detail/compile/fingerprint.hpp>
#include <foregraph/detail/compile/paging/ops.hpp>
#include <foregraph/detail/kernels/threads/thread_pool.hpp>
#include <foregraph/detail/runtime/op_kernels.hpp>
#include <foregraph/detail/runtime/program.hpp>
#include <foregraph/detail/runtime/region.hpp>
#include <utility>

namespace foregraph {
namespace {

ConcreteShape concrete(const Shape& shape, std::int64_t batch_size) {
  ConcreteShape result;
  result.rank = shape.rank;
  // The second condition is always true, and keeps g++ 14 from warning of an axis beyond the array.
  for (int i = 0; i < shape.rank && i < Shape::max_rank; ++i) {
    result.dims[static_cast<std::size_t>(i)] = shape[i].at(batch_size);
    result.elements *= shape[i].at(batch_size);
  }
  return result;
}

/// Copies a new value into its variable.
void run_copy(const KernelCall& call) {
  std::memcpy(call.output, call.inputs[0], static_cast<std::size_t>(call.output_shape.elements));
}

}  // namespace

Program::~Program() = default;

Program::Program(Graph graph, Plan plan, std::span<const SpecialisedRegion> specialised, bool loops)
    : graph_(std::move(graph)), plan_(std::move(plan)), has_loops_(loops) {
  for (NodeId id = 0; id < graph_.size(); ++id)
    if (graph_.node(id).op->kind == OpKind::mode)
      throw InternalError("'" + full_name(graph_, id) +
                          "' is not resolved for training or evaluation; run passes::resolve_mode "
                          "before planning the graph");
  for (const NodeId id : graph_.settings) settings_.push_back(graph_.node(id).attributes.number);
  for (const std::int32_t task : plan_.order.tasks) {
    switch (plan_.tasks.list[static_cast<std::size_t>(task)].kind) {
      case Task::Kind::region:
        add_region(task, specialised);
        break;
      case Task::Kind::op:
        add_op(task);
        break;
      case Task::Kind::copy:
        add_copy(task);
        break;
    }
  }
  if (!loops_.seal()) {
    has_loops_ = false;
    for (const auto& region : regions_) region->interpret();
  }
  operands_.assign(operand_nodes_.size(), nullptr);
  shapes_.assign(operand_nodes_.size(), {});
  for (std::size_t i = 0; i < operand_nodes_.size(); ++i) {
    const NodeId root = planning::storage_root(graph_, operand_nodes_[i]);
    if (plan_.places[static_cast<std::size_t>(root)].segment == Segment::inputs)
      input_operands_.push_back(static_cast<std::int32_t>(i));
    else if (planning::offset_in_root(graph_, operand_nodes_[i], 1) !=
             planning::offset_in_root(graph_, operand_nodes_[i], 2))
      moving_operands_.push_back(static_cast<std::int32_t>(i));
  }
}

void Program::guard_loss() {
  if (graph_.loss == no_node) return;
  const NodeId root = planning::storage_root(graph_, graph_.loss);
  const std::int32_t task = plan_.tasks.task_of[static_cast<std::size_t>(root)];
  for (std::size_t i = 0; i < instructions_.size() && !guards_loss_; ++i) {
    if (instructions_[i].task != task) continue;
    loss_is_known_ = i + 1;
    guards_loss_ = true;
  }
}

void Program::use_threads(int threads) {
  threads_ = threads_for(threads);
  reserve_threads(threads_);
  find_thread_workspaces();
}

void Program::find_thread_workspaces() {
  const std::int64_t each = threads_ > 1 ? planning::workspace_per_thread(graph_, plan_.batch) : 0;
  const std::int64_t needed = each * (threads_ - 1);
  std::byte* memory = bases_[static_cast<std::size_t>(Segment::threads)];
  if (memory == nullptr || plan_.thread_bytes < needed) {
    if (static_cast<std::int64_t>(own_thread_workspaces_.size_bytes()) != needed) {
      own_thread_workspaces_ = Arena();  // freed before the other one is allocated
      if (needed > 0) own_thread_workspaces_ = Arena(static_cast<std::size_t>(needed));
    }
    memory = own_thread_workspaces_.data();
  } else {
    own_thread_workspaces_ = Arena();
  }
  thread_workspaces_ = {memory, each};
}

void Program::run_recorded() const {
  if (recording_->wants_memory()) return run_counting_pages();
  const bool wanted = recording_->wants_step();
  for (std::size_t i = 0; i < instructions_.size(); ++i) {
    const std::int64_t begin = recording_->now();
    instructions_[i].run(instructions_[i].call);
    if (wanted) recording_->add(static_cast<std::int32_t>(i), begin, recording_->now());
    if (guards_loss_ && i + 1 == loss_is_known_ && !std::isfinite(loss()))
      throw_loss_is_not_finite();
  }
  if (wanted) recording_->end_step();
}

void Program::run_counting_pages() const {
  // No transient value outlives a step.
  TouchedPages pages(bases_[static_cast<std::size_t>(Segment::transient)], plan_.transient_bytes);
  recording_->begin_memory();
  for (std::size_t i = 0; i < instructions_.size(); ++i) {
    instructions_[i].run(instructions_[i].call);
    recording_->add_touched(pages.bytes());
    if (guards_loss_ && i + 1 == loss_is_known_ && !std::isfinite(loss()))
      throw_loss_is_not_finite();
  }
  recording_->end_memory();
}

void Program::throw_loss_is_not_finite() const {
  throw NumericsError(std::isnan(loss()) ? "the loss is NaN" : "the loss is infinite");
}

void Program::add_operand(NodeId seen) {
  operand_nodes_.push_back(seen);
}

void Program::add_region(std::int32_t task, std::span<const SpecialisedRegion> specialised) {
  const RegionCode code = region_code(graph_, plan_.tasks, task);
  regions_.push_back(std::make_unique<RegionProgram>(graph_, code, has_loops_ ? &loops_ : nullptr));
  Instruction instruction;
  instruction.task = task;
  instruction.region = regions_.back().get();
  instruction.run = &RegionProgram::run;
  const std::uint64_t print = fingerprint(code, graph_);
  // On long regions, the wider vectors of the general kernels save more than a specialised loop;
  // measured on w1 to w4.
  constexpr std::int64_t short_region_elements = 256;
  const bool is_short = code.shape.elements().at(plan_.batch) <= short_region_elements;
  for (const SpecialisedRegion& s : specialised)
    if (s.fingerprint == print && s.run != nullptr && s.isa <= detected_isa() &&
        (is_short || s.isa >= active_isa())) {
      instruction.run = s.run;
      ++specialised_regions_;
      break;
    }
  instruction.first_operand = static_cast<std::int32_t>(operand_nodes_.size());
  for (const NodeId id : instruction.region->input_nodes()) add_operand(id);
  for (const NodeId id : instruction.region->output_nodes()) add_operand(id);
  instruction.inputs = static_cast<std::int32_t>(instruction.region->input_nodes().size());
  instruction.outputs = static_cast<std::int32_t>(instruction.region->output_nodes().size());
  names_.push_back("fused region");
  instructions_.push_back(instruction);
}

void Program::add_op(std::int32_t task) {
  const NodeId id = plan_.tasks.members_of(plan_.tasks.list[static_cast<std::size_t>(task)])[0];
  const Node& node = graph_.node(id);
  // The dtype of the computation, see OpDef::typed_by.
  const auto inputs = graph_.inputs_of(id);
  DType dtype = node.dtype;
  if (node.op->typed_by >= 0) {
    dtype = graph_.node(inputs[static_cast<std::size_t>(node.op->typed_by)]).dtype;
  } else if (!is_floating(dtype)) {
    for (const NodeId input : inputs) {
      if (!is_floating(graph_.node(input).dtype)) continue;
      dtype = graph_.node(input).dtype;
      break;
    }
  }
  Instruction instruction;
  instruction.task = task;
  instruction.run = runnable_kernels(*node.op).run[static_cast<std::size_t>(dtype)];
  if (instruction.run == nullptr)
    throw InternalError("op '" + std::string(node.op->name) + "' has no kernel for " +
                        std::string(name_of(dtype)) +
                        "; an op needs one for every dtype its shape rule allows");
  instruction.first_operand = static_cast<std::int32_t>(operand_nodes_.size());
  for (const NodeId input : inputs) add_operand(input);
  add_operand(id);
  instruction.inputs = node.arity;
  instruction.outputs = 1;
  names_.push_back(full_name(graph_, id));
  instructions_.push_back(instruction);
}

void Program::add_copy(std::int32_t task) {
  const Task& copy = plan_.tasks.list[static_cast<std::size_t>(task)];
  Instruction instruction;
  instruction.task = task;
  instruction.run = &run_copy;
  instruction.first_operand = static_cast<std::int32_t>(operand_nodes_.size());
  add_operand(copy.first_member);
  add_operand(graph_.variables[static_cast<std::size_t>(copy.variable)].node);
  instruction.inputs = 1;
  instruction.outputs = 1;
  names_.push_back("copy");
  instructions_.push_back(instruction);
}

std::byte* Program::address_of(NodeId id) const {
  const Place place = plan_.places[static_cast<std::size_t>(planning::storage_root(graph_, id))];
  if (place.segment == Segment::none) return nullptr;
  const std::int64_t slot = place.segment == Segment::inputs ? slot_ * plan_.slot_bytes : 0;
  return bases_[static_cast<std::size_t>(place.segment)] + slot + place.offset +
         planning::offset_in_root(graph_, id, batch_ > 0 ? batch_ : plan_.batch);
}

void Program::attach(std::byte* variables, std::byte* inputs, std::byte* transient, std::byte* sums,
                     std::byte* threads) {
  bases_[static_cast<std::size_t>(Segment::variables)] = variables;
  bases_[static_cast<std::size_t>(Segment::inputs)] = inputs;
  bases_[static_cast<std::size_t>(Segment::transient)] = transient;
  bases_[static_cast<std::size_t>(Segment::sums)] = sums;
  bases_[static_cast<std::size_t>(Segment::threads)] = threads;
  find_thread_workspaces();
  slot_ = 0;
  for (std::size_t i = 0; i < operands_.size(); ++i) operands_[i] = address_of(operand_nodes_[i]);
  for (std::size_t i = 0; i < instructions_.size(); ++i) {
    Instruction& instruction = instructions_[i];
    KernelCall& call = instruction.call;
    void** first = operands_.data() + instruction.first_operand;
    call.inputs = first;
    call.outputs = first + instruction.inputs;
    call.output = call.outputs[0];
    call.input_shapes = shapes_.data() + instruction.first_operand;
    call.settings = settings_.data();
    call.name = names_[i].c_str();
    call.region = instruction.region;
    const Task& task = plan_.tasks.list[static_cast<std::size_t>(instruction.task)];
    if (task.kind == Task::Kind::op) {
      const NodeId id = plan_.tasks.members_of(task)[0];
      call.attributes = &graph_.node(id).attributes;
      const Place workspace = plan_.workspaces[static_cast<std::size_t>(id)];
      if (workspace.segment != Segment::none) call.workspace = transient + workspace.offset;
    }
    if (instruction.region != nullptr) instruction.region->find_aliases(call.inputs, call.outputs);
  }
  use_pages(pages_);
  batch_ = 0;
  bind(plan_.batch);
}

void Program::use_pages(PageFile* file) {
  pages_ = file;
  for (Instruction& instruction : instructions_) {
    const Task& task = plan_.tasks.list[static_cast<std::size_t>(instruction.task)];
    if (task.kind == Task::Kind::op &&
        paging::is_page_op(graph_.node(plan_.tasks.members_of(task)[0]).op))
      instruction.call.region = file;
  }
}

void Program::TransfersOfStep::finish(PageFile& file) noexcept {
  file.finish();
}

void Program::bind(std::int64_t batch_size) {
  if (batch_size == batch_) return;
  if (batch_size < 1 || batch_size > plan_.batch)
    throw InternalError("a program planned for batches of up to " + std::to_string(plan_.batch) +
                        " samples was asked to run " + std::to_string(batch_size));
  batch_ = batch_size;
  if (graph_.loss != no_node) loss_at_ = address_of(graph_.loss);
  update_addresses(moving_operands_);
  update_addresses(input_operands_);
  for (std::size_t i = 0; i < shapes_.size(); ++i)
    shapes_[i] = concrete(graph_.node(operand_nodes_[i]).shape, batch_size);
  for (Instruction& instruction : instructions_) {
    instruction.call.batch = batch_size;
    instruction.call.output_shape =
        shapes_[static_cast<std::size_t>(instruction.first_operand + instruction.inputs)];
    if (instruction.region != nullptr) instruction.region->bind(batch_size);
    const Task& task = plan_.tasks.list[static_cast<std::size_t>(instruction.task)];
    if (task.kind == Task::Kind::copy) {
      const Node& variable =
          graph_.node(graph_.variables[static_cast<std::size_t>(task.variable)].node);
      instruction.call.output_shape.elements =
          planning::bytes_of(variable).at(batch_size);  // run_copy() counts bytes, not elements
    }
  }
}

void Program::use_slot(std::int64_t slot) {
  if (slot == slot_) return;
  slot_ = slot;
  update_addresses(input_operands_);
}

void Program::update_addresses(std::span<const std::int32_t> operands) {
  for (const std::int32_t i : operands)
    operands_[static_cast<std::size_t>(i)] =
        address_of(operand_nodes_[static_cast<std::size_t>(i)]);
}

/// Reads one byte of each kernel, which loads the pages around it.
void Program::load_code() const {
  const auto touch = [](auto function) {
    const auto* code = reinterpret_cast<const volatile unsigned char*>(function);
    if (code != nullptr) (void)*code;
  };
  for (const Instruction& instruction : instructions_) {
    touch(instruction.run);
    if (instruction.region != nullptr) instruction.region->for_each_kernel(touch);
  }
}

double Program::loss() const {
  if (graph_.node(graph_.loss).dtype == f64) return *reinterpret_cast<const double*>(loss_at_);
  return static_cast<double>(*reinterpret_cast<const float*>(loss_at_));
}

}  // namespace foregraph
