#include <algorithm>
#include <foregraph/detail/planner/batch_formula.hpp>
#include <foregraph/detail/planner/plan_report.hpp>
#include <numeric>

namespace foregraph {
namespace {

/// One step's bytes, a + b B.
struct Line {
  std::int64_t constant = 0;
  std::int64_t per_sample = 0;
  std::int32_t step = 0;
};

/// Returns the possible sizes of the workspaces of the threads after the first, of which the
/// largest counts at each batch size. Never empty.
std::vector<Dim> thread_workspaces(const Graph& g, const Plan& plan) {
  std::vector<Dim> sizes{Dim{0}};
  const std::int64_t others = plan.options.threads - 1;
  for (NodeId id = 0; others > 0 && id < g.size(); ++id) {
    if (!g.node(id).op->workspace_per_thread) continue;
    const Dim size = planning::workspace_bytes_of(g, id);
    if (!size.is_known()) continue;
    const Dim all{align_up(size.constant) * others, size.per_sample * others};
    const auto covers = [](const Dim& a, const Dim& b) {
      return a.constant >= b.constant && a.per_sample >= b.per_sample;
    };
    if (std::any_of(sizes.begin(), sizes.end(), [&](const Dim& s) { return covers(s, all); }))
      continue;
    std::erase_if(sizes, [&](const Dim& s) { return covers(all, s); });
    sizes.push_back(all);
  }
  return sizes;
}

/// Returns the bytes alive at every step, without the threads' workspaces: variables and input
/// slots.
Dim always_alive(const Graph& g, const Plan& plan) {
  Dim total{plan.fixed_bytes() - plan.thread_bytes, 0};
  for (const NodeId id : g.inputs) {
    const Dim size = planning::bytes_of(g.node(id));
    const std::int64_t slots = plan.options.input_buffers;
    total = total + Dim{align_up(size.constant) * slots, size.per_sample * slots};
  }
  return total;
}

/// Returns the bytes alive at each step of the order.
std::vector<Line> lines_of(const Graph& g, const Plan& plan) {
  const std::size_t steps = plan.order.tasks.size() + 2;
  std::vector<Dim> change(steps, Dim{0});
  for (const Buffer& buffer : plan.buffers) {
    const Dim size{align_up(buffer.size.constant), buffer.size.per_sample};
    Dim& begin = change[static_cast<std::size_t>(buffer.range.first)];
    Dim& end = change[static_cast<std::size_t>(buffer.range.last)];
    begin = begin + size;
    end = end + Dim{-size.constant, -size.per_sample};
  }
  std::vector<Line> lines;
  const std::vector<Dim> workspaces = thread_workspaces(g, plan);
  Dim alive = always_alive(g, plan);
  for (std::size_t step = 0; step + 1 < steps; ++step) {
    alive = alive + change[step];
    for (const Dim& workspace : workspaces) {
      const Dim total = alive + workspace;
      lines.push_back({total.constant, total.per_sample, static_cast<std::int32_t>(step)});
    }
  }
  return lines;
}

/// Returns the first whole batch at which the steeper line is above the flatter one.
std::int64_t crossing(const Line& flat, const Line& steep) {
  const std::int64_t lead = flat.constant - steep.constant;
  if (lead < 0) return std::numeric_limits<std::int64_t>::min();
  return lead / (steep.per_sample - flat.per_sample) + 1;
}

}  // namespace

BatchFormula batch_formula(const Graph& g, const Plan& plan) {
  BatchFormula formula;
  std::int64_t alive = 0;
  std::int64_t most_alive = 0;
  {
    std::vector<std::int64_t> change(plan.order.tasks.size() + 2, 0);
    for (const Buffer& buffer : plan.buffers) {
      if (buffer.size.is_constant()) continue;
      ++change[static_cast<std::size_t>(buffer.range.first)];
      --change[static_cast<std::size_t>(buffer.range.last)];
    }
    for (const std::int64_t each : change) most_alive = std::max(most_alive, alive += each);
  }
  std::int64_t slots = 0;
  for (const NodeId id : g.inputs)
    if (!planning::bytes_of(g.node(id)).is_constant()) slots += plan.options.input_buffers;
  const std::vector<Dim> workspaces = thread_workspaces(g, plan);
  const bool workspaces_grow = std::any_of(workspaces.begin(), workspaces.end(),
                                           [](const Dim& s) { return s.per_sample > 0; });
  const std::int64_t growing =
      most_alive + slots + (workspaces_grow ? plan.options.threads - 1 : 0);
  formula.rounding_bytes = growing * (alignment_bytes - 1);

  const auto count_growth = [&](const Dim& size) {
    if (size.is_constant()) return;
    formula.exact_for_multiples_of =
        std::lcm(formula.exact_for_multiples_of,
                 alignment_bytes / std::gcd(alignment_bytes, size.per_sample));
  };
  for (const Buffer& buffer : plan.buffers) count_growth(buffer.size);
  for (const NodeId id : g.inputs) count_growth(planning::bytes_of(g.node(id)));
  if (workspaces_grow)
    for (NodeId id = 0; id < g.size(); ++id)
      if (g.node(id).op->workspace_per_thread) count_growth(planning::workspace_bytes_of(g, id));

  std::vector<Line> lines = lines_of(g, plan);
  std::stable_sort(lines.begin(), lines.end(), [](const Line& a, const Line& b) {
    return a.per_sample != b.per_sample ? a.per_sample < b.per_sample : a.constant > b.constant;
  });
  std::vector<Line> envelope;
  std::vector<std::int64_t> begins;  // first batch at which each line is the highest
  for (const Line& line : lines) {
    if (!envelope.empty() && envelope.back().per_sample == line.per_sample) continue;
    std::int64_t begin = 1;
    while (!envelope.empty()) {
      begin = std::max<std::int64_t>(1, crossing(envelope.back(), line));
      if (begin > begins.back()) break;
      envelope.pop_back();
      begins.pop_back();
    }
    if (envelope.empty()) begin = 1;
    envelope.push_back(line);
    begins.push_back(begin);
  }
  for (std::size_t i = 0; i < envelope.size(); ++i)
    formula.pieces.push_back({begins[i], i + 1 < begins.size() ? begins[i + 1] - 1 : any_batch,
                              envelope[i].constant, envelope[i].per_sample, envelope[i].step});
  return formula;
}

Bytes lower_bound_at(const Graph& g, const Plan& plan, std::int64_t batch_size) {
  std::vector<LiveRange> ranges;
  ranges.reserve(plan.buffers.size());
  for (const Buffer& buffer : plan.buffers)
    ranges.push_back({buffer.range.first, buffer.range.last, align_up(buffer.size.at(batch_size))});
  std::int64_t slot = 0;
  for (const NodeId id : g.inputs) slot += planning::buffer_bytes(g.node(id), batch_size);
  const std::int64_t threads =
      planning::thread_workspace_bytes(g, batch_size, plan.options.threads);
  return {plan.fixed_bytes() - plan.thread_bytes + threads + slot * plan.options.input_buffers +
          lower_bound_of(ranges).bytes};
}

BatchInterval valid_batches(const Graph& g, const Plan& plan) {
  std::int64_t last = any_batch;
  const auto limit = [&](const Dim& size, std::int64_t room) {
    if (size.per_sample > 0) last = std::min(last, (room - size.constant) / size.per_sample);
  };
  for (const Buffer& buffer : plan.buffers) {
    std::int64_t end = plan.transient_bytes;
    for (const Buffer& other : plan.buffers)
      if (other.offset > buffer.offset && other.offset < end && other.range.overlaps(buffer.range))
        end = other.offset;
    limit(buffer.size, end - buffer.offset);
  }
  for (std::size_t i = 0; i < g.inputs.size(); ++i) {
    const auto offset_of = [&](std::size_t k) {
      return plan.places[static_cast<std::size_t>(g.inputs[k])].offset;
    };
    const std::int64_t end = i + 1 < g.inputs.size() ? offset_of(i + 1) : plan.slot_bytes;
    limit(planning::bytes_of(g.node(g.inputs[i])), end - offset_of(i));
  }
  if (const std::int64_t others = plan.options.threads - 1; others > 0)
    for (NodeId id = 0; id < g.size(); ++id)
      if (g.node(id).op->workspace_per_thread)
        limit(planning::workspace_bytes_of(g, id), plan.thread_bytes / others);
  return {1, last};
}

std::string to_string(const BatchFormula& formula) {
  std::string text;
  for (const AffinePiece& piece : formula.pieces) {
    if (!text.empty()) text += ", then ";
    text += to_string(Bytes{piece.constant_bytes});
    if (piece.bytes_per_sample > 0)
      text += " + " + to_string(Bytes{piece.bytes_per_sample}) + " per sample";
    if (piece.last_batch != any_batch) text += " up to batch " + with_separators(piece.last_batch);
  }
  return text;
}

}  // namespace foregraph
