// The page of counters.
#include "stages/gateway/counters_page.hpp"

#include <chrono>

#include <gmock/gmock.h>

namespace ipet::gateway {
namespace {

using testing::HasSubstr;
using testing::Not;

Counters some_counters() {
  Counters counters;
  counters.lines.resize(2);
  counters.lines[0].name = "cam\"era";
  counters.lines[0].up = counters.lines[0].covered = true;
  counters.lines[0].flow[0].user = {3, 300};
  counters.lines[0].flow[1].cover = {5, 7000};
  counters.lines[0].flow[0].carried = {3, 4000};
  counters.lines[1].name = "lamp";
  counters.lines[1].flow[1].control = {9, 900};
  counters.of(Refused::replayed) = 11;
  counters.of(Dropped::queue) = 12;
  counters.schedule_error.add(150'000);
  counters.schedule_error.add(2'000'000'000);
  counters.lost = 13;
  counters.unseen = 14;
  return counters;
}

TEST(CountersPage, ShowsEachLineDirectionAndReason) {
  CountersPage page(1'700'000'000'500'000'000, 1'700'000'060'000'000'000);
  page.publish(some_counters(), PoolState{4, 5000, 6, 7});
  const std::string text = page.text();
  for (const char* line :
       {"process_start_time_seconds 1700000000.5\n",
        "ipet_begin_time_seconds 1700000060\n",
        "ipet_line_packets_total{line=\"cam\\\"era\",direction=\"out\",traffic=\"user\"} 3\n",
        "ipet_line_bytes_total{line=\"cam\\\"era\",direction=\"out\",traffic=\"user\"} 300\n",
        "ipet_line_packets_total{line=\"cam\\\"era\",direction=\"in\",traffic=\"cover\"} 5\n",
        "ipet_line_bytes_total{line=\"cam\\\"era\",direction=\"in\",traffic=\"cover\"} 7000\n",
        "ipet_line_bytes_total{line=\"lamp\",direction=\"in\",traffic=\"control\"} 900\n",
        "ipet_line_bytes_total{line=\"lamp\",direction=\"out\",traffic=\"control\"} 0\n",
        "ipet_line_carried_bytes_total{line=\"cam\\\"era\",direction=\"out\"} 4000\n",
        "ipet_line_up{line=\"cam\\\"era\"} 1\n",
        "ipet_line_up{line=\"lamp\"} 0\n",
        "ipet_line_covered{line=\"lamp\"} 0\n",
        "ipet_devices_unprotected 1\n",
        "ipet_refused_total{reason=\"replayed\"} 11\n",
        "ipet_refused_total{reason=\"stranger\"} 0\n",
        "ipet_dropped_total{reason=\"queue\"} 12\n",
        "ipet_lost_total 13\n",
        "ipet_unseen_total 14\n",
        "ipet_schedule_error_seconds_bucket{le=\"1e-04\"} 0\n",
        "ipet_schedule_error_seconds_bucket{le=\"2e-04\"} 1\n",
        "ipet_schedule_error_seconds_bucket{le=\"1\"} 1\n",
        "ipet_schedule_error_seconds_bucket{le=\"+Inf\"} 2\n",
        "ipet_schedule_error_seconds_sum 2.00015\n",
        "ipet_schedule_error_seconds_count 2\n",
        "ipet_pool_days 4\n",
        "ipet_pool_bytes 5000\n",
        "ipet_pool_lost_total 6\n",
        "ipet_pool_short_devices 7\n"})
    EXPECT_THAT(text, HasSubstr(line));
}

TEST(CountersPage, CountsAllDevicesAsUnprotectedWhereThePoolDoesNotSuffice) {
  CountersPage page(0, 0);
  page.publish(some_counters(), PoolState{4, 5000, 6, 7, false});
  EXPECT_THAT(page.text(), HasSubstr("ipet_devices_unprotected 2\n"));
}

TEST(CountersPage, ShowsNoPoolWhereThereIsNone) {
  CountersPage page(0, 0);
  page.publish(some_counters(), std::nullopt);
  EXPECT_THAT(page.text(), Not(HasSubstr("pool")));
}

TEST(CountersPage, OfTenThousandLinesHasEachOnce) {
  Counters counters;
  counters.lines.resize(10'000);
  for (std::size_t i = 0; i < counters.lines.size(); ++i) counters.lines[i].name = "d" + std::to_string(i);
  CountersPage page(0, 0);
  page.publish(counters, std::nullopt);
  const std::string text = page.text();
  std::size_t lines = 0;
  for (std::size_t at = 0; (at = text.find("\nipet_line_up{", at)) != std::string::npos; ++at) ++lines;
  EXPECT_EQ(lines, 10'000u);
  EXPECT_THAT(text, HasSubstr("\nipet_line_up{line=\"d9999\"} 0\n"));
}

TEST(CountersPage, KnowsWhenTheProcessStarted) {
  const auto now = std::chrono::duration_cast<std::chrono::nanoseconds>(
                       std::chrono::system_clock::now().time_since_epoch())
                       .count();
  EXPECT_LE(process_start(), now + 2 * traffic::second);  // the boot is known to the second
  EXPECT_GE(process_start(), now - 3600 * traffic::second);
}

}  // namespace
}  // namespace ipet::gateway
