#include <algorithm>
#include <foregraph/detail/base/error.hpp>
#include <foregraph/detail/diagnose/profile/profile.hpp>
#include <foregraph/detail/planner/plan_report.hpp>
#include <foregraph/detail/planner/tasks/sizes.hpp>
#include <foregraph/detail/runtime/program.hpp>
#include <span>
#include <string>

namespace foregraph {
namespace {

double median(std::vector<double>& values) {
  if (values.empty()) return 0;
  const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
  std::nth_element(values.begin(), middle, values.end());
  return *middle;
}

/// Returns "matmul", "region(add, relu)", "copy".
std::string ops_of(const Program& program, std::size_t instruction) {
  const Task& task = program.task_of(instruction);
  if (task.kind == Task::Kind::copy) return "copy";
  std::string text;
  for (const NodeId id : program.plan().tasks.members_of(task)) {
    const OpDef& op = *program.graph().node(id).op;
    if (op.arity == 0 || op.kind == OpKind::broadcast) continue;  // loaded or stored, not computed
    text += (text.empty() ? "" : ", ") + std::string(op.name);
  }
  return task.kind == Task::Kind::region ? "region(" + text + ")" : text;
}

ProfiledInstruction describe(const Program& program, std::size_t i, std::int64_t batch_size) {
  const Graph& g = program.graph();
  const Task& task = program.task_of(i);
  ProfiledInstruction result;
  const std::span<const NodeId> operands = program.operands_of(i);
  result.name = full_name(g, operands.back());
  result.op = ops_of(program, i);
  if (task.kind != Task::Kind::copy)
    for (const NodeId id : program.plan().tasks.members_of(task))
      result.flops += flops_of_node(g, id, batch_size);
  std::vector<NodeId> seen;
  for (std::size_t k = 0; k < operands.size(); ++k) {
    const bool is_read_again =
        k + 1 < operands.size() && std::find(seen.begin(), seen.end(), operands[k]) != seen.end();
    if (is_read_again) continue;
    seen.push_back(operands[k]);
    result.bytes += planning::bytes_of(g.node(operands[k])).at(batch_size);
  }
  return result;
}

}  // namespace

void check_profile(const ProfileOptions& options) {
  if (options.steps >= 1 && options.steps <= most_profiled && options.warm_up >= 0) return;
  throw UsageError("profile: " + std::to_string(options.steps) + " steps after " +
                   std::to_string(options.warm_up) +
                   " warm-up steps were requested, expected 1 to " + std::to_string(most_profiled) +
                   " steps after 0 or more");
}

Profile make_profile(const Program& program, const Recording& recording, std::int64_t batch_size) {
  Profile profile;
  profile.kernels = kernel_report(program.threads());
  profile.batch = batch_size;
  const std::size_t count = program.instructions();
  std::vector<std::vector<double>> seconds(count);
  std::vector<double> steps;
  std::vector<Recording::Event> step;
  for (const Recording::Event& event : recording.events()) {
    if (event.instruction == 0) step.clear();  // also drops the rest of a failed step
    step.push_back(event);
    if (static_cast<std::size_t>(event.instruction) + 1 < count) continue;
    for (const Recording::Event& each : step)
      seconds[static_cast<std::size_t>(each.instruction)].push_back(
          static_cast<double>(each.end_ns - each.begin_ns) * 1e-9);
    steps.push_back(static_cast<double>(event.end_ns - step.front().begin_ns) * 1e-9);
    profile.events.insert(profile.events.end(), step.begin(), step.end());
  }
  profile.steps = static_cast<std::int64_t>(steps.size());
  if (!steps.empty()) profile.longest_step = *std::max_element(steps.begin(), steps.end());
  profile.step_seconds = median(steps);
  profile.touched_bytes.assign(recording.touched_bytes().begin(), recording.touched_bytes().end());
  for (std::size_t i = 0; i < count; ++i) {
    ProfiledInstruction instruction = describe(program, i, batch_size);
    if (!seconds[i].empty())
      instruction.longest = *std::max_element(seconds[i].begin(), seconds[i].end());
    instruction.seconds = median(seconds[i]);
    profile.instructions.push_back(std::move(instruction));
  }
  return profile;
}

}  // namespace foregraph
