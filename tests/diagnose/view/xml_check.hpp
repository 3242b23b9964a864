#pragma once

#include <cctype>
#include <string>
#include <string_view>
#include <vector>

/// A check that text is well-formed XML 1.0, as far as drawings use it: elements, attributes in
/// quotes, the five named entities and numbered ones, no declarations, comments or CDATA.
namespace xml_check {

struct Parser {
  std::string_view rest;
  std::string problem{};

  bool fail(const std::string& what) {
    if (problem.empty()) problem = what + " before '" + std::string(rest.substr(0, 60)) + "'";
    return false;
  }
  void blanks() {
    while (!rest.empty() && std::isspace(static_cast<unsigned char>(rest[0])) != 0)
      rest.remove_prefix(1);
  }
  bool take(std::string_view part) {
    if (rest.substr(0, part.size()) != part) return false;
    rest.remove_prefix(part.size());
    return true;
  }
  std::string name() {
    std::string word;
    while (!rest.empty() && (std::isalnum(static_cast<unsigned char>(rest[0])) != 0 ||
                             rest[0] == '-' || rest[0] == '_' || rest[0] == ':')) {
      word += rest[0];
      rest.remove_prefix(1);
    }
    return word;
  }
  /// Characters and entities up to `end`.
  bool characters(char end) {
    while (!rest.empty() && rest[0] != end) {
      const auto c = static_cast<unsigned char>(rest[0]);
      if (c == '<') return fail("a raw <");
      if (c < 0x20 && c != '\n' && c != '\t') return fail("a control character");
      if (c >= 0x80) {  // a lead byte and what it promises
        const int more = c >= 0xF0 ? 3 : c >= 0xE0 ? 2 : c >= 0xC2 ? 1 : -1;
        if (more < 0) return fail("no UTF-8");
        for (int i = 1; i <= more; ++i)
          if (static_cast<std::size_t>(i) >= rest.size() ||
              (static_cast<unsigned char>(rest[static_cast<std::size_t>(i)]) & 0xC0) != 0x80)
            return fail("no UTF-8");
        rest.remove_prefix(static_cast<std::size_t>(more));
      }
      if (c == '&' && !take("&amp;") && !take("&lt;") && !take("&gt;") && !take("&quot;") &&
          !take("&#39;"))
        return fail("an unknown entity");
      if (c != '&') rest.remove_prefix(1);
    }
    return true;
  }
  bool element() {
    if (!take("<")) return fail("no element");
    const std::string tag = name();
    if (tag.empty()) return fail("an element without a name");
    std::vector<std::string> seen;
    for (blanks(); !rest.empty() && rest[0] != '>' && rest[0] != '/'; blanks()) {
      const std::string attribute = name();
      if (attribute.empty() || !take("=\"")) return fail("an attribute without a value in " + tag);
      for (const std::string& other : seen)
        if (other == attribute) return fail("attribute " + attribute + " twice");
      seen.push_back(attribute);
      if (!characters('"') || !take("\"")) return fail("an attribute that does not end");
    }
    if (take("/>")) return true;
    if (!take(">")) return fail("a tag that does not end");
    for (;;) {
      if (!characters('<')) return false;
      if (take("</")) return (name() == tag && take(">")) || fail("the wrong end of " + tag);
      if (!element()) return false;
    }
  }
};

/// What is wrong with a document of one element; "" if nothing is.
inline std::string problem_of(std::string_view text) {
  Parser parser{text};
  if (!parser.element()) return parser.problem;
  parser.blanks();
  return parser.rest.empty() ? "" : "text after the element";
}

}  // namespace xml_check
