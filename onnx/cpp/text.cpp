#include <array>
#include <charconv>
#include <cmath>
#include <foregraph/detail/onnx/cpp/text.hpp>

namespace foregraph::onnx::cpp {
namespace {

bool is_word_letter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

}  // namespace

bool is_keyword(std::string_view word) {
  static const std::set<std::string, std::less<>> words{"alignas",
                                                        "alignof",
                                                        "and",
                                                        "and_eq",
                                                        "asm",
                                                        "assert",
                                                        "auto",
                                                        "bitand",
                                                        "bitor",
                                                        "bool",
                                                        "break",
                                                        "case",
                                                        "catch",
                                                        "char",
                                                        "char16_t",
                                                        "char32_t",
                                                        "char8_t",
                                                        "class",
                                                        "co_await",
                                                        "co_return",
                                                        "co_yield",
                                                        "compl",
                                                        "concept",
                                                        "const",
                                                        "const_cast",
                                                        "consteval",
                                                        "constexpr",
                                                        "constinit",
                                                        "continue",
                                                        "decltype",
                                                        "default",
                                                        "delete",
                                                        "do",
                                                        "double",
                                                        "dynamic_cast",
                                                        "else",
                                                        "enum",
                                                        "errno",
                                                        "explicit",
                                                        "export",
                                                        "extern",
                                                        "false",
                                                        "float",
                                                        "for",
                                                        "friend",
                                                        "goto",
                                                        "if",
                                                        "inline",
                                                        "int",
                                                        "linux",
                                                        "long",
                                                        "major",
                                                        "minor",
                                                        "mutable",
                                                        "namespace",
                                                        "new",
                                                        "noexcept",
                                                        "not",
                                                        "not_eq",
                                                        "nullptr",
                                                        "operator",
                                                        "or",
                                                        "or_eq",
                                                        "private",
                                                        "protected",
                                                        "public",
                                                        "register",
                                                        "reinterpret_cast",
                                                        "requires",
                                                        "return",
                                                        "short",
                                                        "signed",
                                                        "sizeof",
                                                        "static",
                                                        "static_assert",
                                                        "static_cast",
                                                        "std",
                                                        "stderr",
                                                        "stdin",
                                                        "stdout",
                                                        "struct",
                                                        "switch",
                                                        "template",
                                                        "this",
                                                        "thread_local",
                                                        "throw",
                                                        "true",
                                                        "try",
                                                        "typedef",
                                                        "typeid",
                                                        "typename",
                                                        "union",
                                                        "unix",
                                                        "unsigned",
                                                        "using",
                                                        "virtual",
                                                        "void",
                                                        "volatile",
                                                        "wchar_t",
                                                        "while",
                                                        "xor",
                                                        "xor_eq"};
  return words.contains(word);
}

std::string number(double value) {
  if (std::isnan(value)) return "std::numeric_limits<double>::quiet_NaN()";
  if (std::isinf(value))
    return std::string(value < 0 ? "-" : "") + "std::numeric_limits<double>::infinity()";
  std::array<char, 64> buffer{};
  const auto end = std::to_chars(buffer.data(), buffer.data() + buffer.size(), value).ptr;
  std::string text(buffer.data(), end);
  if (text.find_first_of(".e") == std::string::npos) text += ".0";
  return text;
}

std::string size(Dim dim) {
  if (dim.is_constant()) return std::to_string(dim.constant);
  if (dim == batch) return "fg::batch";
  return "fg::Dim{" + std::to_string(dim.constant) + ", " + std::to_string(dim.per_sample) + '}';
}

std::string shape(const Shape& shape) {
  std::string text = "{";
  for (int i = 0; i < shape.rank; ++i) text += (i == 0 ? "" : ", ") + size(shape[i]);
  return text + '}';
}

std::string list(const std::vector<std::int64_t>& numbers) {
  std::string text = "{";
  for (const std::int64_t each : numbers)
    text += (text.size() == 1 ? "" : ", ") + std::to_string(each);
  return text + '}';
}

std::string dtype(DType dtype) {
  switch (dtype) {
    case DType::f32:
      return "fg::f32";
    case DType::f64:
      return "fg::f64";
    case DType::i32:
      return "fg::i32";
    case DType::i64:
      return "fg::i64";
    case DType::boolean:
      break;
  }
  return "fg::boolean";
}

std::string quoted(std::string_view text) {
  constexpr std::string_view digits = "01234567";
  std::string result = "\"";
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\' || c == '?') {  // "??" may begin a trigraph
      result += '\\';
      result += c;
    } else if (byte < ' ' || byte == 0x7f) {  // three octal digits end by themselves
      result += '\\';
      for (const int shift : {6, 3, 0}) result += digits[(byte >> shift) & 7U];
    } else {
      result += c;
    }
  }
  return result + '"';
}

std::string initializer(const Initializer& initializer) {
  const std::string seed = initializer.seed == 0 ? "" : ", " + std::to_string(initializer.seed);
  switch (initializer.kind) {
    case Initializer::Kind::constant:
      return initializer.scale == 0 ? "fg::zeros()"
                                    : "fg::filled_with(" + number(initializer.scale) + ')';
    case Initializer::Kind::uniform:
      return "fg::uniform(" + number(initializer.scale) + seed + ')';
    case Initializer::Kind::normal:
      return "fg::normal(" + number(initializer.scale) + seed + ')';
    case Initializer::Kind::truncated_normal:
      return "fg::truncated_normal(" + number(initializer.scale) + seed + ')';
    case Initializer::Kind::orthogonal:
      return "fg::orthogonal(" + number(initializer.scale) + seed + ')';
    case Initializer::Kind::between:
      return "fg::filled_between(" + std::to_string(initializer.first) + ", " +
             std::to_string(initializer.last) + ", " + number(initializer.scale) + ')';
    case Initializer::Kind::given:
      break;
  }
  return "fg::zeros()";
}

std::string identifier(std::string_view text) {
  std::string result;
  for (const char c : text) {
    if (is_word_letter(c))
      result += c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    else if (!result.empty() && result.back() != '_')
      result += '_';
  }
  while (!result.empty() && result.back() == '_') result.pop_back();
  constexpr std::size_t longest = 60;
  if (result.size() > longest) result.erase(0, result.size() - longest);
  while (!result.empty() && result.front() == '_') result.erase(0, 1);
  if (result.empty()) result = "value";
  if (result.front() >= '0' && result.front() <= '9') result.insert(0, "value_");
  if (is_keyword(result)) result += '_';
  return result;
}

std::string wrapped(const std::string& text, std::size_t indent) {
  constexpr std::size_t columns = 100;
  std::string result;
  std::string line;
  std::string word;
  bool is_quoted = false;
  const auto take_word = [&] {
    if (line.size() + word.size() > columns && line.find_first_not_of(' ') != std::string::npos) {
      while (!line.empty() && line.back() == ' ') line.pop_back();
      result += line + '\n';
      line = std::string(indent, ' ');
    }
    line += word;
    word.clear();
  };
  for (std::size_t i = 0; i < text.size(); ++i) {
    word += text[i];
    if (text[i] == '\\' && is_quoted && i + 1 < text.size())
      word += text[++i];
    else if (text[i] == '"')
      is_quoted = !is_quoted;
    const bool is_gap = text[i] == ' ' && i > 0 && (text[i - 1] == ',' || text[i - 1] == '=');
    if (is_gap && !is_quoted) take_word();
  }
  take_word();
  return result + line;
}

std::string Names::unique(const std::string& wanted) {
  std::string name = wanted;
  for (int i = 2; !taken_.insert(name).second; ++i) name = wanted + '_' + std::to_string(i);
  return name;
}

}  // namespace foregraph::onnx::cpp
