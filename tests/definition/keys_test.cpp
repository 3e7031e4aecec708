// Keys that are defined twice, and keys of very many parts.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/definition/files.hpp"

namespace {

using definition_test::load_text;
using definition_test::Loaded;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

std::vector<std::string> problems_of(const std::string& text) {
  return load_text("schema = 1\n" + text).texts();
}

TEST(DuplicateKey, ThatIsQuotedIsShownAsWritten) {
  EXPECT_THAT(problems_of("\"k\" = 1\n\"k\" = 2\n"),
              ElementsAre("3:1 duplicate-key: '\"k\"' is defined twice"));
  EXPECT_THAT(problems_of("'k' = 1\nk=2\n"), ElementsAre("3:1 duplicate-key: 'k' is defined twice"));
  EXPECT_THAT(problems_of("a.\"x y\" = 1\na . \"x y\" = 2\n"),
              ElementsAre("3:5 duplicate-key: 'a . \"x y\"' is defined twice"));
}

TEST(DuplicateKey, HasColumnsInCharacters) {
  // Before it stand "ää" with its quotes and a dot: five characters, seven bytes.
  const Loaded loaded = load_text("schema = 1\n\"ää\".\"öö\" = 1\n\"ää\".\"öö\" = 2\n");
  EXPECT_THAT(loaded.texts(), ElementsAre("3:6 duplicate-key: '\"ää\".\"öö\"' is defined twice"));
  EXPECT_EQ(loaded.problems.at(0).where.length, 4u);
}

TEST(DuplicateKey, InATableWithinALineIsTheSecondOne) {
  EXPECT_THAT(problems_of("t = {a = 1, \"a\" = 2}\n"),
              ElementsAre("2:13 duplicate-key: '\"a\"' is defined twice"));
}

TEST(DuplicateKey, InAHeaderIsTheSecondOne) {
  EXPECT_THAT(problems_of("[a.\"b]\"]\n[a.\"b]\"]\n"),
              ElementsAre("3:4 duplicate-key: 'a.\"b]\"' is defined twice"));
}

std::string repeated(const std::string& text, int times) {
  std::string out;
  for (int i = 0; i < times; ++i) out += text;
  return out;
}

TEST(Depth, OfVeryManyPartsIsAnErrorAndNoCrash) {
  // The 201st dot of "a.a.a..." is character 402; each bracket counts like a dot.
  const std::string deep = "too-deep: keys and values more than 200 levels deep";
  EXPECT_THAT(problems_of(repeated("a.", 200'000) + "a = 1\n"), ElementsAre("2:402 " + deep));
  EXPECT_THAT(problems_of("[" + repeated("a.", 200'000) + "a]\n"), ElementsAre("2:401 " + deep));
  EXPECT_THAT(problems_of("x = " + repeated("[", 200'000) + "\n"), ElementsAre("2:205 " + deep));
  EXPECT_EQ(problems_of("x = " + repeated("{a.a.a = ", 100) + "\n").size(), 1u);
}

TEST(Depth, DoesNotCountWhatIsNoKey) {
  const std::string dots = repeated(".", 1000), several = repeated("\"", 3);
  EXPECT_THAT(
      problems_of("name = \"" + dots + "\" # " + dots + "\n[stages.a]\nplugin = 'x'\noptions.b = " + several +
                  "\n" + dots + several + "\noptions.c = [" + repeated("1.5, ", 1000) + "]\n"),
      IsEmpty());
}

}  // namespace
