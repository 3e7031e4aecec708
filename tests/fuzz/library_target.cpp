// Shared libraries: what is looked at before the system's loader meets a plugin. None is loaded here.
#include <algorithm>
#include <cstring>

#include <elf.h>

#include "pipeline/catalog/library_file.hpp"
#include "tests/fuzz/target.hpp"

namespace ipet::fuzz {

namespace {

template <class T>
T at(Bytes file, std::uint64_t offset) {
  require(offset <= file.size() && sizeof(T) <= file.size() - offset,
          "a library that ends within its headers was taken");
  T out;
  std::memcpy(&out, file.data() + offset, sizeof out);
  return out;
}

/// What the loader maps lies in the file, and what it reads first lies in what it maps.
void check_segments(Bytes file) {
  const auto header = at<Elf64_Ehdr>(file, 0);
  std::vector<Elf64_Phdr> loads, dynamic;
  for (std::size_t i = 0; i < header.e_phnum; ++i) {
    const auto segment = at<Elf64_Phdr>(file, header.e_phoff + i * sizeof(Elf64_Phdr));
    if (segment.p_type == PT_LOAD) loads.push_back(segment);
    if (segment.p_type == PT_DYNAMIC) dynamic.push_back(segment);
  }
  require(!loads.empty() && !dynamic.empty(), "a library without anything to load was taken");
  for (const Elf64_Phdr& load : loads)
    require(load.p_filesz <= file.size() && load.p_offset <= file.size() - load.p_filesz,
            "a library was taken of which a segment is cut off");
  const Elf64_Phdr& names = dynamic.back();
  require(std::ranges::any_of(loads,
                              [&](const Elf64_Phdr& load) {
                                return names.p_vaddr >= load.p_vaddr && names.p_filesz <= load.p_filesz &&
                                       names.p_vaddr - load.p_vaddr <= load.p_filesz - names.p_filesz;
                              }),
          "a library was taken whose dynamic section is not loaded");
}

void run_library(Bytes input) {
  const auto file = scratch_file("plugin.so", input);
  const std::optional<std::string> obstacle = catalog::obstacle_to_loading(file);
  if (obstacle) return require_line(*obstacle);
  check_segments(input);
  try {
    constexpr std::size_t most = 64;
    const auto bytes = catalog::exported_bytes(file, "ipet_plugin_descriptor", most);
    require(!bytes || bytes->size() <= most, "more was read of a library than was asked for");
  } catch (const std::runtime_error& error) {  // the object lies nowhere in the file
    require_line(error.what());
  }
}

}  // namespace

std::vector<Target> library_targets() {
  return {{"library",
           "a plugin's shared library, as it is looked at before it is loaded",
           8192,
           "",
           {"pipeline/catalog/library_file."},
           run_library}};
}

}  // namespace ipet::fuzz
