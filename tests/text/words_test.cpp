// Enumerations and their words.
#include "pipeline/text/words.hpp"

#include <gtest/gtest.h>

namespace {

using namespace ipet::text;

enum class Colour { red, green, blue };
constexpr Word<Colour> colours[] = {{"red", Colour::red}, {"light green", Colour::green}};

TEST(Words, StandForTheirValues) {
  EXPECT_EQ(word_of(colours, Colour::green), "light green");
  EXPECT_EQ(value_of(colours, "red"), Colour::red);
  EXPECT_EQ(list_of(colours), "red, light green");
}

TEST(Words, AreComparedWhole) {
  for (const char* other : {"", "re", "redd", "Red", "green"})
    EXPECT_EQ(value_of(colours, other), std::nullopt) << other;
}

TEST(Words, OfAValueThatHasNoneAreAnErrorOfTheProgram) {
  EXPECT_THROW((void)word_of(colours, Colour::blue), std::logic_error);
}

}  // namespace
