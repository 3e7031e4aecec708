// How values cross edges, and how references find their ports.
#include "pipeline/plan/edges.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/plan/planning.hpp"

namespace {

using plan_test::plan_of;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

TEST(Edge, IsOneOfFourKinds) {
  const auto planned = plan_of({{"n", "counter", {}},
                                {"fit", "fitter", {{"", "n"}}},
                                {"judge", "judge", {{"numbers", "n"}, {"fit", "fit"}}},
                                {"keep", "store", {{"", "judge"}, {"", "fit"}}}});
  EXPECT_THAT(planned->texts(), IsEmpty());
  EXPECT_THAT(planned->edges(), ElementsAre("n.numbers -collected-> fit.numbers",
                                            "n.numbers -stream-> judge.numbers", "fit.fit -whole-> judge.fit",
                                            "judge.judged -stream-> keep.in", "fit.fit -value-> keep.in"));
}

TEST(Edge, KeepsTheOrderOfTheFileWithinAPort) {
  const auto planned =
      plan_of({{"b", "counter", {}}, {"a", "counter", {}}, {"s", "store", {{"in", "a"}, {"in", "b"}}}});
  EXPECT_THAT(planned->edges(), ElementsAre("a.numbers -stream-> s.in", "b.numbers -stream-> s.in"));
}

TEST(BareName, PicksTheOutputThatFits) {
  const auto planned =
      plan_of({{"n", "counter", {}}, {"split", "splitter", {{"", "n"}}}, {"s", "store", {{"", "split"}}}});
  EXPECT_THAT(planned->texts(), IsEmpty());
  EXPECT_THAT(planned->edges(), ElementsAre("n.numbers -stream-> split.in", "split.numbers -stream-> s.in"));
}

TEST(BareName, OfSeveralOutputsThatFitIsAmbiguous) {
  const auto planned =
      plan_of({{"n", "counter", {}}, {"pair", "twins", {{"", "n"}}}, {"s", "store", {{"", "pair"}}}});
  EXPECT_THAT(planned->texts(), ElementsAre("ambiguous-output: several outputs of 'pair' fit 's.in'"));
  EXPECT_EQ(planned->problems.at(0).hint, "write one of: \"pair.left\", \"pair.right\"");
}

TEST(NamedOutput, IsTaken) {
  const auto planned =
      plan_of({{"n", "counter", {}}, {"pair", "twins", {{"", "n"}}}, {"s", "store", {{"", "pair.right"}}}});
  EXPECT_THAT(planned->texts(), IsEmpty());
  EXPECT_EQ(planned->edges().back(), "pair.right -stream-> s.in");
}

TEST(NamedOutput, ThatIsMisspeltListsTheOutputs) {
  const auto planned =
      plan_of({{"n", "counter", {}}, {"pair", "twins", {{"", "n"}}}, {"s", "store", {{"", "pair.rihgt"}}}});
  EXPECT_THAT(planned->texts(), ElementsAre("unknown-port: stage 'pair': no output 'rihgt'"));
  EXPECT_EQ(planned->problems.at(0).hint, "did you mean 'right'?  twins has: left, right");
}

TEST(Input, ThatIsMisspeltListsTheInputs) {
  const auto planned =
      plan_of({{"n", "counter", {}}, {"d", "doubler", {{"inn", "n"}}}, {"s", "store", {{"", "d"}}}});
  EXPECT_THAT(planned->texts(), ElementsAre("unknown-port: stage 'd': no input 'inn'",
                                            "unconnected-input: stage 'd': input 'in' is not connected"));
  EXPECT_EQ(planned->problems.at(0).hint, "did you mean 'in'?  doubler has: in");
}

TEST(Input, OfSeveralMustBeNamed) {
  const auto planned =
      plan_of({{"n", "counter", {}}, {"j", "judge", {{"", "n"}}}, {"s", "store", {{"", "j"}}}});
  EXPECT_THAT(planned->texts(),
              ElementsAre("ambiguous-input: stage 'j' has several inputs, so each must be named"));
}

TEST(Input, ThatIsOptionalMayBeLeftOut) {
  const auto planned = plan_of({{"n", "counter", {}},
                                {"fit", "fitter", {{"", "n"}}},
                                {"j", "judge", {{"numbers", "n"}}},
                                {"s", "store", {{"", "j"}, {"", "fit"}}}});
  EXPECT_THAT(planned->texts(), ElementsAre("unconnected-input: stage 'j': input 'fit' is not connected"));
}

TEST(Input, OfOneWholeValueTakesOneEdge) {
  const auto planned = plan_of({{"a", "counter", {}},
                                {"b", "counter", {}},
                                {"fit", "fitter", {{"", "a"}, {"", "b"}}},
                                {"s", "store", {{"", "fit"}}}});
  EXPECT_THAT(planned->texts(),
              ElementsAre("input-count: stage 'fit': input 'numbers' takes one whole value, not 2"));
}

TEST(Input, TakesAnOutputOnce) {
  const auto planned = plan_of({{"n", "counter", {}}, {"s", "store", {{"in", "n"}, {"in", "n.numbers"}}}});
  EXPECT_THAT(planned->texts(),
              ElementsAre("duplicate-input: stage 's': 'n.numbers' is given twice to input 'in'"));
}

TEST(Input, TakesTwoOutputsOfOneStage) {
  const auto planned = plan_of({{"n", "counter", {}},
                                {"pair", "twins", {{"", "n"}}},
                                {"s", "store", {{"", "pair.left"}, {"", "pair.right"}}}});
  EXPECT_THAT(planned->texts(), IsEmpty());
}

TEST(Input, OfASourceIsRefused) {
  const auto planned =
      plan_of({{"a", "counter", {}}, {"b", "counter", {{"", "a"}}}, {"s", "store", {{"", "b"}}}});
  EXPECT_THAT(planned->texts(), ElementsAre("no-inputs: stage 'b' takes no inputs, counter is a source"));
}

TEST(Input, FromASinkIsRefused) {
  const auto planned =
      plan_of({{"a", "counter", {}}, {"s", "store", {{"", "a"}}}, {"t", "store", {{"", "s"}}}});
  EXPECT_THAT(planned->texts(), ElementsAre("no-outputs: stage 't': 's' has no outputs, store is a sink"));
}

TEST(Types, ThatDifferNameBothEnds) {
  const auto planned = plan_of({{"n", "counter", {}},
                                {"split", "splitter", {{"", "n"}}},
                                {"d", "doubler", {{"", "split.words"}}},
                                {"s", "store", {{"", "d"}}}});
  EXPECT_THAT(planned->texts(), ElementsAre("port-type: 'split.words' gives word/2, 'd.in' takes number/1"));
}

TEST(Types, AWholeInputTakesAStreamThatCarriesTheValueItself) {
  const auto planned = plan_of({{"n", "counter", {}},
                                {"split", "splitter", {{"", "n"}}},
                                {"fit", "fitter", {{"", "n"}}},
                                {"j", "judge", {{"numbers", "n"}, {"fit", "fit"}, {"note", "split.words"}}},
                                {"s", "store", {{"", "j"}}}});
  EXPECT_THAT(planned->texts(), IsEmpty());
}

TEST(Types, AWholeValueFitsNoStreamInputButASinks) {
  const ipet::TypeName type{"number", 1, 8};
  const ipet::OutputDescription whole{"out", type, true, {}};
  const ipet::InputDescription stream{"in", {type}, false, false, std::nullopt, {}};
  EXPECT_EQ(ipet::plan::edge_kind(whole, stream, ipet::Form::map), std::nullopt);
  EXPECT_EQ(ipet::plan::edge_kind(whole, stream, ipet::Form::sink), ipet::plan::EdgeKind::value);
}

TEST(Types, OfAPortThatGathersNameTheStreamToo) {
  const auto planned = plan_of({{"n", "counter", {}},
                                {"split", "splitter", {{"", "n"}}},
                                {"fit", "fitter", {{"", "split.words"}}},
                                {"s", "store", {{"", "fit"}}}});
  EXPECT_THAT(
      planned->texts(),
      ElementsAre(
          "port-type: 'split.words' gives word/2, 'fit.numbers' takes number_set/1 or a stream of number/1"));
}

TEST(Types, OfOneNameButAnotherLayoutWereBuiltAgainstOtherHeaders) {
  const auto planned = plan_of({{"n", "counter", {}}, {"o", "old_reader", {{"", "n"}}}});
  EXPECT_THAT(
      planned->texts(),
      ElementsAre("port-layout: 'n.numbers' and 'o.in' were built against different headers of number/1"));
  EXPECT_EQ(planned->problems.at(0).hint, "rebuild both plugins");
}

TEST(Outputs, ThatNobodyTakesAreAWarningOfTheStage) {
  const auto planned = plan_of({{"n", "counter", {}},
                                {"pair", "twins", {{"", "n"}}},
                                {"split", "splitter", {{"", "n"}}},
                                {"s", "store", {{"", "pair.left"}}}});
  EXPECT_THAT(planned->texts(), IsEmpty());
  ASSERT_EQ(planned->plan.warnings.size(), 1u);
  EXPECT_EQ(planned->plan.warnings[0].message,
            "stage 'split': nothing takes its outputs numbers (number/1), words (word/2)");
}

}  // namespace
