#include <foregraph/detail/base/error.hpp>
#include <foregraph/detail/graph/fault.hpp>
#include <foregraph/detail/graph/op.hpp>

namespace foregraph {
namespace {

/// Returns a text such as "784", "batch" or "3*batch+1".
std::string to_string(Dim dim) {
  if (!dim.is_known()) return "too large";
  if (dim.is_constant()) return std::to_string(dim.constant);
  std::string text = dim.per_sample == 1 ? "batch" : std::to_string(dim.per_sample) + "*batch";
  if (dim.constant > 0) text += '+';
  if (dim.constant != 0) text += std::to_string(dim.constant);
  return text;
}

}  // namespace

std::string to_string(const Shape& shape) {
  std::string text = "[";
  for (int i = 0; i < shape.rank && i < Shape::max_rank; ++i) {
    if (i > 0) text += ',';
    text += to_string(shape[i]);
  }
  if (shape.rank > Shape::max_rank) text += ",...";
  return text + ']';
}

std::string to_string(DType dtype, const Shape& shape) {
  return std::string(name_of(dtype)) + to_string(shape);
}

std::string describe(const Fault& fault) {
  std::string text;
  if (fault.op != nullptr) text += '[' + std::string(fault.op->name) + "] ";
  text += fault.kind->what;
  if (fault.operands > 0) text += ": " + to_string(fault.a_dtype, fault.a);
  if (fault.operands > 1) text += " and " + to_string(fault.b_dtype, fault.b);
  text += "; expected ";
  text += fault.kind->expected;
  if (fault.at.line > 0)
    text += " (" + std::string(fault.at.file) + ':' + std::to_string(fault.at.line) + ')';
  return text;
}

void throw_fault(const Fault& fault) {
  throw GraphError(describe(fault));
}

}  // namespace foregraph
