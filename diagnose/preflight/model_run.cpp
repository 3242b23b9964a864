#include <algorithm>
#include <cstring>
#include <foregraph/detail/data/loader/match_fields.hpp>
#include <foregraph/detail/diagnose/preflight/model_run.hpp>
#include <foregraph/detail/kernels/gemm/blas.hpp>
#include <foregraph/detail/runtime/initialize.hpp>
#include <utility>

namespace foregraph::checks {

ModelRun::ModelRun(const Graph& g, Plan plan, std::byte* variables)
    : work_(static_cast<std::size_t>(plan.inputs_bytes() + plan.transient_bytes)) {
  start_blas_if_used();
  const std::int64_t inputs_bytes = plan.inputs_bytes();
  program_ = std::make_unique<Program>(g.clone(), std::move(plan));
  program_->attach(variables, work_.data(), work_.data() + inputs_bytes);
}

data::Loader ModelRun::loader(const data::Pipeline& data) {
  return {data, data::match_fields(graph(), plan(), data), data::slot_bases(work_.data(), plan())};
}

double ModelRun::run(const data::Batch& data) {
  program_->bind(data.size);
  program_->run();
  return program_->loss();
}

Range ModelRun::range_of_output(std::size_t output) const {
  Range range{std::numeric_limits<double>::infinity(), -std::numeric_limits<double>::infinity()};
  for_each_value(output, [&](std::int64_t, double value) {
    range.low = std::min(range.low, value);
    range.high = std::max(range.high, value);
  });
  return range;
}

Variables::Variables(const Graph& step, const Plan& plan, const std::byte* from)
    : memory_(static_cast<std::size_t>(plan.variables_bytes)), data_(memory_.data()) {
  if (from != nullptr) {
    std::memcpy(data_, from, static_cast<std::size_t>(plan.variables_bytes));
    return;
  }
  for (std::size_t v = 0; v < step.variables.size(); ++v) {
    const Variable& variable = step.variables[v];
    const Node& node = step.node(variable.node);
    initialize(data_ + plan.places[static_cast<std::size_t>(variable.node)].offset, node.shape,
               node.dtype, variable.initializer, v, step.start_values.get());
  }
}

Variables Variables::present(const PreflightModel& model) {
  if (model.variables == nullptr) return {*model.step, plan_memory(*model.step, 1), nullptr};
  Variables result;
  result.data_ = const_cast<std::byte*>(model.variables);  // programs without updates only read
  return result;
}

template <class Use>
void Gradients::for_each(Use use) const {
  const Graph& g = run_->graph();
  for (const NodeId id : g.outputs) {
    const Node& node = g.node(id);
    const std::byte* at = run_->program().address_of(id);
    const std::int64_t count = node.shape.elements().constant;
    if (node.dtype == f64) {
      use(reinterpret_cast<const double*>(at), count);
    } else if (node.dtype == f32) {
      use(reinterpret_cast<const float*>(at), count);
    }
  }
}

std::int64_t Gradients::elements() const {
  std::int64_t total = 0;
  for_each([&](const auto*, std::int64_t count) { total += count; });
  return total;
}

void Gradients::add_to(std::vector<float>& sum, double factor) const {
  std::size_t next = 0;
  for_each([&](const auto* values, std::int64_t count) {
    for (std::int64_t i = 0; i < count; ++i)
      sum[next++] += static_cast<float>(factor * static_cast<double>(values[i]));
  });
}

std::vector<double> Gradients::squared_norms() const {
  std::vector<double> norms;
  for_each([&](const auto* values, std::int64_t count) {
    double sum = 0;
    for (std::int64_t i = 0; i < count; ++i) {
      const auto value = static_cast<double>(values[i]);
      sum += value * value;
    }
    norms.push_back(sum);
  });
  return norms;
}

double Gradients::squared_norm() const {
  double sum = 0;
  for (const double each : squared_norms()) sum += each;
  return sum;
}

double Gradients::dot(const std::vector<float>& other) const {
  double sum = 0;
  std::size_t next = 0;
  for_each([&](const auto* values, std::int64_t count) {
    for (std::int64_t i = 0; i < count; ++i)
      sum += static_cast<double>(values[i]) * static_cast<double>(other[next++]);
  });
  return sum;
}

}  // namespace foregraph::checks
