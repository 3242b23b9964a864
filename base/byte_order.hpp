#pragma once

/// @file
/// Stops the compiler where numbers in memory begin with their highest byte. Files are read and
/// written as they are in memory, so there the numbers would be others.

#if defined(__BYTE_ORDER__) && __BYTE_ORDER__ != __ORDER_LITTLE_ENDIAN__
#error \
    "foregraph: this processor is big-endian, expected a little-endian one; files of numbers would be read and written wrongly"
#endif
