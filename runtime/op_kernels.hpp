#pragma once

#include <foregraph/detail/base/system/cpu.hpp>
#include <foregraph/detail/graph/kernel.hpp>

namespace foregraph {

struct OpDef;

/// Returns the kernels of an op, an empty table if it has none. Throws UsageError if they are a
/// user-defined op's that were compiled for vector instructions `machine` lacks.
const KernelTable& runnable_kernels(const OpDef& op, Isa machine = detected_isa());

}  // namespace foregraph
