// Names of files where only UTF-8 without control characters can be stored.
#include "pipeline/text/percent.hpp"

#include <random>

#include <gtest/gtest.h>

#include "pipeline/text/printable.hpp"

namespace {

using ipet::text::is_plain;
using ipet::text::percent_decoded;
using ipet::text::percent_encoded;

TEST(Percent, EscapesLatin1AndControlCharactersOnly) {
  EXPECT_EQ(percent_encoded("caf\xe9.pcap"), "caf%E9.pcap");
  EXPECT_EQ(percent_encoded("caf\xc3\xa9.pcap"), "caf\xc3\xa9.pcap");
  EXPECT_EQ(percent_encoded("a\n\x1b"), "a%0A%1B");
  EXPECT_EQ(percent_encoded("\xe2\x80\xae"), "%E2%80%AE");
  EXPECT_EQ(percent_encoded("50%.pcap, 100%25 %e9"), "50%.pcap, 100%2525 %e9");
}

TEST(Percent, EveryNameComesBack) {
  const unsigned seed = std::random_device()();
  SCOPED_TRACE("seed " + std::to_string(seed));
  std::mt19937 random(seed);
  constexpr std::string_view likely = "%%%0AEF29\n\x1b\xc3\xa9\xe2\x80\xae";
  for (int i = 0; i < 20'000; ++i) {
    std::string name;
    for (auto length = random() % 12; length > 0; --length)
      name += random() % 4 == 0 ? static_cast<char>(random() & 0xffU) : likely[random() % likely.size()];
    const std::string encoded = percent_encoded(name);
    ASSERT_EQ(percent_decoded(encoded), name) << encoded;
    ASSERT_TRUE(is_plain(encoded)) << encoded;
  }
}

}  // namespace
