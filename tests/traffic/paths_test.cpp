#include "stages/traffic/paths.hpp"

#include <algorithm>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace {

using ipet::traffic::glob_escape;
using ipet::traffic::glob_match;
using ipet::traffic::natural_less;

TEST(Glob, StarsAndQuestionMarksStayWithinAComponent) {
  EXPECT_TRUE(glob_match("a/*.pcap", "a/x.pcap"));
  EXPECT_TRUE(glob_match("a/*", "a/"));
  EXPECT_FALSE(glob_match("a/*.pcap", "a/b/x.pcap"));
  EXPECT_FALSE(glob_match("*", "a/b"));
  EXPECT_TRUE(glob_match("a?c", "abc"));
  EXPECT_FALSE(glob_match("a?c", "a/c"));
  EXPECT_FALSE(glob_match("a?c", "ac"));
  EXPECT_TRUE(glob_match("*a*b*c", "xxaxbabxc"));
  EXPECT_FALSE(glob_match("*.pcap", "x.pcapng"));
}

TEST(Glob, TwoStarsStandForAnyNumberOfComponents) {
  for (const char* path : {"a/x.pcap", "a/b/x.pcap", "a/b/c/x.pcap"})
    EXPECT_TRUE(glob_match("a/**/*.pcap", path)) << path;
  EXPECT_TRUE(glob_match("**/x", "x"));
  EXPECT_TRUE(glob_match("a/**", "a/b/c"));
  EXPECT_FALSE(glob_match("a/**/x", "b/a/x"));
  EXPECT_TRUE(glob_match("/srv/**/x", "/srv/u/x"));
}

TEST(Glob, TwoStarsAreNoComponentToo) {
  EXPECT_TRUE(glob_match("a/**", "a"));
  EXPECT_TRUE(glob_match("**", ""));
  EXPECT_TRUE(glob_match("**/**/a/**", "a"));
  EXPECT_TRUE(glob_match("**/b/**/b/c", "a/b/b/a/b/c"));
  EXPECT_FALSE(glob_match("**/b/**/b/c", "a/b/c"));
  EXPECT_FALSE(glob_match("a/**/b", "a"));
}

// Trying all ways to divide the path among the stars takes longer than anybody lives.
TEST(Glob, OfManyTwoStarsTakesNoTimeAndOfALongPathNoStack) {
  std::string pattern, path;
  for (int i = 0; i < 40; ++i) pattern += "**/a/";
  for (int i = 0; i < 200; ++i) path += "a/";
  EXPECT_FALSE(glob_match(pattern + "b", path + "c"));
  EXPECT_TRUE(glob_match(pattern + "b", path + "b"));
  std::string deep;
  for (int i = 0; i < 1'000'000; ++i) deep += "a/";
  EXPECT_TRUE(glob_match("**/b", deep + "b"));
  EXPECT_TRUE(glob_match(deep + "b", deep + "b"));
}

TEST(Glob, SetsRangesAndTheirNegation) {
  EXPECT_TRUE(glob_match("day[0-9].pcap", "day7.pcap"));
  EXPECT_FALSE(glob_match("day[0-9].pcap", "dayx.pcap"));
  EXPECT_TRUE(glob_match("[!ab]x", "cx"));
  EXPECT_FALSE(glob_match("[!ab]x", "ax"));
  EXPECT_TRUE(glob_match("[]]", "]"));
  EXPECT_TRUE(glob_match("[a-]", "-"));
  EXPECT_TRUE(glob_match("a[b", "a[b"));  // no end: an ordinary character
}

TEST(Glob, EscapedTextMatchesItselfOnly) {
  const std::string odd = "a[1]/b*c?\\d";
  EXPECT_TRUE(glob_match(glob_escape(odd), odd));
  EXPECT_FALSE(glob_match(glob_escape("a*"), "ab"));
}

TEST(NaturalOrder, ComparesRunsOfDigitsAsNumbers) {
  std::vector<std::string> names = {"day10", "day2",  "day1", "day01", "b",
                                    "a/x",   "a b/x", "a",    "day2a", "day2/x"};
  std::sort(names.begin(), names.end(), natural_less);
  EXPECT_THAT(names, testing::ElementsAre("a", "a/x", "a b/x", "b", "day01", "day1", "day2", "day2/x",
                                          "day2a", "day10"));
}

TEST(NaturalOrder, IsStrictAndTotal) {
  const std::vector<std::string> names = {
      "",    "0",   "00",  "01",   "1",     "1a",  "a1",
      "a01", "a1b", "a/1", "a/01", "a/1/2", "a10", "a9999999999999999999999"};
  for (const std::string& a : names) {
    for (const std::string& b : names) {
      EXPECT_EQ(natural_less(a, b) + natural_less(b, a), a != b) << a << " " << b;
      for (const std::string& c : names) {
        const bool chained = natural_less(a, b) && natural_less(b, c);
        EXPECT_TRUE(!chained || natural_less(a, c)) << a << " " << b << " " << c;
      }
    }
  }
}

}  // namespace
