// What is refused before toml++ sees it.
#include "pipeline/toml/document.hpp"

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <random>

#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

namespace {

namespace fs = std::filesystem;
using namespace std::string_literals;
using ipet::toml_text::parse;
using ipet::toml_text::parse_value;
using ipet::toml_text::read_text;
using ipet::toml_text::Refused;

class TomlFile : public testing::Test {
 protected:
  TomlFile() {
    std::string name = fs::temp_directory_path() / "ipet-test-XXXXXX";
    if (::mkdtemp(name.data()) != nullptr) folder_ = name;
  }
  ~TomlFile() override {
    std::error_code ignored;
    fs::remove_all(folder_, ignored);
  }
  fs::path folder_;
};

/// "code line:column message"
template <class Do>
std::string refusal(Do what) {
  try {
    what();
  } catch (const Refused& refused) {
    const auto& issue = refused.issue();
    return issue.code + " " + std::to_string(issue.where.line) + ":" + std::to_string(issue.where.column) +
           " " + issue.message;
  }
  return "taken";
}

std::string of_text(const std::string& text) {
  return refusal([&] { (void)parse(text); });
}

TEST_F(TomlFile, ThatIsNoRegularFileIsRefusedAtOnce) {
  const auto of_file = [](const fs::path& file) { return refusal([&] { (void)read_text(file); }); };
  ASSERT_EQ(::mkfifo((folder_ / "pipe").c_str(), 0600), 0);  // nobody writes to it
  EXPECT_EQ(of_file(folder_ / "pipe"), "cannot-read 0:0 cannot be read: it is a pipe");
  EXPECT_EQ(of_file(folder_), "cannot-read 0:0 cannot be read: it is a folder");
  EXPECT_EQ(of_file("/dev/zero"), "cannot-read 0:0 cannot be read: it is a device, not a file");
  EXPECT_EQ(of_file(folder_ / "none"), "cannot-read 0:0 cannot be read: No such file or directory");
  EXPECT_EQ(of_file("a\0b"s), "cannot-read 0:0 cannot be read: a path cannot hold a NUL");
  fs::create_symlink("loop", folder_ / "loop");
  EXPECT_EQ(of_file(folder_ / "loop"), "cannot-read 0:0 cannot be read: Too many levels of symbolic links");
  const int listening = ::socket(AF_UNIX, SOCK_STREAM, 0);
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  (folder_ / "socket").string().copy(address.sun_path, sizeof address.sun_path - 1);
  ASSERT_EQ(::bind(listening, reinterpret_cast<sockaddr*>(&address), sizeof address), 0);
  EXPECT_EQ(of_file(folder_ / "socket"), "cannot-read 0:0 cannot be read: it is no regular file");
  ::close(listening);
}

TEST_F(TomlFile, OfMoreThanTheLimitIsRefused) {
  std::ofstream(folder_ / "large") << std::string((2U << 20U) + 1, '#');
  EXPECT_EQ(refusal([&] { (void)read_text(folder_ / "large", 2U << 20U); }),
            "too-large 0:0 is larger than 2 MiB, as no file of this kind is");
  EXPECT_EQ(read_text(folder_ / "large", (2U << 20U) + 1).size(), (2U << 20U) + 1);
}

TEST(TomlText, ThatIsNoTextIsRefusedWithItsPlace) {
  EXPECT_EQ(of_text("a = 1\nb = '\0'\n"s), "not-text 2:6 a NUL character: this is no text file");
  EXPECT_EQ(of_text("a = 1\n\"\xc3\xa9\" = '\xe9'\n"),
            "not-text 2:8 a byte that is no UTF-8, as TOML must be");
  EXPECT_EQ(of_text("\x7f"
                    "ELF\x02\x01\x01\xe9\0"s),
            "not-text 1:8 a byte that is no UTF-8, and control characters: this is no text file");
  EXPECT_EQ(of_text("\xff\xfe"
                    "a\0=\0"s),
            "not-text 1:1 UTF-16; TOML is UTF-8");
  EXPECT_EQ(of_text("\xef\xbb\xbf"
                    "a = 1\n"),
            "taken");  // a byte order mark is no part of the text
}

TEST(TomlText, ThatGoesTooDeepIsRefused) {
  std::string dots, brackets(100'000, '[');
  for (int i = 0; i < 100'000; ++i) dots += "a.";
  const std::string deep = " keys and values more than 200 levels deep";
  // The 201st dot of "a.a.a..." is character 402; each bracket counts like a dot.
  EXPECT_EQ(of_text(dots + "a = 1\n"), "too-deep 1:402" + deep);
  EXPECT_EQ(of_text("[" + dots + "a]\n"), "too-deep 1:401" + deep);
  EXPECT_EQ(of_text("a = " + brackets), "too-deep 1:205" + deep);
  EXPECT_EQ(refusal([&] { (void)parse_value(brackets); }), "too-deep 1:209" + deep);
}

TEST(TomlText, WithAKeyTwiceIsRefusedAtTheSecond) {
  EXPECT_EQ(of_text("[t]\n\"k\" = 1\n\"k\" = 2\n"), "duplicate-key 3:1 '\"k\"' is defined twice");
}

TEST(TomlValue, IsOneValueOnOneLine) {
  EXPECT_EQ(parse_value("[1, 2]")["value"].as_array()->size(), 2U);
  EXPECT_TRUE(refusal([] { (void)parse_value("1\nb = 2"); }).starts_with("invalid-toml 1:10 "));
  EXPECT_TRUE(refusal([] { (void)parse_value("lstm"); }).starts_with("invalid-toml 1:9 "));
}

/// Pieces of TOML in any order: each text is taken or refused with a place in it.
TEST(TomlText, OfPiecesInAnyOrderIsTakenOrRefusedWithAPlace) {
  const unsigned seed = std::random_device()();
  SCOPED_TRACE("seed " + std::to_string(seed));
  std::mt19937 random(seed);
  const std::string pieces[] = {"[",
                                "]",
                                "{",
                                "}",
                                ".",
                                ",",
                                "=",
                                "\"",
                                "'",
                                "\"\"\"",
                                "'''",
                                "\\",
                                "#",
                                "\n",
                                "\r\n",
                                " ",
                                "a",
                                "b",
                                "1",
                                "true",
                                "-0.5e3",
                                "nan",
                                "\xc3\xa9",
                                "\t",
                                "\\u12",
                                "0x1f",
                                "\x1b"
                                "",
                                "x",
                                "1979-05-27",
                                "[[a]]\n",
                                "a.b = 1\n"};
  for (int i = 0; i < 20'000; ++i) {
    std::string text;
    for (auto length = random() % 30; length > 0; --length) text += pieces[random() % std::size(pieces)];
    try {
      (void)parse(text);
    } catch (const Refused& refused) {
      const auto lines = static_cast<std::uint32_t>(std::count(text.begin(), text.end(), '\n') + 1);
      ASSERT_GE(refused.issue().where.line, 1U) << text;
      ASSERT_LE(refused.issue().where.line, lines) << text;
    }
  }
}

}  // namespace
