#pragma once

/// @file
/// Memory budgets; the memory of the machine and of the process, measured and predicted.

#include <foregraph/detail/base/system/budget.hpp>
#include <foregraph/detail/base/system/machine_memory.hpp>
#include <foregraph/detail/base/system/process_memory.hpp>
#include <foregraph/detail/diagnose/process_prediction.hpp>
