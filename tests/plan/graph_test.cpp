// Drawings of plans as text of other programs.
#include "pipeline/plan/graph.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/plan/planning.hpp"

namespace {

using plan_test::plan_of;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

TEST(Dot, QuotesIdsThatAreKeywords) {
  const auto planned = plan_of({{"node", "counter", {}}, {"strict", "store", {{"", "node"}}}});
  ASSERT_THAT(planned->texts(), IsEmpty());
  const std::string text = ipet::plan::dot(planned->plan);
  EXPECT_THAT(text, HasSubstr("    \"node\" [shape=ellipse, label=\"node\\ncounter\"];\n"));
  EXPECT_THAT(text, HasSubstr("  \"node\" -> \"strict\" [label="));
}

}  // namespace
