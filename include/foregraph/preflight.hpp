#pragma once

/// @file
/// Checks of data, model and batch size before training, and the findings they report.

#include <foregraph/detail/diagnose/findings/report.hpp>
#include <foregraph/detail/diagnose/preflight/preflight.hpp>
