// Which files of a folder hold packets, and which ones only look as if they did.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace ipet::capture {

/// Files that packets are read from, by their names.
struct FileKind {
  std::string noun;  ///< "capture", for errors
  std::vector<std::string>
      endings;              ///< in lower case; a folder's files may have them in any case, and packed
  std::string except = {};  ///< file name that folders and globs leave out; "" for none
  /// They are captures: tcpdump puts numbers behind the endings (x.pcap1), and what has another name is known
  /// by its first bytes.
  bool captures = false;
};

/// The files that a folder or a glob names.
struct Search {
  std::vector<std::filesystem::path> files;
  /// "x.pcap: a link to nothing", one per thing that looks like a capture and is left out.
  std::vector<std::string> left_out;
};

/// All of this kind in the folder and below; links to folders are followed. Sorted.
Search search_folder(const FileKind& kind, const std::filesystem::path& folder);
/// The files that match. `prefix`: the part of the pattern before its first component with a wildcard.
Search search_glob(const FileKind& kind, const std::filesystem::path& pattern,
                   const std::filesystem::path& prefix);

/// "*.pcap, *.pcapng and *.cap"
std::string names_of(const FileKind& kind);

}  // namespace ipet::capture
