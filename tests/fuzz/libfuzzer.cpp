// The door of libFuzzer. One program holds all targets: $IPET_FUZZ_TARGET says which one runs.
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <string>

#include "tests/fuzz/target.hpp"

namespace {

using namespace ipet::fuzz;

const Target& chosen() {
  static const Target& target = []() -> const Target& {
    const char* name = std::getenv("IPET_FUZZ_TARGET");
    for (const Target& each : targets())
      if (name != nullptr && each.name == name) return each;
    std::fprintf(stderr, "IPET_FUZZ_TARGET names no target; ./ipet fuzz --list shows them\n");
    std::exit(2);
  }();
  return target;
}

/// For the launcher: a line for each target, with what it needs to run it and to tell its coverage.
void list() {
  for (const Target& target : targets()) {
    std::string sources;
    for (const std::string& source : target.sources) sources += (sources.empty() ? "" : " ") + source;
    std::printf("%s\t%s\t%zu\t%s\t%s\n", target.name.c_str(), target.about.c_str(), target.longest,
                target.words.c_str(), sources.c_str());
  }
}

[[noreturn]] void give_up(const std::string& why) {
  std::fprintf(stderr, "ipet_fuzz: does not hold: %s\n", why.c_str());
  std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerInitialize(int* argument_count, char*** arguments) {
  if (*argument_count == 2 && std::string((*arguments)[1]) == "--list") {
    list();
    std::exit(0);
  }
  chosen();
  return 0;
}

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  try {
    chosen().run({data, size});
  } catch (const Broken& broken) {
    give_up(broken.what);
  } catch (const std::exception& error) {
    give_up(std::string("an error of a kind that is not the reader's: ") + error.what());
  }
  return 0;
}
