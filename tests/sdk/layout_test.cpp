// The layout word of a payload tells what it holds, however deep.
#include "pipeline/sdk/layout.hpp"

#include <array>
#include <chrono>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include <gtest/gtest.h>

namespace {

using ipet::layout_of;

/// A payload with an `Inner` two levels below its own members.
template <class Inner>
struct Holder {
  template <class T>
  struct Middle {
    std::optional<T> maybe;
  };
  std::vector<Middle<Inner>> all;
};

struct Sixteen {
  double a = 0, b = 0;
};
struct SixteenOtherwise {
  std::int64_t a = 0;
  double b = 0;
};
struct Forty {
  double a = 0, b = 0, c = 0, d = 0, e = 0;
};
struct SameAsSixteen {
  double x = 0, y = 0;
};

TEST(Layout, ChangesWithASizeBelowAVector) {
  static_assert(sizeof(Holder<Sixteen>) == sizeof(Holder<Forty>));
  EXPECT_NE(layout_of<Holder<Sixteen>>(), layout_of<Holder<Forty>>());
}

TEST(Layout, ChangesWithATypeOfTheSameSizeBelowAVector) {
  static_assert(sizeof(Sixteen) == sizeof(SixteenOtherwise));
  EXPECT_NE(layout_of<Holder<Sixteen>>(), layout_of<Holder<SixteenOtherwise>>());
}

TEST(Layout, DoesNotDependOnNames) {
  EXPECT_EQ(layout_of<Sixteen>(), layout_of<SameAsSixteen>());
}

template <class T>
struct ByPointer {
  std::shared_ptr<const T> value;
};
template <class T>
struct InVariant {
  std::variant<int, T> value;
};
template <class T>
struct InMap {
  std::map<std::string, T> values;
};
template <class T>
struct InArray {
  T values[2];
};
template <class T>
struct InStdArray {
  std::array<T, 2> values;
};

template <template <class> class Where>
void expect_change() {
  EXPECT_NE(layout_of<Where<Sixteen>>(), layout_of<Where<SixteenOtherwise>>());
}

TEST(Layout, GoesThroughWhateverHoldsValues) {
  expect_change<ByPointer>();
  expect_change<InVariant>();
  expect_change<InMap>();
  expect_change<InArray>();
  expect_change<InStdArray>();
}

TEST(Layout, ChangesWithTheUnitOfATime) {
  static_assert(sizeof(std::chrono::milliseconds) == sizeof(std::chrono::nanoseconds));
  EXPECT_NE(layout_of<std::chrono::milliseconds>(), layout_of<std::chrono::nanoseconds>());
  EXPECT_NE(layout_of<std::vector<std::chrono::duration<double>>>(),
            (layout_of<std::vector<std::chrono::duration<double, std::milli>>>()));
}

struct Interface {
  virtual ~Interface() = default;
};
struct DeclaredOnly;

TEST(Layout, TakesAnInterfaceForWhatIsDeclaredOnly) {
  EXPECT_EQ(layout_of<ByPointer<Interface>>(), layout_of<ByPointer<DeclaredOnly>>());
}

struct Tree {
  std::vector<Tree> children;
  std::int32_t leaf = 0;
};
struct OtherTree {
  std::vector<OtherTree> children;
  float leaf = 0;
};

TEST(Layout, OfATreeHasAnEnd) {
  EXPECT_NE(layout_of<Tree>(), layout_of<OtherTree>());
}

/// With private members.
class Counts {
 public:
  explicit Counts(int count) : counts_(static_cast<std::size_t>(count)) {}

 private:
  std::vector<Sixteen> counts_;
  bool sorted_ = false;

 public:
  using Members = std::tuple<decltype(counts_), decltype(sorted_)>;
};
struct SameCounts {
  std::vector<Sixteen> counts;
  bool sorted = false;
};

TEST(Layout, OfAClassWithPrivateMembersIsThatOfWhatItSaysItHolds) {
  EXPECT_EQ(layout_of<Counts>(), layout_of<SameCounts>());
}

/// What counting initialisers could take for more or fewer members.
struct Awkward {
  int number = 0;
  double pair[2] = {};
  std::optional<int> maybe;
  std::variant<int, double, std::string> either;
  std::function<int(int)> function;
  std::filesystem::path path;
  std::unique_ptr<int> owned;
  bool bit : 1;
  struct {
    int first, second;
  } inner;
  int square[2][2];
  std::string words[2];
  std::optional<std::string> last;
};

TEST(Layout, CountsEveryMemberOnce) {
  constexpr std::size_t initialisers = ipet::detail::count_initialisers<Awkward>();
  EXPECT_EQ(initialisers, 17U);  // 12, one more for each of the pairs and three for the square
  EXPECT_EQ((ipet::detail::count_members<Awkward, initialisers>()), 12U);
}

}  // namespace
