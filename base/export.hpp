#pragma once

/// Marks a class or function of the shared library that programs may use. Everything is compiled
/// with hidden visibility, so a symbol without the mark stays inside the library.
///
/// Functions and classes with members in .cpp files need the mark, exceptions too, since their type
/// is compared where they are caught, and so do the OpDefs of ops: they are compared by address,
/// which has to be the same in the library and in the program. Templates and inline functions need
/// none. The same object files make the static library, where the mark changes nothing.
#define FOREGRAPH_EXPORT [[gnu::visibility("default")]]
