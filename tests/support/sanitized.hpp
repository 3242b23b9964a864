#pragma once

namespace foregraph::test {

/// Whether a sanitizer is compiled in that has memory of its own.
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
inline constexpr bool is_sanitized = true;
#elif defined(__has_feature)
inline constexpr bool is_sanitized = __has_feature(address_sanitizer) ||
                                     __has_feature(thread_sanitizer) ||
                                     __has_feature(memory_sanitizer);
#else
inline constexpr bool is_sanitized = false;
#endif

}  // namespace foregraph::test
