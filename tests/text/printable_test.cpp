// What a terminal gets of text that others wrote.
#include "pipeline/text/printable.hpp"

#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "pipeline/text/utf8.hpp"

namespace {

using namespace std::string_literals;
using ipet::text::is_plain;
using ipet::text::printable;
using ipet::text::printable_lines;
using ipet::text::shortened;
using ipet::text::shown;

TEST(Printable, LeavesOrdinaryTextAsItIs) {
  for (const char* text : {"", "caf\xc3\xa9 \xe6\xb0\xb4 \xf0\x9f\x98\x80", "<&> \\ $(x) 'a' \"b\" %41"}) {
    EXPECT_EQ(printable(text), text);
    EXPECT_TRUE(is_plain(text));
  }
}

TEST(Printable, EscapesWhatATerminalObeys) {
  EXPECT_EQ(printable("\x1b[2J"), "\\x1b[2J");  // ESC: clears the screen
  EXPECT_EQ(printable("a\nb\rc\td"), "a\\nb\\rc\\td");
  EXPECT_EQ(printable("\0\x07\x08\x7f"s), "\\x00\\x07\\x08\\x7f");
  EXPECT_EQ(printable("\xc2\x9b"
                      "31m"),
            "\\u009b31m");                                  // U+009B: CSI of C1
  EXPECT_EQ(printable("\xe2\x80\xae"), "\\u202e");          // right-to-left override
  EXPECT_EQ(printable("\xe2\x81\xa6"), "\\u2066");          // left-to-right isolate
  EXPECT_EQ(printable("\xe2\x80\xa8"), "\\u2028");          // line separator
  EXPECT_EQ(printable("\xf3\xa0\x80\x81"), "\\U000e0001");  // a tag
}

TEST(Printable, EscapesWhatHasNoWidth) {
  for (const auto& [raw, escaped] : std::vector<std::pair<std::string, std::string>>{
           {"\xc2\xad", "\\u00ad"},         // soft hyphen
           {"\xcd\x8f", "\\u034f"},         // combining grapheme joiner
           {"\xe1\xa0\x8e", "\\u180e"},     // Mongolian vowel separator
           {"\xe2\x80\x8b", "\\u200b"},     // zero-width space
           {"\xe2\x80\x8c", "\\u200c"},     // zero-width non-joiner
           {"\xe2\x80\x8d", "\\u200d"},     // zero-width joiner
           {"\xe2\x80\x8f", "\\u200f"},     // right-to-left mark
           {"\xe2\x80\xaa", "\\u202a"},     // left-to-right embedding
           {"\xe2\x81\xa0", "\\u2060"},     // word joiner
           {"\xe2\x81\xa4", "\\u2064"},     // invisible plus
           {"\xe2\x81\xa9", "\\u2069"},     // end of an isolate
           {"\xe2\x81\xaf", "\\u206f"},     // nominal digit shapes
           {"\xe3\x85\xa4", "\\u3164"},     // Hangul filler
           {"\xef\xbb\xbf", "\\ufeff"},     // byte order mark
           {"\xef\xbf\xb9", "\\ufff9"}}) {  // interlinear annotation
    EXPECT_EQ(printable("a" + raw + "b"), "a" + escaped + "b");
    EXPECT_FALSE(is_plain("a" + raw + "b")) << escaped;
  }
  // Their neighbours are visible; so is a red heart, whose variation selector makes it red.
  for (const char* text : {"\xe2\x80\x8a|", "\xe2\x80\x90", "\xe2\x80\xaf|", "\xe2\x81\x9f|", "\xe2\x81\xb0",
                           "\xe2\x9d\xa4\xef\xb8\x8f", "e\xcc\x81"})
    EXPECT_TRUE(is_plain(text)) << text;
}

TEST(Printable, ShowsBytesThatAreNoUtf8) {
  EXPECT_EQ(printable("caf\xe9.pcap"), "caf\\xe9.pcap");    // Latin-1
  EXPECT_EQ(printable("\xc3"), "\\xc3");                    // cut
  EXPECT_EQ(printable("\xc0\xaf"), "\\xc0\\xaf");           // too long a form of '/'
  EXPECT_EQ(printable("\xed\xa0\x80"), "\\xed\\xa0\\x80");  // half of a surrogate pair
  EXPECT_EQ(printable("\x9b"
                      "31m"),
            "\\x9b31m");  // C1 on a terminal that takes single bytes
  EXPECT_FALSE(is_plain("caf\xe9"));
}

TEST(Printable, LinesAreIndentedSoThatNoneCanPassForAnother) {
  EXPECT_EQ(printable_lines("a\nerror: b\n", 2), "a\n  error: b\n");
  EXPECT_EQ(printable_lines("a\r\x1b\n"), "a\\r\\x1b\n");
}

TEST(Printable, LongTextsLoseTheirMiddleBetweenCharacters) {
  EXPECT_EQ(shortened("0123456789", 10), "0123456789");
  EXPECT_EQ(shortened("0123456789ab", 9), "012345 ... 9ab");
  EXPECT_EQ(shortened("\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9", 3), "\xc3\xa9\xc3\xa9 ... \xc3\xa9");
  EXPECT_LT(shown(std::string(1'000'000, 'x')).size(), 100U);
  EXPECT_LT(shown(std::string(1'000'000, '\x1b')).size(), 100U);
}

}  // namespace
