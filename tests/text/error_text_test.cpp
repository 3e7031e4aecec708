// The one form of errors: place, message, quoted line.
#include "pipeline/text/error_text.hpp"

#include <gtest/gtest.h>

#include "pipeline/text/printable.hpp"

namespace {

using ipet::text::error_text;
using ipet::text::ErrorText;

ErrorText at(const std::string& line, std::uint32_t column, std::uint32_t length = 1) {
  return {"f.toml:7:" + std::to_string(column), "error", "code", "wrong", "", line, 7, column, length};
}

TEST(ErrorText, MarksThePlaceInTheQuotedLine) {
  EXPECT_EQ(error_text(at("omega = 0.1", 9, 3)),
            "f.toml:7:9: error[code]: wrong\n"
            "    7 | omega = 0.1\n"
            "      |         ^^^\n");
}

TEST(ErrorText, MarksEscapedCharactersWhereTheyAreShown) {
  // ESC takes four characters; the marked part is the 'x' behind it and one more ESC.
  EXPECT_EQ(error_text(at("\x1b"
                          "x\x1b",
                          2, 2)),
            "f.toml:7:2: error[code]: wrong\n"
            "    7 | \\x1bx\\x1b\n"
            "      |     ^^^^^\n");
  EXPECT_EQ(error_text(at("\t\xc3\xa9 = \xe9", 6)),
            "f.toml:7:6: error[code]: wrong\n"
            "    7 |  \xc3\xa9 = \\xe9\n"
            "      |      ^^^^\n");
}

TEST(ErrorText, KeepsEachLineOfAHintBehindTheBar) {
  ErrorText error = at("omega = 0.1", 1, 5);
  error.hint = "did you mean 'x'?\nerror[code]: \x1b[1mforged";
  EXPECT_EQ(error_text(error),
            "f.toml:7:1: error[code]: wrong\n"
            "    7 | omega = 0.1\n"
            "      | ^^^^^ did you mean 'x'?\n"
            "      | error[code]: \\x1b[1mforged\n");
  error.line.reset();
  EXPECT_EQ(error_text(error),
            "f.toml:7:1: error[code]: wrong\n"
            "      | did you mean 'x'?\n"
            "      | error[code]: \\x1b[1mforged\n");
}

TEST(ErrorText, QuotesAPartOfALongLine) {
  const std::string text = error_text(at(std::string(5000, 'a') + "bc" + std::string(5000, 'd'), 5001, 2));
  EXPECT_EQ(text,
            "f.toml:7:5001: error[code]: wrong\n"
            "    7 | ... " +
                std::string(60, 'a') + "bc" + std::string(58, 'd') +
                " ...\n"
                "      |     " +
                std::string(60, ' ') + "^^\n");
}

TEST(ErrorText, CutsLongMessagesInTheirMiddle) {
  ErrorText error{"f.toml", "error", "code", "not '" + std::string(100'000, 'x') + "', must be 1", "", {},
                  0,        1,       1};
  const std::string text = error_text(error);
  EXPECT_LT(text.size(), 700U);
  EXPECT_TRUE(text.starts_with("f.toml: error[code]: not 'xxx"));
  EXPECT_TRUE(text.ends_with("xxx', must be 1\n"));
}

TEST(ErrorText, CannotBeForgedByWhatItShows) {
  ErrorText error{"f\n.toml", "error", "code", "no key 'a\nerror: b\x1b[2J'", "or\nc", {}, 0, 1, 1};
  EXPECT_EQ(error_text(error),
            "f\\n.toml: error[code]: no key 'a\n"
            "  error: b\\x1b[2J'\n"
            "      | or\n"
            "      | c\n");
}

TEST(ErrorText, OfManyErrorsTheNumberIsTold) {
  EXPECT_EQ(ipet::text::more_text(20, "error"), "");
  EXPECT_EQ(ipet::text::more_text(21, "error"), "and 1 more error\n");
  EXPECT_EQ(ipet::text::more_text(57, "warning"), "and 37 more warnings\n");
}

}  // namespace
