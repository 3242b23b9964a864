# Mistakes in a page end with a message that names the line, and a page without mistakes becomes the
# program that it should. Each mistake is found by another run of this file, since it ends the run.

cmake_minimum_required(VERSION 3.25)
set(FOREGRAPH_DOCS_OTHER_TESTS docs.other)
set(FOREGRAPH_DOCS_LANGUAGES cpp cmake)
include(${CMAKE_CURRENT_LIST_DIR}/code_blocks.cmake)

if(DEFINED page_file)
  file(READ ${page_file} text)
  foregraph_docs_source(page.md "${text}" code)
  return()
endif()

get_filename_component(folder code_blocks_test ABSOLUTE BASE_DIR ${CMAKE_CURRENT_BINARY_DIR})
file(MAKE_DIRECTORY ${folder})

function(expect_error name text message)
  file(WRITE ${folder}/${name}.md "${text}")
  execute_process(COMMAND ${CMAKE_COMMAND} -D page_file=${folder}/${name}.md
    -P ${CMAKE_CURRENT_FUNCTION_LIST_FILE} RESULT_VARIABLE failed ERROR_VARIABLE errors)
  string(REGEX REPLACE "[ \n]+" " " errors "${errors}")
  string(FIND "${errors}" "${message}" found)
  if(failed EQUAL 0 OR found EQUAL -1)
    message(SEND_ERROR "${name}: expected '${message}', got ${failed}: '${errors}'")
  endif()
endfunction()

expect_error(other_name "# A\n\n```c++\nint i;\n```\n" "page.md:3: expected ``` and a language")
expect_error(indented "- a\n\n  ```cpp\n  int i;\n  ```\n" "page.md:3: expected ``` and a language")
expect_error(unknown_language "```rust\n```\n" "page.md:1: unknown language 'rust'")
expect_error(no_language "a\n```\nauto x = 1;\n```\n" "page.md:2: C++ in a block without a language")
expect_error(no_end "```cpp\nint i;\n" "page.md:1: the block has no end")
expect_error(unknown_comment "<!-- cpp: skip -->\n```cpp\n```\n" "page.md:1: unknown comment")
expect_error(no_reason "<!-- cpp: not compiled: -->\n```cpp\n```\n" "page.md:1: unknown comment")
expect_error(no_such_test "\n<!-- cpp: compiled by docs.nothing -->\n```cpp\n```\n"
  "page.md:2: there is no test 'docs.nothing'")
expect_error(comment_for_text "<!-- cpp: declarations -->\n```cmake\n```\n"
  "page.md:2: the comment before it is for a block of C++")
expect_error(comment_for_nothing "```cpp\nf();\n```\n<!-- cpp: continues -->\n"
  "page.md:4: no block of C++ follows the last comment")
expect_error(hidden_without_end "<!-- cpp hidden\nint i;\n" "page.md:1: hidden code without")
expect_error(program_with_comment "<!-- cpp: declarations -->\n```cpp\nint main() {\n}\n```\n"
  "page.md:2: a program stands alone")
expect_error(program_without_end "```cpp\nint main() {\n}\nint i;\n```\n"
  "page.md:1: a program must end with the end of main()")

foregraph_docs_source(docs/none.md "# No C++\n\n```cmake\nset(a b)\n```\n" code)
if(NOT code STREQUAL "")
  message(SEND_ERROR "a page without C++ became '${code}'")
endif()

foregraph_docs_source(docs/a_page.md [[
<!-- cpp hidden
#include <fstream>
write();
-->
```cpp
#include <vector>
first();
```
<!-- cpp: continues -->
```cpp
more();
```
<!-- cpp: declarations -->
```cpp
struct Declared {};
```
<!-- cpp: not compiled: it shows an error -->
```cpp
wrong
```
<!-- cpp: compiled by docs.other -->
```cpp
elsewhere
```
```cpp
int main() {
  if (a[1] == "\n;") f();
}
```
]] code)
string(REGEX REPLACE "#line 1 [^\n]*\n" "" code "${code}")
set(expected [[
#include <boost/test/unit_test.hpp>
#include <foregraph/foregraph.hpp>
#include "docs/run_in_folder.hpp"
#include <fstream>
#include <vector>
BOOST_AUTO_TEST_SUITE(docs_a_page)
namespace fg = foregraph;
using namespace fg::literals;
BOOST_AUTO_TEST_CASE(part_1) {
const RunInFolder in_folder("docs_a_page");
#line 2 "docs/a_page.md"

write();
#line 6 "docs/a_page.md"

first();
#line 11 "docs/a_page.md"
more();
}
#line 15 "docs/a_page.md"
struct Declared {};
namespace program_2 {
#line 26 "docs/a_page.md"
int program() {
  if (a[1] == "\n;") f();
;return 0; }
}
BOOST_AUTO_TEST_CASE(part_2) {
const RunInFolder in_folder("docs_a_page");
BOOST_TEST(program_2::program() == 0);
}
BOOST_AUTO_TEST_SUITE_END()
]])
if(NOT code STREQUAL expected)
  message(SEND_ERROR "the page became\n${code}\nexpected\n${expected}")
endif()
