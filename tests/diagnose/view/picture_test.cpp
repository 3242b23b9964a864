#include <algorithm>
#include <boost/test/unit_test.hpp>
#include <foregraph/detail/diagnose/view/axis.hpp>
#include <foregraph/detail/diagnose/view/markup.hpp>
#include <foregraph/detail/diagnose/view/sampling.hpp>
#include <random>
#include <string>
#include <vector>

namespace fg = foregraph;
using namespace fg::picture;

namespace {

std::string labels_of(const std::vector<Tick>& ticks) {
  std::string text;
  for (const Tick& tick : ticks) text += tick.label + ';';
  return text;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(picture)

BOOST_AUTO_TEST_CASE(columns_keep_maxima_and_cover_all_steps) {
  std::mt19937 random(7);
  for (const int count : {1, 2, 99, 100, 101, 250, 5000}) {
    std::vector<fg::TimelineStep> steps(static_cast<std::size_t>(count));
    for (fg::TimelineStep& step : steps)
      for (std::int64_t& bytes : step.alive) bytes = static_cast<std::int64_t>(random() % 4);
    const std::vector<Column> columns = columns_of(steps, 100);
    BOOST_TEST(columns.size() <= 100U);
    std::int32_t at = 0;
    bool as_full_as_each_step = true;
    bool is_one_of_them = true;
    for (const Column& column : columns) {
      BOOST_TEST(column.first == at);
      BOOST_TEST(column.last > column.first);
      bool found = false;
      for (at = column.first; at < column.last; ++at) {
        const fg::TimelineStep& step = steps[static_cast<std::size_t>(at)];
        as_full_as_each_step &= fg::sum_of(step.alive) <= fg::sum_of(column.alive);
        found |= step.alive == column.alive;
      }
      is_one_of_them &= found;
    }
    BOOST_TEST(at == count);
    BOOST_TEST(as_full_as_each_step);
    BOOST_TEST(is_one_of_them);
  }
}

BOOST_AUTO_TEST_CASE(few_steps_are_drawn_exactly_and_equal_ones_as_one) {
  std::vector<fg::TimelineStep> steps(4);
  steps[0].alive[0] = steps[1].alive[0] = steps[3].alive[0] = 8;
  const std::vector<Column> columns = columns_of(steps, 4);
  BOOST_REQUIRE(columns.size() == 3U);
  BOOST_TEST(columns[0].last == 2);
  BOOST_TEST(columns[1].alive[0] == 0);
}

BOOST_AUTO_TEST_CASE(byte_axes_have_round_ticks_of_one_unit) {
  BOOST_TEST(labels_of(byte_ticks(0, 5)) == "0;1 B;");
  BOOST_TEST(labels_of(byte_ticks(1088, 5)) == "0;200 B;400 B;600 B;800 B;1,000 B;1,200 B;");
  BOOST_TEST(labels_of(byte_ticks(9 << 20, 5)) == "0;2 MiB;4 MiB;6 MiB;8 MiB;10 MiB;");
  BOOST_TEST(labels_of(byte_ticks(std::int64_t{3} << 39, 3)) == "0;0.5 TiB;1 TiB;1.5 TiB;");
  for (std::int64_t most = 1; most < std::int64_t{1} << 61; most = most * 3 + 1)
    for (const int wanted : {3, 5, 8}) {
      const std::vector<Tick> ticks = byte_ticks(most, wanted);
      BOOST_TEST(ticks.back().value >= static_cast<double>(most));
      BOOST_TEST(ticks[ticks.size() - 2].value < static_cast<double>(most));
      BOOST_TEST(ticks.size() <= static_cast<std::size_t>(2 * wanted + 2));
    }
}

BOOST_AUTO_TEST_CASE(logarithmic_axes_have_powers_of_two) {
  BOOST_TEST(labels_of(byte_power_ticks(5 << 20, 60 << 20, 7)) ==
             "4 MiB;8 MiB;16 MiB;32 MiB;64 MiB;");
  BOOST_TEST(labels_of(byte_power_ticks(1, 1 << 12, 4)) == "1 B;16 B;256 B;4 KiB;");
  BOOST_TEST(labels_of(byte_power_ticks(64, 64, 4)) == "64 B;");
  BOOST_TEST(labels_of(count_power_ticks(1, 10'000, 12)) == "1;4;16;64;256;1,024;4,096;");
  BOOST_TEST(labels_of(count_power_ticks(3, 40, 12)) == "4;8;16;32;");
  const std::int64_t large = std::int64_t{1} << 62;
  BOOST_TEST(byte_power_ticks(1, large, 7).back().value >= static_cast<double>(large));
}

BOOST_AUTO_TEST_CASE(counts_have_whole_ticks) {
  BOOST_TEST(labels_of(count_ticks(3, 10)) == "0;1;2;3;");
  BOOST_TEST(labels_of(count_ticks(2500, 5)) == "0;500;1,000;1,500;2,000;2,500;");
  BOOST_TEST(labels_of(count_ticks(0, 5)) == "0;1;");
}

BOOST_AUTO_TEST_CASE(text_is_escaped_for_xml) {
  BOOST_TEST(escape_xml("a<b>&\"c'") == "a&lt;b&gt;&amp;&quot;c&#39;");
  BOOST_TEST(escape_xml("gr\xC3\xB6\xC3\x9F"
                        "e \xF0\x9F\x98\x80") ==
             "gr\xC3\xB6\xC3\x9F"
             "e \xF0\x9F\x98\x80");
  const std::string bad = "\xEF\xBF\xBD";
  BOOST_TEST(escape_xml("\x01") == bad);
  BOOST_TEST(escape_xml("line\nbreak") == "line break");
  // Not UTF-8: a lone byte, cut off, overlong, a surrogate, beyond U+10FFFF; and U+FFFF.
  BOOST_TEST(escape_xml("\xFFz") == bad + "z");
  BOOST_TEST(escape_xml("\xC3") == bad);
  BOOST_TEST(escape_xml("\xC0\xAF") == bad + bad);
  BOOST_TEST(escape_xml("\xED\xA0\x80") == bad + bad + bad);
  BOOST_TEST(escape_xml("\xF4\x90\x80\x80") == bad + bad + bad + bad);
  BOOST_TEST(escape_xml("\xEF\xBF\xBF") == bad + bad + bad);
}

BOOST_AUTO_TEST_CASE(text_is_escaped_for_json_in_a_script_element) {
  BOOST_TEST(json_string("</script><b>") == "\"\\u003c/script\\u003e\\u003cb\\u003e\"");
  BOOST_TEST(json_string("a\"b\\c\n&") == "\"a\\\"b\\\\c\\u000a\\u0026\"");
  BOOST_TEST(json_string("\xFF") == "\"\xEF\xBF\xBD\"");
}

BOOST_AUTO_TEST_CASE(coordinates_have_one_decimal_at_most) {
  BOOST_TEST(pixels(12) == "12");
  BOOST_TEST(pixels(12.34) == "12.3");
  BOOST_TEST(pixels(-0.26) == "-0.3");
  BOOST_TEST(pixels(0.04) == "0");
  BOOST_TEST(pixels(-0.04) == "0");
}

BOOST_AUTO_TEST_CASE(long_text_is_shortened_between_characters) {
  BOOST_TEST(shortened("short", 10, 100) == "short");
  const std::string cut = shortened(std::string(100, 'a') + "\xC3\xB6", 10, 100);
  BOOST_TEST(text_width(cut, 10) <= 100);
  BOOST_TEST(text_width(cut, 10) > 80);
  BOOST_TEST(cut.substr(cut.size() - 3) == "\xE2\x80\xA6");
}

BOOST_AUTO_TEST_SUITE_END()
