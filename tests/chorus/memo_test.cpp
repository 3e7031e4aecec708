#include "stages/pool/memo.hpp"

#include <atomic>
#include <chrono>
#include <stdexcept>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

namespace ipet::defence::test {
namespace {

struct Number {
  int value = 0;
  [[nodiscard]] std::size_t byte_size() const { return 10; }
};
struct Other {
  int value = 0;
  [[nodiscard]] std::size_t byte_size() const { return 10; }
};

TEST(Memo, makes_a_value_once_however_many_threads_ask_at_a_time) {
  Memo memo(100);
  std::atomic<int> made = 0, wrong = 0;
  {
    std::vector<std::jthread> threads;
    for (int i = 0; i < 8; ++i)
      threads.emplace_back([&] {
        const auto value = memo.get<Number>("a", [&] {
          std::this_thread::sleep_for(std::chrono::milliseconds(20));
          return Number{++made};
        });
        if (value->value != 1) ++wrong;
      });
  }
  EXPECT_EQ(made, 1);
  EXPECT_EQ(wrong, 0);
}

TEST(Memo, keeps_what_was_used_last_when_room_is_scarce) {
  Memo memo(25);  // for two values
  const auto get = [&memo](const char* key, int value) {
    return memo.get<Number>(key, [value] { return Number{value}; })->value;
  };
  EXPECT_EQ(get("a", 1), 1);
  EXPECT_EQ(get("b", 2), 2);
  EXPECT_EQ(get("a", 3), 1);
  EXPECT_EQ(get("c", 4), 4);  // in the place of b
  EXPECT_EQ(get("a", 5), 1);
  EXPECT_EQ(get("b", 6), 6);
}

TEST(Memo, gives_a_value_that_it_has_no_room_for_to_those_who_ask) {
  Memo memo(5);
  int times = 0;
  const auto get = [&] { return memo.get<Number>("a", [&] { return Number{++times}; })->value; };
  EXPECT_EQ(get(), 1);
  EXPECT_EQ(get(), 2);
}

TEST(Memo, does_not_take_a_value_of_one_type_for_one_of_another) {
  Memo memo(100);
  EXPECT_EQ(memo.get<Number>("a", [] { return Number{1}; })->value, 1);
  EXPECT_EQ(memo.get<Other>("a", [] { return Other{2}; })->value, 2);
}

TEST(Memo, tries_again_after_a_failure) {
  Memo memo(100);
  const auto fails = []() -> Number { throw std::runtime_error("no"); };
  EXPECT_THROW((void)memo.get<Number>("a", fails), std::runtime_error);
  EXPECT_EQ(memo.get<Number>("a", [] { return Number{1}; })->value, 1);
}

}  // namespace
}  // namespace ipet::defence::test
