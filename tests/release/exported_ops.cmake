# Each op has one address in a program and in the shared library, since ops are compared by it: its OpDef
# is exported. -D source_dir=...
cmake_minimum_required(VERSION 3.25)
file(GLOB_RECURSE headers ${source_dir}/ops/*.hpp ${source_dir}/optim/*.hpp ${source_dir}/nn/*.hpp
  ${source_dir}/autodiff/*.hpp ${source_dir}/graph/*.hpp)
set(count 0)
foreach(header IN LISTS headers)
  file(STRINGS ${header} lines REGEX "^[^/]*inline constexpr OpDef [a-z_0-9]+ *[={]")
  foreach(line IN LISTS lines)
    math(EXPR count "${count} + 1")
    # A template, of a rule that only the program has.
    if(NOT line MATCHES "^FOREGRAPH_EXPORT inline " AND NOT line MATCHES " custom_gradient_op{")
      message(SEND_ERROR "${header}: expected FOREGRAPH_EXPORT before '${line}'")
    endif()
  endforeach()
endforeach()
if(count LESS 100)
  message(SEND_ERROR "only ${count} ops were found: how they are defined has changed")
endif()
