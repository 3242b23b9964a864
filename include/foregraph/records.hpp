#pragma once

/// @file
/// Files of records that all have the same size.

#include <foregraph/detail/data/formats/records.hpp>
