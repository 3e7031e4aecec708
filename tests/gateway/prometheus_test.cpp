// Counters as text: Prometheus exposition formats, "Text-based format", version 0.0.4.
#include "stages/gateway/prometheus.hpp"

#include <cmath>
#include <limits>

#include <gtest/gtest.h>

namespace ipet::gateway {
namespace {

TEST(PrometheusText, HasAFamilyWithItsHelpTypeAndSamples) {
  PrometheusText text;
  text.family("ipet_packets_total", "counter", "Packets on a line.");
  text.sample({{"line", "camera"}, {"direction", "out"}}, std::uint64_t{18'446'744'073'709'551'615U});
  text.sample({}, 0.25);
  EXPECT_EQ(text.text(),
            "# HELP ipet_packets_total Packets on a line.\n"
            "# TYPE ipet_packets_total counter\n"
            "ipet_packets_total{line=\"camera\",direction=\"out\"} 18446744073709551615\n"
            "ipet_packets_total 0.25\n");
}

TEST(PrometheusText, EscapesWhatWouldEndALabelOrALine) {
  PrometheusText text;
  text.family("a", "gauge", "one \\ two\nthree \"four\"");
  text.sample({{"device", "x\"} 1\ny \\ é"}}, std::uint64_t{1});
  EXPECT_EQ(text.text(),
            "# HELP a one \\\\ two\\nthree \"four\"\n"
            "# TYPE a gauge\n"
            "a{device=\"x\\\"} 1\\ny \\\\ é\"} 1\n");
}

TEST(PrometheusText, WritesNumbersThatAreNone) {
  PrometheusText text;
  text.family("a", "gauge", "x");
  text.sample({}, std::nan(""));
  text.sample({}, std::numeric_limits<double>::infinity());
  text.sample({}, -std::numeric_limits<double>::infinity());
  EXPECT_TRUE(text.text().ends_with("a NaN\na +Inf\na -Inf\n"));
}

TEST(PrometheusText, AddsUpTheBucketsOfAHistogram) {
  PrometheusText text;
  text.family("error_seconds", "histogram", "x");
  const double bounds[] = {0.0001, 0.001};
  const std::uint64_t counts[] = {3, 4, 5};
  text.histogram({{"line", "0"}}, bounds, counts, 1.5);
  EXPECT_TRUE(
      text.text().ends_with("error_seconds_bucket{line=\"0\",le=\"1e-04\"} 3\n"
                            "error_seconds_bucket{line=\"0\",le=\"0.001\"} 7\n"
                            "error_seconds_bucket{line=\"0\",le=\"+Inf\"} 12\n"
                            "error_seconds_sum{line=\"0\"} 1.5\n"
                            "error_seconds_count{line=\"0\"} 12\n"));
}

}  // namespace
}  // namespace ipet::gateway
