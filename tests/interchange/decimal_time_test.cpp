// Decimal seconds and points in time as exact nanoseconds.
#include "stages/interchange/decimal_time.hpp"

#include <gtest/gtest.h>

namespace ipet::interchange {
namespace {

TEST(Seconds, are_exact_to_the_nanosecond) {
  EXPECT_EQ(parse_seconds("0.000000000"), 0);
  EXPECT_EQ(parse_seconds("0.1"), 100'000'000);
  EXPECT_EQ(parse_seconds("12"), 12'000'000'000);
  EXPECT_EQ(parse_seconds("1615216935.831389001"), 1'615'216'935'831'389'001);
  EXPECT_EQ(parse_seconds("4.000000001"), 4'000'000'001);
  EXPECT_EQ(parse_seconds(".5"), 500'000'000);
  EXPECT_EQ(parse_seconds("5."), 5'000'000'000);
  EXPECT_EQ(parse_seconds("+0.25"), 250'000'000);
}

TEST(Seconds, may_be_negative) {
  EXPECT_EQ(parse_seconds("-0.000001"), -1000);
  EXPECT_EQ(parse_seconds("-3.5"), -3'500'000'000);
}

TEST(Seconds, of_more_digits_round_to_the_nearest_nanosecond) {
  EXPECT_EQ(parse_seconds("12.3456789994"), 12'345'678'999);
  EXPECT_EQ(parse_seconds("12.3456789995"), 12'345'679'000);
  EXPECT_EQ(parse_seconds("0.9999999999"), 1'000'000'000);
  EXPECT_EQ(parse_seconds("-0.0000000015"), -2);
}

TEST(Seconds, take_the_exponents_that_pandas_writes) {
  EXPECT_EQ(parse_seconds("1.5e-05"), 15'000);
  EXPECT_EQ(parse_seconds("9e-06"), 9'000);
  EXPECT_EQ(parse_seconds("1.615216935831389e+09"), 1'615'216'935'831'389'000);
  EXPECT_EQ(parse_seconds("25E2"), 2'500'000'000'000);
  EXPECT_EQ(parse_seconds("7e-12"), 0);
}

TEST(Seconds, refuse_what_is_no_number) {
  for (const char* text : {"", ".", "-", "1,5", "1.5s", " 1", "1 ", "0x10", "nan", "inf", "1e", "1e5.0",
                           "--1", "1.-5", "1e99", "1e-99"})
    EXPECT_EQ(parse_seconds(text), std::nullopt) << text;
}

TEST(Seconds, refuse_what_nanoseconds_cannot_hold) {
  EXPECT_EQ(parse_seconds("9223372035.999999999"), 9'223'372'035'999'999'999);
  EXPECT_EQ(parse_seconds("9223372037"), std::nullopt);
  EXPECT_EQ(parse_seconds("99999999999999999999999"), std::nullopt);
}

// Expected values: date -u -d 2021-03-08T15:22:15Z +%s
TEST(Time, is_a_date_in_utc_or_seconds_since_the_epoch) {
  EXPECT_EQ(parse_time("2021-03-08T15:22:15Z"), 1'615'216'935'000'000'000);
  EXPECT_EQ(parse_time("2021-03-08 15:22:15.831389"), 1'615'216'935'831'389'000);
  EXPECT_EQ(parse_time("2021-03-08"), 1'615'161'600'000'000'000);
  EXPECT_EQ(parse_time("2024-02-29T23:59:59Z"), 1'709'251'199'000'000'000);
  EXPECT_EQ(parse_time("1969-12-31T23:59:59Z"), -1'000'000'000);
  EXPECT_EQ(parse_time("2021-03-08T16:22:15+01:00"), 1'615'216'935'000'000'000);
  EXPECT_EQ(parse_time("2021-03-08 09:52:15.5-0530"), 1'615'216'935'500'000'000);
  EXPECT_EQ(parse_time("2021-03-08T17:22:15+02"), 1'615'216'935'000'000'000);
  EXPECT_EQ(parse_time("1615216935.5"), 1'615'216'935'500'000'000);
  EXPECT_EQ(parse_time("0"), 0);
}

TEST(Time, refuses_dates_that_do_not_exist) {
  for (const char* text :
       {"2021-02-29", "2021-13-01", "2021-03-08T24:00:00Z", "2021-03-08T15:60:00Z", "2021-03-08T15:22:60Z",
        "2021-03-08T15:22", "2021-03-08T15:22:-1", "2021-03-08T15:22:15+24:00", "2021-03-08T15:22:15+01:60",
        "2021-03-08T15:22:15+1", "2021-3-8", "yesterday", "9999-01-01", "+021-03-08", "2021-03-08x"})
    EXPECT_EQ(parse_time(text), std::nullopt) << text;
}

}  // namespace
}  // namespace ipet::interchange
