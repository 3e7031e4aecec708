// The fuzz targets without libFuzzer: their seeds, and mutations of these that follow from a number.
//
// $IPET_FUZZ_SEED repeats a run, $IPET_FUZZ_MUTATIONS makes it longer. What ./ipet fuzz finds becomes a test
// beside the code that was wrong.
#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <map>

#include <gtest/gtest.h>

#include "stages/traffic/random.hpp"
#include "tests/fuzz/target.hpp"

namespace ipet::fuzz {
namespace {

namespace fs = std::filesystem;
using Input = std::vector<std::uint8_t>;

std::uint64_t from_environment(const char* name, std::uint64_t otherwise) {
  const char* text = std::getenv(name);
  return text == nullptr ? otherwise : std::strtoull(text, nullptr, 10);
}

/// Seeds by target, as make_corpus.py makes them.
const std::map<std::string, std::vector<Input>>& seeds() {
  static const auto made = [] {
    const fs::path folder = scratch() / "seeds";
    const std::string command =
        IPET_PYTHON " -B '" IPET_SOURCE_DIR "/tests/fuzz/make_corpus.py' '" + folder.string() + "'";
    std::map<std::string, std::vector<Input>> out;
    if (std::system(command.c_str()) != 0) return out;
    for (const Target& target : targets()) {
      std::vector<fs::path> files;
      for (const auto& entry : fs::directory_iterator(folder / target.name)) files.push_back(entry.path());
      std::ranges::sort(files);
      for (const fs::path& file : files) {
        std::ifstream in(file, std::ios::binary);
        out[target.name].emplace_back(std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>());
      }
    }
    return out;
  }();
  return made;
}

class Mutator {
 public:
  Mutator(traffic::Random& random, const std::vector<Input>& seeds) : random_(random), seeds_(seeds) {}

  Input next(std::size_t longest) {
    Input bytes = some();
    for (std::uint64_t i = 1 + random_.below(6); i > 0; --i) change(bytes);
    bytes.resize(std::min(bytes.size(), longest));
    return bytes;
  }

 private:
  const Input& some() { return seeds_[random_.below(seeds_.size())]; }
  std::ptrdiff_t place(const Input& bytes) {
    return static_cast<std::ptrdiff_t>(random_.below(bytes.size() + 1));
  }
  std::uint8_t byte() {
    static constexpr std::uint8_t often[] = {0, 1, 0x7f, 0x80, 0xff, '"', '\n', '.', '[', '=', 0x1b, 0xc3};
    return random_.below(2) == 0 ? often[random_.below(std::size(often))]
                                 : static_cast<std::uint8_t>(random_.below(256));
  }
  void change(Input& bytes) {
    const auto at = place(bytes);
    const auto size = static_cast<std::ptrdiff_t>(random_.below(random_.below(4) == 0 ? 300 : 5));
    const auto end = std::min(at + size, static_cast<std::ptrdiff_t>(bytes.size()));
    switch (random_.below(5)) {
      case 0:
        bytes.erase(bytes.begin() + at, bytes.begin() + end);
        return;
      case 1:
        bytes.insert(bytes.begin() + at, static_cast<std::size_t>(size), byte());
        return;
      case 2: {  // a piece of another seed
        const Input& other = some();
        const auto from = place(other);
        const auto length = std::min(size, static_cast<std::ptrdiff_t>(other.size()) - from);
        bytes.insert(bytes.begin() + at, other.begin() + from, other.begin() + from + length);
        return;
      }
      case 3:
        for (auto i = at; i < end; ++i) bytes[static_cast<std::size_t>(i)] = byte();
        return;
      default:
        if (at < static_cast<std::ptrdiff_t>(bytes.size()))
          bytes[static_cast<std::size_t>(at)] ^= static_cast<std::uint8_t>(1U << random_.below(8));
    }
  }

  traffic::Random& random_;
  const std::vector<Input>& seeds_;
};

/// What does not hold; "" where everything does.
std::string broken(const Target& target, const Input& input) {
  try {
    target.run(input);
  } catch (const Broken& found) {
    return found.what;
  } catch (const std::exception& error) {
    return std::string("an error of a kind that is not the reader's: ") + error.what();
  }
  return "";
}

/// Leaves the input where it can be looked at, and says where.
std::string kept(const Target& target, const Input& input) {
  const fs::path file = fs::temp_directory_path() / ("ipet-fuzz-" + target.name + ".input");
  std::ofstream(file, std::ios::binary)
      .write(reinterpret_cast<const char*>(input.data()), static_cast<std::streamsize>(input.size()));
  return file.string() + "; with clang: ./ipet fuzz " + target.name + " --input FILE";
}

class FuzzTarget : public testing::TestWithParam<Target> {};

TEST_P(FuzzTarget, holds_on_its_seeds) {
  ASSERT_FALSE(seeds().empty()) << "make_corpus.py failed";
  for (const Input& seed : seeds().at(GetParam().name))
    ASSERT_EQ(broken(GetParam(), seed), "") << kept(GetParam(), seed);
}

TEST_P(FuzzTarget, holds_on_mutations) {
  ASSERT_FALSE(seeds().empty()) << "make_corpus.py failed";
  const std::uint64_t seed = from_environment("IPET_FUZZ_SEED", 20),
                      count = from_environment("IPET_FUZZ_MUTATIONS", 250);
  std::cout << "IPET_FUZZ_SEED=" << seed << "\n";
  traffic::Random random(seed);
  Mutator mutator(random, seeds().at(GetParam().name));
  for (std::uint64_t i = 0; i < count; ++i) {
    const Input input = mutator.next(GetParam().longest);
    ASSERT_EQ(broken(GetParam(), input), "") << "mutation " << i << ": " << kept(GetParam(), input);
  }
}

INSTANTIATE_TEST_SUITE_P(All, FuzzTarget, testing::ValuesIn(targets()),
                         [](const testing::TestParamInfo<Target>& info) { return info.param.name; });

TEST(FuzzTargets, have_words_and_sources_that_exist) {
  for (const Target& target : targets()) {
    if (!target.words.empty()) {
      EXPECT_TRUE(fs::exists(fs::path(IPET_SOURCE_DIR "/tests/fuzz") / target.words)) << target.name;
    }
    for (const std::string& source : target.sources) {
      const fs::path begin = fs::path(IPET_SOURCE_DIR) / source;
      bool found = false;
      for (const auto& entry : fs::directory_iterator(begin.parent_path()))
        found = found || entry.path().string().starts_with(begin.string());
      EXPECT_TRUE(found) << target.name << ": no source begins with " << source;
    }
  }
}

TEST(FuzzTargets, take_a_message_for_broken_that_is_no_line_of_text) {
  for (const char* text : {"a\nb", "a\x1b[31m", "\xe9t\xe9", "a\x7f", "\xc2\x85", "\xc0\xaf", "\xed\xa0\x80",
                           "\xf5\x80\x80\x80", ""})
    EXPECT_THROW(require_line(text), Broken) << text;
  for (const char* text : {"a message", "Küche.pcap: ✓", "\xf0\x9f\x8f\xa0"})
    EXPECT_NO_THROW(require_line(text)) << text;
  EXPECT_NO_THROW(require_lines("one\ntwo\n"));
  EXPECT_THROW(require_lines("one\n\ttwo"), Broken);
}

}  // namespace
}  // namespace ipet::fuzz
