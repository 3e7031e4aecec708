// Which capture files an option names, what they are called, and which of them form one recording.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace ipet::capture {

/// A file that packets are read from.
struct InputFile {
  std::filesystem::path path;  ///< under which it is opened
  /// What it is called in results and random streams: the path within the folder that was given
  /// ("day1/a.pcap"), within the part of a glob before its first wildcard, or of a file that was given itself
  /// the file name. Where two files would have one name, all names start at the folder that holds all of
  /// them. So a name depends neither on how a path was written nor on where the data lie.
  std::string name;
  std::size_t entry = 0;  ///< of the option, that named it
};

/// Files named by globs ("home/**/*.pcap*"), folders (all captures in them and below: .pcap, .pcapng, .cap,
/// each also with .gz or .zst) and single files; each file once, in natural order of their names (day2 before
/// day10). Throws CaptureError when an entry names nothing, saying what was looked for.
std::vector<InputFile> find_captures(const std::vector<std::string>& patterns);

/// Files that a stage made in one folder, by the same rules.
std::vector<InputFile> name_files(const std::vector<std::filesystem::path>& files);

/// Files other than captures that packets are read from.
struct FileKind {
  std::string noun;                  ///< "capture", for errors
  std::vector<std::string> endings;  ///< that a folder is searched for, without .gz and .zst
  std::string except;                ///< file name that folders and globs leave out; "" for none
};
/// find_captures for files of another kind.
std::vector<InputFile> find_files(const FileKind& kind, const std::vector<std::string>& patterns);

/// One recording gets one number and one name; device state goes on across its files.
struct Recording {
  std::string name;  ///< unique in a run
  std::vector<std::filesystem::path> files;
};

enum class Grouping {
  file,    ///< each file is a recording, named as the file
  folder,  ///< the files of a folder are one, named as the folder within what was given, else as its first
           ///< file
  joined   ///< all are one (an hourly rotated capture), named as its first file
};

/// In natural order of their names. The files of a recording are in the order of the entries that named them,
/// and of their names.
std::vector<Recording> group_recordings(const std::vector<InputFile>& files, Grouping grouping);

}  // namespace ipet::capture
