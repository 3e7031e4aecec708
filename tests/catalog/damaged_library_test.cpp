// Files that are no whole shared library are refused before the system's loader sees them.
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <sstream>

#include <elf.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include "pipeline/catalog/library_file.hpp"

namespace {

namespace fs = std::filesystem;
using ipet::catalog::obstacle_to_loading;
using ::testing::HasSubstr;
using ::testing::Optional;

class DamagedLibrary : public testing::Test {
 protected:
  DamagedLibrary() {
    std::string name = fs::temp_directory_path() / "ipet-test-XXXXXX";
    if (::mkdtemp(name.data()) != nullptr) folder_ = name;
    std::ifstream in(fs::path(IPET_BINARY_DIR) / "toys/good/toys.so", std::ios::binary);
    std::ostringstream text;
    text << in.rdbuf();
    good_ = text.str();
  }
  ~DamagedLibrary() override {
    std::error_code ignored;
    fs::remove_all(folder_, ignored);
  }
  /// What is wrong with a file of these bytes; "" for nothing.
  std::string obstacle(const std::string& bytes) {
    std::ofstream(folder_ / "x.so", std::ios::binary) << bytes;
    return obstacle_to_loading(folder_ / "x.so").value_or("");
  }
  /// The library with `value` written over its bytes at `offset`.
  template <class T>
  std::string with(std::size_t offset, T value) {
    std::string bytes = good_;
    std::memcpy(bytes.data() + offset, &value, sizeof value);
    return bytes;
  }
  template <class T>
  [[nodiscard]] T at(std::size_t offset) const {
    T out;
    std::memcpy(&out, good_.data() + offset, sizeof out);
    return out;
  }
  /// Offset of the header of the first segment of this type.
  [[nodiscard]] std::size_t segment(std::uint32_t type) const {
    const auto header = at<Elf64_Ehdr>(0);
    for (std::size_t i = 0; i < header.e_phnum; ++i) {
      const std::size_t offset = header.e_phoff + i * sizeof(Elf64_Phdr);
      if (at<std::uint32_t>(offset) == type) return offset;
    }
    ADD_FAILURE() << "no such segment";
    return 0;
  }
  /// Offset of the value of an entry of the dynamic section.
  [[nodiscard]] std::size_t dynamic(std::int64_t tag) const {
    const auto section = at<Elf64_Phdr>(segment(PT_DYNAMIC));
    for (std::size_t offset = section.p_offset; offset < section.p_offset + section.p_filesz;
         offset += sizeof(Elf64_Dyn))
      if (at<std::int64_t>(offset) == tag) return offset + sizeof tag;
    ADD_FAILURE() << "no such entry";
    return 0;
  }

  fs::path folder_;
  std::string good_;
};

TEST_F(DamagedLibrary, IsNoneOfOurs) {
  ASSERT_GT(good_.size(), 1000U);
  EXPECT_EQ(obstacle(good_), "");
  std::error_code none;  // of plugins, where only this test was built
  for (const auto& entry : fs::directory_iterator(fs::path(IPET_BINARY_DIR) / "plugins", none)) {
    if (entry.path().extension() != ".so") continue;
    EXPECT_EQ(obstacle_to_loading(entry.path()), std::nullopt) << entry.path();
  }
}

// As lld up to 17 links: the part that is made read-only ends with the page, beyond what is loaded.
TEST_F(DamagedLibrary, IsNoneWhoseReadOnlyPartIsRoundedToPages) {
  constexpr std::uint64_t page = 4096;
  const std::size_t relro = segment(PT_GNU_RELRO), size = relro + offsetof(Elf64_Phdr, p_memsz);
  const std::size_t load = [&] {  // the last one
    std::size_t found = 0;
    const auto header = at<Elf64_Ehdr>(0);
    for (std::size_t i = 0; i < header.e_phnum; ++i) {
      const std::size_t offset = header.e_phoff + i * sizeof(Elf64_Phdr);
      if (at<std::uint32_t>(offset) == PT_LOAD) found = offset;
    }
    return found;
  }();
  const auto last = at<Elf64_Phdr>(load), protects = at<Elf64_Phdr>(relro);
  const std::uint64_t end = last.p_vaddr + last.p_memsz, rounded = (end + page - 1) / page * page;
  EXPECT_EQ(obstacle(with(size, rounded - protects.p_vaddr)), "");
  EXPECT_EQ(obstacle(with(size, rounded + page - protects.p_vaddr)),
            "a segment lies outside of those that are loaded");
}

TEST_F(DamagedLibrary, CutAnywhereIsRefused) {
  for (std::size_t size = 0; size < good_.size(); size += size < 512 ? 7 : 4093)
    EXPECT_NE(obstacle(good_.substr(0, size)), "") << size;
  EXPECT_EQ(obstacle(good_.substr(0, good_.size() - 1)),
            "the table of sections goes beyond the end of the file (" + std::to_string(good_.size() - 1) +
                " bytes), so it is truncated or damaged");
  EXPECT_THAT(obstacle(good_.substr(0, 20)),
              HasSubstr("its header goes beyond the end of the file (20 bytes)"));
  EXPECT_EQ(obstacle(""), "it is empty");
}

TEST_F(DamagedLibrary, ThatIsSomethingElseIsNamed) {
  EXPECT_EQ(obstacle("this is text\n"), "it is no shared library: it begins with 'this is '");
  EXPECT_EQ(obstacle("\x1b[2J\n"), "it is no shared library: it begins with '\\x1b[2J\\n'");
  EXPECT_EQ(obstacle(with(EI_CLASS, static_cast<char>(ELFCLASS32))), "it is not for 64 bits");
  EXPECT_EQ(obstacle(with(EI_DATA, static_cast<char>(ELFDATA2MSB))), "it is not little-endian");
  EXPECT_THAT(obstacle(with(offsetof(Elf64_Ehdr, e_machine), std::uint16_t{EM_PPC64})),
              HasSubstr("it is for another processor (machine 21); this is "));
  EXPECT_EQ(obstacle(with(offsetof(Elf64_Ehdr, e_type), std::uint16_t{ET_REL})),
            "it is no shared library but ELF of type 1");
}

TEST_F(DamagedLibrary, ThatIsNoRegularFileIsNotWaitedFor) {
  ASSERT_EQ(::mkfifo((folder_ / "pipe.so").c_str(), 0600), 0);
  EXPECT_THAT(obstacle_to_loading(folder_ / "pipe.so"), Optional(std::string("it is no regular file")));
  EXPECT_THAT(obstacle_to_loading(folder_), Optional(std::string("it is a folder")));
  EXPECT_THAT(obstacle_to_loading(folder_ / "none.so"), Optional(std::string("No such file or directory")));
}

TEST_F(DamagedLibrary, WithSegmentsThatAreNotInTheFileIsRefused) {
  const std::size_t load = segment(PT_LOAD);
  const auto wrong = [&](std::size_t field, std::uint64_t value) {
    return obstacle(with(load + field, value));
  };
  EXPECT_THAT(wrong(offsetof(Elf64_Phdr, p_filesz), std::uint64_t{1} << 30U),
              HasSubstr("goes beyond the end of the file"));
  EXPECT_THAT(wrong(offsetof(Elf64_Phdr, p_offset), ~std::uint64_t{0}),
              HasSubstr("goes beyond the end of the file"));
  EXPECT_EQ(wrong(offsetof(Elf64_Phdr, p_align), 3), "a segment's alignment is wrong");
  EXPECT_EQ(wrong(offsetof(Elf64_Phdr, p_memsz), 1), "a segment has more bytes in the file than in memory");
  EXPECT_EQ(obstacle(with(segment(PT_DYNAMIC), std::uint32_t{PT_NULL})), "it has no dynamic section");
  EXPECT_THAT(obstacle(with(offsetof(Elf64_Ehdr, e_phoff), ~std::uint64_t{15})),
              HasSubstr("the table of segments goes beyond the end"));
}

TEST_F(DamagedLibrary, WithTablesThatAreNotInItsSegmentsIsRefused) {
  const std::uint64_t far = std::uint64_t{1} << 33U;
  const auto wrong = [&](std::int64_t tag, std::uint64_t value) {
    return obstacle(with(dynamic(tag), value));
  };
  EXPECT_EQ(wrong(DT_STRTAB, far), "its table of names lies outside of the file's segments");
  EXPECT_EQ(wrong(DT_STRSZ, far), "its table of names lies outside of the file's segments");
  EXPECT_EQ(wrong(DT_STRSZ, 0), "it has no table of names");
  EXPECT_EQ(wrong(DT_NEEDED, far), "a name of its dynamic section lies outside of the table of names");
  EXPECT_EQ(wrong(DT_SYMTAB, far), "its table of symbols lies outside of the file's segments");
  EXPECT_EQ(wrong(DT_GNU_HASH, far), "its hash table of symbols lies outside of the file's segments");
  EXPECT_EQ(wrong(DT_RELA, far), "its table of relocations lies outside of the file's segments");
  EXPECT_EQ(wrong(DT_INIT_ARRAYSZ, at<std::uint64_t>(dynamic(DT_INIT_ARRAYSZ)) - 8),
            "its dynamic section contradicts its table of sections");
  EXPECT_EQ(wrong(DT_RELASZ, 25), "its table of relocations is damaged");
}

// Each entry is one for a library and one for a version: read as both, they are as many as the square of
// their number.
TEST_F(DamagedLibrary, WhoseNeededVersionsLieOverEachOtherIsRefused) {
  Elf64_Phdr code{};
  const auto header = at<Elf64_Ehdr>(0);
  for (std::size_t i = 0; i < header.e_phnum; ++i) {
    const auto one = at<Elf64_Phdr>(header.e_phoff + i * sizeof code);
    if (one.p_type == PT_LOAD && (one.p_flags & PF_X) != 0) code = one;
  }
  constexpr Elf64_Verneed entry{1, 0xffff, 0, sizeof entry, sizeof entry};
  const std::size_t entries = code.p_filesz / sizeof entry;
  ASSERT_GT(entries * entries / 2, good_.size() / sizeof entry);
  std::string bytes = with(dynamic(DT_VERNEED), code.p_vaddr);
  for (std::size_t i = 0; i < entries; ++i)
    std::memcpy(bytes.data() + code.p_offset + i * sizeof entry, &entry, sizeof entry);
  std::memset(bytes.data() + code.p_offset + (entries - 1) * sizeof entry, 0,
              sizeof entry);  // the last of all
  constexpr std::uint64_t all = 1'000'000;
  std::memcpy(bytes.data() + dynamic(DT_VERNEEDNUM), &all, sizeof all);
  EXPECT_EQ(obstacle(bytes), "its table of needed versions is damaged");
}

TEST_F(DamagedLibrary, WithARelocationOutsideOfItsDataIsRefused) {
  const auto first = at<Elf64_Phdr>(segment(PT_LOAD));
  const auto table = at<std::uint64_t>(dynamic(DT_RELA));
  ASSERT_EQ(first.p_offset, 0U);
  ASSERT_LT(table, first.p_filesz);  // so its address is its offset
  EXPECT_EQ(obstacle(with(table, std::uint64_t{0x10})), "a relocation lies outside of what it may change");
}

// A copy of one of ours, of hundreds of kilobytes and with LibTorch's or HDF5's symbols among its own.
TEST_F(DamagedLibrary, MadeOfACopyOfOneOfOursIsRefused) {
  const fs::path plugin = fs::path(IPET_BINARY_DIR) / "plugins/windowing.so";
  std::ifstream in(plugin, std::ios::binary);
  std::ostringstream text;
  text << in.rdbuf();
  good_ = text.str();
  ASSERT_GT(good_.size(), 10'000U) << plugin;
  EXPECT_EQ(obstacle(good_), "");
  const std::size_t half = good_.size() / 2;
  EXPECT_THAT(obstacle(good_.substr(0, half)),
              HasSubstr(" goes beyond the end of the file (" + std::to_string(half) +
                        " bytes), so it is truncated or damaged"));
  EXPECT_THAT(obstacle(with(offsetof(Elf64_Ehdr, e_phoff), std::uint64_t{good_.size()})),
              HasSubstr("the table of segments goes beyond the end of the file"));
  EXPECT_THAT(obstacle(with(offsetof(Elf64_Ehdr, e_machine), std::uint16_t{EM_PPC64})),
              HasSubstr("it is for another processor (machine 21)"));
}

}  // namespace
