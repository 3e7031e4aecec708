// What a library's fingerprint says of its build.
#include "pipeline/sdk/build.hpp"

#include <string>

#include <gtest/gtest.h>

namespace {

using ipet::builds_fit;

const std::string ours = IPET_BUILD_FINGERPRINT;

bool says(const std::string& part) {
  return (", " + ours + ", ").find(", " + part + ", ") != std::string::npos;
}

TEST(Fingerprint, NamesTheCompilerByItsOwnName) {
#ifdef __clang__
  EXPECT_TRUE(ours.starts_with("clang " + std::to_string(__clang_major__) + ", ")) << ours;
#else
  EXPECT_TRUE(ours.starts_with("gcc " + std::to_string(__GNUC__) + ", ")) << ours;
#endif
}

TEST(Fingerprint, NamesTheAbiOfTheStandardLibrary) {
#ifdef _GLIBCXX_RELEASE
  EXPECT_TRUE(says("libstdc++ " + std::to_string(_GLIBCXX_RELEASE) + " abi " +
                   std::to_string(_GLIBCXX_USE_CXX11_ABI)))
      << ours;
#endif
}

TEST(Fingerprint, SaysWhetherAssertionsAreChecked) {
#ifdef NDEBUG
  EXPECT_TRUE(says("no assertions")) << ours;
#else
  EXPECT_TRUE(says("assertions")) << ours;
#endif
}

TEST(Fingerprint, NamesEverySanitizer) {
#ifdef __SANITIZE_ADDRESS__
  EXPECT_TRUE(says("address sanitizer")) << ours;
#else
  EXPECT_FALSE(says("address sanitizer")) << ours;
#endif
#ifdef __SANITIZE_THREAD__
  EXPECT_TRUE(says("thread sanitizer")) << ours;
#else
  EXPECT_FALSE(says("thread sanitizer")) << ours;
#endif
#ifdef IPET_UNDEFINED_SANITIZER
  EXPECT_TRUE(says("undefined sanitizer")) << ours;
#elif !defined(__clang__)
  EXPECT_FALSE(says("undefined sanitizer")) << ours;
#endif
}

TEST(Fingerprint, NamesTheInterfaceOfOneTbb) {
  EXPECT_TRUE(says("onetbb " + std::to_string(TBB_INTERFACE_VERSION))) << ours;
}

TEST(Builds, FitWhereAllIsEqual) {
  EXPECT_TRUE(builds_fit("gcc 12, assertions, onetbb 12080", "gcc 12, assertions, onetbb 12080"));
  EXPECT_FALSE(builds_fit("clang 14, assertions, onetbb 12080", "gcc 12, assertions, onetbb 12080"));
  EXPECT_FALSE(builds_fit("gcc 12, no assertions, onetbb 12080", "gcc 12, assertions, onetbb 12080"));
  EXPECT_FALSE(builds_fit("gcc 12, assertions, onetbb 12070", "gcc 12, assertions, onetbb 12080"));
}

TEST(Builds, WithoutOneTbbFitEveryOneTbbAndNothingElse) {
  EXPECT_TRUE(builds_fit("gcc 12, assertions, no onetbb", "gcc 12, assertions, onetbb 12080"));
  EXPECT_FALSE(builds_fit("gcc 12, assertions, no onetbb", "gcc 13, assertions, onetbb 12080"));
  EXPECT_FALSE(
      builds_fit("gcc 12, assertions, no onetbb", "gcc 12, assertions, thread sanitizer, onetbb 12080"));
}

}  // namespace
