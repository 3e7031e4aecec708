// The choice of the kernels' instruction set.
#include "tests/fingerprint/simd.hpp"

#include <cstdlib>

#include <gmock/gmock.h>

namespace ipet::fingerprint {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::ThrowsMessage;

TEST(Simd, PortableIsAlwaysThereAndLast) {
  ASSERT_FALSE(simd_choices().empty());
  EXPECT_EQ(simd_choices().back(), "portable");
}

TEST(Simd, EveryChoiceCanBeUsed) {
  for (const std::string& name : simd_choices()) {
    const test::WithSimd with(name);
    EXPECT_EQ(simd(), name);
  }
}

TEST(Simd, AnUnknownOneIsAnErrorThatNamesThoseThatThereAre) {
  const std::string before = simd();
  EXPECT_THAT([] { use_simd("avx1024"); }, ThrowsMessage<std::runtime_error>(AllOf(
                                               HasSubstr("IPET_SIMD: 'avx1024'"), HasSubstr("portable"))));
  EXPECT_EQ(simd(), before);
}

/// In a process of its own, where nothing has been chosen yet.
void name_of_environment(const char* value) {
  ::setenv("IPET_SIMD", value, 1);
  try {
    std::fprintf(stderr, "uses %s\n", simd().c_str());
  } catch (const std::runtime_error& error) {
    std::fprintf(stderr, "%s\n", error.what());
  }
  std::exit(0);
}

TEST(SimdDeathTest, TheEnvironmentVariableChooses) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  EXPECT_EXIT(name_of_environment("portable"), testing::ExitedWithCode(0), "uses portable");
  EXPECT_EXIT(name_of_environment("mmx"), testing::ExitedWithCode(0),
              "IPET_SIMD: 'mmx' is no instruction set");
}

}  // namespace
}  // namespace ipet::fingerprint
