// Which capture files an option names, and which of them form one recording.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace ipet::capture {

/// Files named by globs ("home/**/*.pcap*"), folders (all captures in them and below: .pcap, .pcapng, .cap,
/// each also with .gz or .zst) and single files; each file once, in natural order (day2 before day10).
/// Throws CaptureError when an entry names nothing, saying what was looked for.
std::vector<std::filesystem::path> find_captures(const std::vector<std::string>& patterns);

/// Files other than captures that packets are read from.
struct FileKind {
  std::string noun;                  ///< "capture", for errors
  std::vector<std::string> endings;  ///< that a folder is searched for, without .gz and .zst
  std::string except;                ///< file name that folders and globs leave out; "" for none
};
/// find_captures for files of another kind.
std::vector<std::filesystem::path> find_files(const FileKind& kind, const std::vector<std::string>& patterns);

/// One recording gets one number and one name; device state goes on across its files.
struct Recording {
  std::string name;  ///< unique in a run
  std::vector<std::filesystem::path> files;
};

enum class Grouping {
  file,    ///< each file is a recording, named by its path
  folder,  ///< the files of a folder are one, named by the folder
  joined   ///< all are one (an hourly rotated capture), named by the folder that holds them all
};

std::vector<Recording> group_recordings(const std::vector<std::filesystem::path>& files, Grouping grouping);

}  // namespace ipet::capture
