# The clang that tests and presets use: the first of these that is installed. 14 was the first that
# compiles the library, and is Debian 12's. scripts/compilers reads the line as well.
set(FOREGRAPH_CLANG_VERSIONS 14 21 20 19 18 17 16 15)

set(FOREGRAPH_CLANG_NAMES ${FOREGRAPH_CLANG_VERSIONS})
list(TRANSFORM FOREGRAPH_CLANG_NAMES PREPEND clang++-)
list(APPEND FOREGRAPH_CLANG_NAMES clang++)
