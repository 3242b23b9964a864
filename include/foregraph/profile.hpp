#pragma once

/// @file
/// The time of a step, by instruction.

#include <foregraph/detail/diagnose/profile/profile.hpp>
