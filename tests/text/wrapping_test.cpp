// Long lines and lists.
#include "pipeline/text/wrapping.hpp"

#include <set>
#include <vector>

#include <gtest/gtest.h>

namespace {

using ipet::text::named;
using ipet::text::wrapped;

TEST(Named, GivesTheFirstNamesAndTheNumberOfTheOthers) {
  const std::vector<std::string> names{"bulb", "cam", "plug"};
  EXPECT_EQ(named(names, 3), "bulb, cam, plug");
  EXPECT_EQ(named(names, 2), "bulb, cam and 1 more");
  EXPECT_EQ(named(std::set<std::string>(names.begin(), names.end()), 1), "bulb and 2 more");
  EXPECT_EQ(named(std::vector<std::string>(), 3), "");
}

TEST(Wrapped, BreaksAtBlanksAndIndentsWhatFollows) {
  EXPECT_EQ(wrapped("  one two three", 9, 4), "  one two\n    three");
  EXPECT_EQ(wrapped("  one two three", 8, 4), "  one\n    two\n    three");
  EXPECT_EQ(wrapped("one two", 7, 2), "one two");
}

TEST(Wrapped, CountsCharactersAndLeavesLongWordsWhole) {
  EXPECT_EQ(wrapped("caf\u00e9 caf\u00e9", 9, 2), "caf\u00e9 caf\u00e9");
  EXPECT_EQ(wrapped("a /a/very/long/path b", 6, 1), "a\n /a/very/long/path\n b");
  EXPECT_EQ(wrapped("", 5, 1), "");
  EXPECT_EQ(wrapped("   ", 2, 1), "   ");
}

}  // namespace
