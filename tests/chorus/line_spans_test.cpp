#include "stages/defence/line_spans.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/chorus/homes.hpp"

namespace ipet::defence::test {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

struct Recording {
  std::uint32_t capture;
  std::string name, device;
  std::vector<double> seconds;
  bool protect = true;
};

LineSpans spans_of(const std::vector<Recording>& recordings) {
  traffic::Traces home;
  for (const Recording& each : recordings) {
    traffic::DevicePackets in;
    in.capture = each.capture;
    in.capture_name = std::make_shared<const std::string>(each.name);
    in.device = std::make_shared<const std::string>(each.device);
    in.protect = each.protect;
    for (const double second : each.seconds) in.packets.push_back(packet(second, 10));
    home.add(in);
  }
  home.finish();
  return LineSpans(home);
}

/// Seconds of the first and last packet that a line's span holds; nothing where it is not known.
std::vector<double> span_of(const LineSpans& spans, std::uint32_t capture, const char* name,
                            const char* device) {
  const auto span = spans.of(capture, name, device);
  if (!span) return {};
  return {seconds_of(span->begin), seconds_of(span->end - 1)};
}

TEST(LineSpans, are_those_of_the_capture_over_all_its_devices_protected_or_not) {
  const LineSpans spans = spans_of({{0, "a", "hub", {10, 20}},
                                    {0, "a", "lock", {15}},
                                    {0, "a", "tv", {5, 30}, false},
                                    {1, "b", "hub", {100, 110}},
                                    {1, "b", "lock", {105, 140}}});
  EXPECT_THAT(span_of(spans, 0, "a", "lock"), ElementsAre(5, 30));
  EXPECT_THAT(span_of(spans, 1, "b", "hub"), ElementsAre(100, 140));
}

TEST(LineSpans, are_those_of_the_whole_home_where_each_device_has_a_file_of_its_own) {
  const LineSpans spans = spans_of(
      {{0, "hub.pcap", "hub", {10, 20}}, {1, "lock.pcap", "lock", {15}}, {2, "tv.pcap", "tv", {40}}});
  EXPECT_THAT(span_of(spans, 1, "lock.pcap", "lock"), ElementsAre(10, 40));
}

TEST(LineSpans, are_those_of_the_capture_where_its_only_device_is_in_others_too) {
  const LineSpans spans =
      spans_of({{0, "a", "hub", {10, 20}}, {1, "b", "hub", {50, 60}}, {2, "c", "tv", {99}}});
  EXPECT_THAT(span_of(spans, 1, "b", "hub"), ElementsAre(50, 60));
}

TEST(LineSpans, are_not_known_of_captures_of_another_run) {
  const LineSpans spans = spans_of({{0, "a", "hub", {10, 20}}, {0, "a", "lock", {15}}});
  EXPECT_THAT(span_of(spans, 0, "other", "hub"), IsEmpty());
  EXPECT_THAT(span_of(spans, 1, "a", "hub"), IsEmpty());
  EXPECT_THAT(span_of(spans, 0, "a", "stranger"), IsEmpty());
  EXPECT_THAT(span_of(LineSpans(), 0, "a", "hub"), IsEmpty());
}

TEST(LineSpans, name_protected_devices_that_a_capture_of_several_does_not_hold) {
  const LineSpans spans = spans_of({{0, "a", "hub", {10}},
                                    {0, "a", "lock", {15}},
                                    {1, "b", "hub", {100}},
                                    {1, "b", "tv", {100}, false},
                                    {2, "c", "hub", {200}}});
  EXPECT_THAT(spans.silent_in(0, "a"), IsEmpty());
  EXPECT_THAT(spans.silent_in(1, "b"), ElementsAre("lock"));
  EXPECT_THAT(spans.silent_in(2, "c"), IsEmpty());  // of the hub alone
}

}  // namespace
}  // namespace ipet::defence::test
