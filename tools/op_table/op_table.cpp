// Prints docs/ops.md, the table of all ops in ops/. The ops register themselves: the last line of
// each op's file uses the macro that is defined below for this program.
namespace foregraph {
struct OpDef;
static bool list(const OpDef& op);
}  // namespace foregraph

#define FOREGRAPH_JOIN_(a, b) a##b
#define FOREGRAPH_JOIN(a, b) FOREGRAPH_JOIN_(a, b)
#define FOREGRAPH_REGISTER_OP(op) \
  [[maybe_unused]] static const bool FOREGRAPH_JOIN(op_is_listed_, __COUNTER__) = list(op);

#include <algorithm>
#include <cstdio>
#include <foregraph/detail/all_ops.hpp>
#include <string>
#include <vector>

namespace foregraph {
namespace {

std::vector<const OpDef*>& listed_ops() {
  static std::vector<const OpDef*> ops;
  return ops;
}

std::string dtypes_of(const OpDef& op) {
  if (op.kernels == nullptr) return "all";
  const KernelTable& table = op.kernels();
  std::string text;
  for (const DType dtype : {f32, f64, i32, i64, boolean}) {
    const auto i = static_cast<std::size_t>(dtype);
    if (table.run[i] == nullptr && table.tile[i] == nullptr) continue;
    if (!text.empty()) text += ' ';
    text += name_of(dtype);
  }
  return text;
}

std::string gradient_of(const OpDef& op) {
  if (op.vjp == zero_gradient) return "zero";
  if (op.vjp != nullptr) return "rule";
  if (op.decompose != nullptr) return "of its parts";
  return "none";
}

std::string in_place_over(const OpDef& op) {
  if (op.kind == OpKind::elementwise) return "any operand";
  if (op.kind == OpKind::view) return "a view";
  std::string text;
  for (unsigned i = 0; i < 8; ++i)
    if (((op.in_place >> i) & 1U) != 0)
      text += (text.empty() ? "operand " : ", ") + std::to_string(i + 1);
  return text.empty() ? "no" : text;
}

std::string in_the_compiler(const OpDef& op) {
  return op.kind == OpKind::elementwise ? "planned, kernel specialised" : "planned";
}

int print_table() {
  std::vector<const OpDef*>& ops = listed_ops();
  std::sort(ops.begin(), ops.end(),
            [](const OpDef* a, const OpDef* b) { return a->name < b->name; });
  std::printf(
      "# Ops\n\nMade by `foregraph_op_table` from the ops themselves; `scripts/update_docs` makes "
      "it again.\n\n`T` is one of the op's dtypes, `f` a floating one, `i` i32 or i64, `[S]` any "
      "shape. Elementwise ops\nbroadcast their operands as NumPy does. FLOPs are what the planner "
      "counts. Gradient: `rule` is a rule\nof the op's own, `of its parts` that of an equal "
      "expression of other ops; both can be differentiated\nagain.\n\n"
      "| op | shapes | dtypes | gradient | FLOPs | in place over | scratch memory | in the "
      "compiler "
      "|\n|---|---|---|---|---|---|---|---|\n");
  for (const OpDef* op : ops)
    std::printf("| %s | %s | %s | %s | %s | %s | %s | %s |\n", std::string(op->name).c_str(),
                std::string(op->doc.shapes).c_str(), dtypes_of(*op).c_str(),
                gradient_of(*op).c_str(), std::string(op->doc.flops).c_str(),
                in_place_over(*op).c_str(), op->workspace_bytes != nullptr ? "yes" : "no",
                in_the_compiler(*op).c_str());
  std::printf("\n%zu ops; losses, layers and optimizers are functions made of them.\n", ops.size());
  return 0;
}

}  // namespace

static bool list(const OpDef& op) {
  listed_ops().push_back(&op);
  return true;
}

}  // namespace foregraph

int main() {
  return foregraph::print_table();
}
