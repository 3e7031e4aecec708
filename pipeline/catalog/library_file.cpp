#include "pipeline/catalog/library_file.hpp"

#include <algorithm>
#include <cerrno>
#include <cstdint>
#include <cstring>
#include <map>
#include <stdexcept>
#include <string_view>
#include <vector>

#include <elf.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "pipeline/text/printable.hpp"

namespace ipet::catalog {
namespace {

#if defined(__aarch64__)
constexpr int machine = EM_AARCH64;
constexpr const char* machine_text = "64-bit ARM";
#else
constexpr int machine = EM_X86_64;
constexpr const char* machine_text = "x86-64";
#endif

struct Damage : std::runtime_error {
  using std::runtime_error::runtime_error;
};

/// Why a file cannot be opened.
std::string reason_of(const std::filesystem::path& file, int error) {
  std::error_code unreadable;
  const std::filesystem::path target = std::filesystem::read_symlink(file, unreadable);
  if (error != ENOENT || unreadable) return std::strerror(error);
  return "it is a link to " + target.string() + ", which is not there";
}

/// A file's bytes. Opened without waiting, so that a pipe named .so is refused and not waited for.
class MappedFile {
 public:
  explicit MappedFile(const std::filesystem::path& file) {
    const int descriptor = ::open(file.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC);
    if (descriptor < 0) throw Damage(reason_of(file, errno));
    struct stat status {};
    const bool known = ::fstat(descriptor, &status) == 0;
    if (known && S_ISREG(status.st_mode) && status.st_size > 0) {
      size_ = static_cast<std::size_t>(status.st_size);
      data_ = ::mmap(nullptr, size_, PROT_READ, MAP_PRIVATE, descriptor, 0);
    }
    ::close(descriptor);
    if (known && S_ISDIR(status.st_mode)) throw Damage("it is a folder");
    if (known && !S_ISREG(status.st_mode)) throw Damage("it is no regular file");
    if (known && status.st_size == 0) throw Damage("it is empty");
    if (data_ == MAP_FAILED) throw Damage("it cannot be read");
  }
  MappedFile& operator=(MappedFile&&) = delete;
  ~MappedFile() {
    if (data_ != MAP_FAILED) ::munmap(data_, size_);
  }
  [[nodiscard]] std::string_view bytes() const { return {static_cast<const char*>(data_), size_}; }

 private:
  void* data_ = MAP_FAILED;
  std::size_t size_ = 0;
};

class LibraryFile {
 public:
  explicit LibraryFile(std::string_view bytes) : bytes_(bytes) {}

  void check() {
    check_header();
    read_segments();
    read_dynamic();
    check_names();
    check_symbols();
    check_relocations();
    check_initialisers();
    check_sections();
  }

  /// After check().
  [[nodiscard]] std::optional<std::string> exported(const std::string& name, std::size_t most) const {
    const char* what = "its table of symbols";
    const std::uint64_t begin = offset_of(value(DT_SYMTAB), symbols_ * sizeof(Elf64_Sym), what);
    for (std::uint64_t i = 1; i < symbols_; ++i) {
      const auto symbol = at<Elf64_Sym>(begin + i * sizeof(Elf64_Sym), what);
      if (symbol.st_shndx == SHN_UNDEF || ELF64_ST_TYPE(symbol.st_info) != STT_OBJECT ||
          name != names_.data() + symbol.st_name)  // names end within the table: check_names()
        continue;
      const std::uint64_t size = std::min<std::uint64_t>(symbol.st_size, most);
      return std::string(bytes_.substr(offset_of(symbol.st_value, size, "an object that it exports"), size));
    }
    return std::nullopt;
  }

 private:
  [[nodiscard]] static bool within(std::uint64_t offset, std::uint64_t length, std::uint64_t size) {
    return offset <= size && length <= size - offset;
  }

  template <class T>
  [[nodiscard]] T at(std::uint64_t offset, const char* what) const {
    if (!within(offset, sizeof(T), bytes_.size())) throw Damage(beyond(what));
    T out;
    std::memcpy(&out, bytes_.data() + offset, sizeof out);
    return out;
  }

  [[nodiscard]] std::string beyond(const char* what) const {
    return std::string(what) + " goes beyond the end of the file (" + std::to_string(bytes_.size()) +
           " bytes), so it is truncated or damaged";
  }

  void check_header() {
    if (!bytes_.starts_with(ELFMAG))
      throw Damage("it is no shared library: it begins with '" +
                   text::printable(bytes_.substr(0, std::min<std::size_t>(bytes_.size(), 8))) + "'");
    if (bytes_.size() > EI_CLASS && bytes_[EI_CLASS] != ELFCLASS64) throw Damage("it is not for 64 bits");
    header_ = at<Elf64_Ehdr>(0, "its header");
    if (header_.e_ident[EI_DATA] != ELFDATA2LSB) throw Damage("it is not little-endian");
    if (header_.e_machine != machine)
      throw Damage("it is for another processor (machine " + std::to_string(header_.e_machine) +
                   "); this is " + machine_text);
    if (header_.e_type != ET_DYN)
      throw Damage("it is no shared library but ELF of type " + std::to_string(header_.e_type));
    if (header_.e_ident[EI_VERSION] != EV_CURRENT || header_.e_version != EV_CURRENT)
      throw Damage("its version of ELF is unknown");
    if (header_.e_phentsize != sizeof(Elf64_Phdr) || header_.e_phnum == 0 || header_.e_phnum == PN_XNUM)
      throw Damage("its header has no table of segments");
    // Linkers put the sections' headers last, so this finds every cut.
    if (header_.e_shoff != 0 &&
        !within(header_.e_shoff, std::uint64_t{header_.e_shnum} * sizeof(Elf64_Shdr), bytes_.size()))
      throw Damage(beyond("the table of sections"));
  }

  void read_segments() {
    for (std::size_t i = 0; i < header_.e_phnum; ++i) {
      const auto segment = at<Elf64_Phdr>(header_.e_phoff + i * sizeof(Elf64_Phdr), "the table of segments");
      if (segment.p_type != PT_LOAD && segment.p_type != PT_DYNAMIC && segment.p_type != PT_NOTE &&
          segment.p_type != PT_TLS && segment.p_type != PT_GNU_RELRO && segment.p_type != PT_PHDR &&
          segment.p_type != PT_GNU_EH_FRAME)
        continue;
      if (!within(segment.p_offset, segment.p_filesz, bytes_.size()))
        throw Damage(beyond(("segment " + std::to_string(i)).c_str()));
      if (segment.p_type == PT_LOAD) add_load(segment);
      if (segment.p_type == PT_DYNAMIC) dynamic_ = segment;
      if (segment.p_type != PT_LOAD) inner_.push_back(segment);
    }
    if (loads_.empty()) throw Damage("it has no segment to load");
    for (const Elf64_Phdr& segment : inner_) {
      // The loader protects whole pages, and lld up to 17 gives the end of the last one.
      constexpr std::uint64_t page = 4096;
      if (segment.p_type == PT_GNU_RELRO && (segment.p_vaddr + segment.p_memsz) % page == 0 &&
          segment.p_memsz >= page && in_memory(segment.p_vaddr, segment.p_memsz - page + 1))
        continue;
      if (segment.p_type != PT_NOTE && segment.p_memsz > 0 && !in_memory(segment.p_vaddr, segment.p_memsz) &&
          segment.p_type != PT_TLS)
        throw Damage("a segment lies outside of those that are loaded");
      if (segment.p_type == PT_TLS && segment.p_memsz > largest_memory)
        throw Damage("its thread-local segment is impossibly large");
    }
    if (dynamic_.p_type != PT_DYNAMIC) throw Damage("it has no dynamic section");
  }

  void add_load(const Elf64_Phdr& segment) {
    const std::uint64_t page = 4096;
    if (segment.p_filesz > segment.p_memsz)
      throw Damage("a segment has more bytes in the file than in memory");
    if (segment.p_align < page || (segment.p_align & (segment.p_align - 1)) != 0 ||
        (segment.p_vaddr - segment.p_offset) % page != 0)
      throw Damage("a segment's alignment is wrong");
    if (segment.p_vaddr > largest_memory || segment.p_memsz > largest_memory)
      throw Damage("a segment is impossibly large");
    if (!loads_.empty() && segment.p_vaddr < loads_.back().p_vaddr + loads_.back().p_memsz)
      throw Damage("its segments lie over each other");
    loads_.push_back(segment);
  }

  [[nodiscard]] bool in_memory(std::uint64_t address, std::uint64_t length) const {
    return std::any_of(loads_.begin(), loads_.end(), [&](const Elf64_Phdr& load) {
      return address >= load.p_vaddr && within(address - load.p_vaddr, length, load.p_memsz);
    });
  }

  /// The offset in the file of bytes that the loader looks for at an address.
  std::uint64_t offset_of(std::uint64_t address, std::uint64_t length, const char* what) const {
    for (const Elf64_Phdr& load : loads_) {
      if (address >= load.p_vaddr && within(address - load.p_vaddr, length, load.p_filesz))
        return load.p_offset + (address - load.p_vaddr);
    }
    throw Damage(std::string(what) + " lies outside of the file's segments");
  }

  void read_dynamic() {
    const char* what = "its dynamic section";
    const std::uint64_t begin = offset_of(dynamic_.p_vaddr, dynamic_.p_filesz, what);
    if (begin != dynamic_.p_offset) throw Damage("its dynamic section is at two places");
    for (std::uint64_t at_byte = 0;; at_byte += sizeof(Elf64_Dyn)) {
      if (!within(at_byte, sizeof(Elf64_Dyn), dynamic_.p_filesz))
        throw Damage("its dynamic section has no end");
      const auto entry = at<Elf64_Dyn>(begin + at_byte, what);
      if (entry.d_tag == DT_NULL) return;
      if (entry.d_tag == DT_NEEDED || entry.d_tag == DT_SONAME || entry.d_tag == DT_RPATH ||
          entry.d_tag == DT_RUNPATH)
        named_.push_back(entry.d_un.d_val);
      else
        values_[entry.d_tag] = entry.d_un.d_val;
    }
  }

  [[nodiscard]] std::uint64_t value(std::int64_t tag, std::uint64_t otherwise = 0) const {
    const auto found = values_.find(tag);
    return found == values_.end() ? otherwise : found->second;
  }
  [[nodiscard]] bool has(std::int64_t tag) const { return values_.contains(tag); }

  void check_names() {
    const std::uint64_t size = value(DT_STRSZ);
    if (!has(DT_STRTAB) || size == 0) throw Damage("it has no table of names");
    const std::uint64_t begin = offset_of(value(DT_STRTAB), size, "its table of names");
    names_ = bytes_.substr(begin, size);
    if (names_.back() != '\0') throw Damage("its table of names has no end");
    for (const std::uint64_t name : named_)
      if (name >= size) throw Damage("a name of its dynamic section lies outside of the table of names");
  }

  /// Symbols are counted by their hash table: nothing else says how many there are.
  void check_symbols() {
    if (!has(DT_SYMTAB) || value(DT_SYMENT, sizeof(Elf64_Sym)) != sizeof(Elf64_Sym))
      throw Damage("it has no table of symbols");
    if (has(DT_GNU_HASH))
      symbols_ = gnu_hash_symbols();
    else if (has(DT_HASH))
      symbols_ = hash_symbols();
    else
      throw Damage("it has no hash table of symbols");
    symbols_ = std::max(symbols_, std::uint64_t{1});
    const char* what = "its table of symbols";
    if (symbols_ > bytes_.size()) throw Damage(beyond(what));
    const std::uint64_t begin = offset_of(value(DT_SYMTAB), symbols_ * sizeof(Elf64_Sym), what);
    for (std::uint64_t i = 0; i < symbols_; ++i) {
      const auto symbol = at<Elf64_Sym>(begin + i * sizeof(Elf64_Sym), what);
      if (symbol.st_name >= names_.size())
        throw Damage("the name of a symbol lies outside of the table of names");
      const auto kind = ELF64_ST_TYPE(symbol.st_info);
      if (symbol.st_shndx != SHN_UNDEF && symbol.st_shndx != SHN_ABS && kind != STT_TLS &&
          !in_memory(symbol.st_value, 0))
        throw Damage("a symbol lies outside of the segments");
    }
    if (has(DT_VERSYM))
      offset_of(value(DT_VERSYM), symbols_ * sizeof(Elf64_Half), "its table of symbol versions");
    check_needed_versions();
  }

  /// Buckets name the first symbol of a chain, whose last has an odd hash.
  std::uint64_t gnu_hash_symbols() {
    const char* what = "its hash table of symbols";
    const std::uint64_t begin = offset_of(value(DT_GNU_HASH), 16, what);
    const auto word = [&](std::uint64_t index) {
      offset_of(value(DT_GNU_HASH), index * 4 + 4, what);
      return at<std::uint32_t>(begin + index * 4, what);
    };
    const std::uint64_t buckets = word(0), first = word(1), bloom = word(2);
    if (buckets == 0 || bloom == 0 || (bloom & (bloom - 1)) != 0 || word(3) > 63)
      throw Damage("its hash table of symbols is damaged");
    const std::uint64_t table = 4 + bloom * 2, chains = table + buckets;
    std::uint64_t last = 0;
    for (std::uint64_t i = 0; i < buckets; ++i) last = std::max<std::uint64_t>(last, word(table + i));
    if (last == 0) return first;
    if (last < first) throw Damage("its hash table of symbols is damaged");
    while ((word(chains + last - first) & 1U) == 0) ++last;
    return last + 1;
  }

  std::uint64_t hash_symbols() {
    const char* what = "its hash table of symbols";
    const std::uint64_t begin = offset_of(value(DT_HASH), 8, what);
    const std::uint64_t buckets = at<std::uint32_t>(begin, what), chains = at<std::uint32_t>(begin + 4, what);
    const std::uint64_t words = 2 + buckets + chains;
    offset_of(value(DT_HASH), words * 4, what);
    if (buckets == 0) throw Damage("its hash table of symbols is damaged");
    for (std::uint64_t i = 2; i < words; ++i)
      if (at<std::uint32_t>(begin + i * 4, what) >= chains)
        throw Damage("its hash table of symbols is damaged");
    return chains;
  }

  void check_needed_versions() {
    if (!has(DT_VERNEED)) return;
    const char* what = "its table of needed versions";
    std::uint64_t address = value(DT_VERNEED);
    // Entries that lie over each other could be read for hours, by the loader too.
    std::uint64_t left = bytes_.size() / sizeof(Elf64_Vernaux);
    const auto count = [&] {
      if (left-- == 0) throw Damage(std::string(what) + " is damaged");
    };
    for (std::uint64_t i = 0; i < value(DT_VERNEEDNUM); ++i) {
      count();
      const auto need = at<Elf64_Verneed>(offset_of(address, sizeof(Elf64_Verneed), what), what);
      if (need.vn_file >= names_.size()) throw Damage(std::string(what) + " is damaged");
      std::uint64_t inner = address + need.vn_aux;
      for (std::size_t j = 0; j < need.vn_cnt; ++j) {
        count();
        const auto aux = at<Elf64_Vernaux>(offset_of(inner, sizeof(Elf64_Vernaux), what), what);
        if (aux.vna_name >= names_.size()) throw Damage(std::string(what) + " is damaged");
        if (aux.vna_next == 0) break;
        inner += aux.vna_next;
      }
      if (need.vn_next == 0) break;
      address += need.vn_next;
    }
  }

  void check_relocations() {
    if (has(DT_REL)) throw Damage("it has relocations of another machine's form");
    check_relocations(DT_RELA, DT_RELASZ);
    if (has(DT_JMPREL) && value(DT_PLTREL) != DT_RELA)
      throw Damage("it has relocations of another machine's form");
    check_relocations(DT_JMPREL, DT_PLTRELSZ);
#ifdef DT_RELR
    if (has(DT_RELR)) offset_of(value(DT_RELR), value(DT_RELRSZ), "its table of relocations");
#endif
  }

  void check_relocations(std::int64_t table, std::int64_t size) {
    if (!has(table)) return;
    const char* what = "its table of relocations";
    const std::uint64_t length = value(size);
    if (value(DT_RELAENT, sizeof(Elf64_Rela)) != sizeof(Elf64_Rela) || length % sizeof(Elf64_Rela) != 0)
      throw Damage(std::string(what) + " is damaged");
    const std::uint64_t begin = offset_of(value(table), length, what);
    for (std::uint64_t i = 0; i < length; i += sizeof(Elf64_Rela)) {
      const auto entry = at<Elf64_Rela>(begin + i, what);
      const auto kind = ELF64_R_TYPE(entry.r_info);
      if (ELF64_R_SYM(entry.r_info) >= symbols_ || !is_writable(entry.r_offset))
        throw Damage("a relocation lies outside of what it may change");
      const bool calls = machine == EM_X86_64 && (kind == R_X86_64_RELATIVE || kind == R_X86_64_IRELATIVE);
      if (calls && !in_memory(static_cast<std::uint64_t>(entry.r_addend), 0))
        throw Damage("a relocation points outside of the segments");
    }
  }

  [[nodiscard]] bool is_writable(std::uint64_t address) const {
    return std::any_of(loads_.begin(), loads_.end(), [&](const Elf64_Phdr& load) {
      return (load.p_flags & PF_W) != 0 && address >= load.p_vaddr &&
             within(address - load.p_vaddr, 8, load.p_memsz);
    });
  }

  void check_initialisers() {
    const auto array = [&](std::int64_t table, std::int64_t size) {
      if (has(table)) offset_of(value(table), value(size), "its list of initialisers");
    };
    array(DT_INIT_ARRAY, DT_INIT_ARRAYSZ);
    array(DT_FINI_ARRAY, DT_FINI_ARRAYSZ);
    for (const std::int64_t tag : {DT_INIT, DT_FINI}) {
      const std::uint64_t address = value(tag);
      const bool code = !has(tag) || std::any_of(loads_.begin(), loads_.end(), [&](const Elf64_Phdr& load) {
        return (load.p_flags & PF_X) != 0 && address >= load.p_vaddr &&
               address - load.p_vaddr < load.p_filesz;
      });
      if (!code) throw Damage("its initialiser lies outside of its code");
    }
  }

  /// The sections' headers, which the loader does not read, say once more where its tables lie.
  void check_sections() {
    if (header_.e_shoff == 0 || header_.e_shentsize != sizeof(Elf64_Shdr)) return;
    const auto section = [&](std::uint64_t i) {
      return at<Elf64_Shdr>(header_.e_shoff + i * sizeof(Elf64_Shdr), "the table of sections");
    };
    const auto same = [&](std::int64_t tag, std::uint64_t expected) {
      if (value(tag) != expected) throw Damage("its dynamic section contradicts its table of sections");
    };
    for (std::uint64_t i = 0; i < header_.e_shnum; ++i) {
      const Elf64_Shdr one = section(i);
      if (one.sh_type == SHT_DYNSYM) {
        if (one.sh_link >= header_.e_shnum) throw Damage("its table of sections is damaged");
        const Elf64_Shdr names = section(one.sh_link);
        same(DT_SYMTAB, one.sh_addr);
        same(DT_STRTAB, names.sh_addr);
        same(DT_STRSZ, names.sh_size);
      } else if (one.sh_type == SHT_GNU_HASH) {
        same(DT_GNU_HASH, one.sh_addr);
      } else if (one.sh_type == SHT_INIT_ARRAY) {
        same(DT_INIT_ARRAY, one.sh_addr);
        same(DT_INIT_ARRAYSZ, one.sh_size);
      } else if (one.sh_type == SHT_FINI_ARRAY) {
        same(DT_FINI_ARRAY, one.sh_addr);
        same(DT_FINI_ARRAYSZ, one.sh_size);
      } else if (one.sh_type == SHT_GNU_versym) {
        same(DT_VERSYM, one.sh_addr);
      } else if (one.sh_type == SHT_GNU_verneed) {
        same(DT_VERNEED, one.sh_addr);
      }
    }
  }

  static constexpr std::uint64_t largest_memory = std::uint64_t{1} << 40U;

  std::string_view bytes_, names_;
  Elf64_Ehdr header_{};
  std::vector<Elf64_Phdr> loads_, inner_;
  Elf64_Phdr dynamic_{};
  std::map<std::int64_t, std::uint64_t> values_;  ///< of the dynamic section
  std::vector<std::uint64_t> named_;              ///< names that it refers to
  std::uint64_t symbols_ = 0;
};

}  // namespace

std::optional<std::string> obstacle_to_loading(const std::filesystem::path& file) {
  try {
    const MappedFile mapped(file);
    LibraryFile(mapped.bytes()).check();
    return std::nullopt;
  } catch (const Damage& damage) {
    return damage.what();
  }
}

std::optional<std::string> exported_bytes(const std::filesystem::path& file, const std::string& symbol,
                                          std::size_t most) {
  const MappedFile mapped(file);
  LibraryFile library(mapped.bytes());
  library.check();
  return library.exported(symbol, most);
}

}  // namespace ipet::catalog
