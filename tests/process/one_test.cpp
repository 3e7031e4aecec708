// What plugins share is there once, though each of them links our libraries statically.
#include "stages/process/one.hpp"

#include <string>

#include <dlfcn.h>
#include <gtest/gtest.h>

#include "tests/process/asks.hpp"

namespace {

using process_test::Asks;

/// As the runtime loads plugins.
const Asks& plugin(const std::string& name) {
  const std::string path = IPET_BINARY_DIR "/toys/process/" + name + ".so";
  void* const library = ::dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL);
  if (library == nullptr) throw std::runtime_error(::dlerror());
  return *static_cast<const Asks*>(::dlsym(library, "asks"));
}

TEST(TwoPlugins, HaveVariablesOfTheirOwn) {
  EXPECT_NE(plugin("first").own, plugin("second").own);
}

TEST(TwoPlugins, GetOnePoolOfTheSameRecordings) {
  auto traces = std::make_shared<ipet::traffic::Traces>();
  traces->devices = {"bulb"};
  traces->captures = {"home"};
  traces->traces.push_back({0, 0, true, {{1, 10, {}, {}, false}}});
  const auto first = plugin("first").pool(traces), second = plugin("second").pool(traces);
  EXPECT_NE(first, nullptr);
  EXPECT_EQ(first, second);
}

TEST(TwoPlugins, LockHdf5TogetherAndSeeEachOthersFiles) {
  EXPECT_EQ(plugin("first").hdf5_lock(), plugin("second").hdf5_lock());
  EXPECT_TRUE(plugin("first").claim("/nowhere/result.h5"));
  EXPECT_FALSE(plugin("second").claim("/nowhere/result.h5"));
}

TEST(One, IsMadeOnceForEachName) {
  int& a = ipet::process::one<int>("process_test.a");
  EXPECT_EQ(a, 0);
  a = 7;
  EXPECT_EQ(&ipet::process::one<int>("process_test.a"), &a);
  EXPECT_NE(&ipet::process::one<int>("process_test.b"), &a);
}

}  // namespace
