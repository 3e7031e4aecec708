// Which capture files an option names, what they are called, and which of them form one recording.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "pipeline/text/words.hpp"
#include "stages/capture/file_search.hpp"
#include "stages/traffic/packet.hpp"

namespace ipet::capture {

/// A file that packets are read from.
struct InputFile {
  std::filesystem::path path;  ///< under which it is opened
  /// What it is called in results and random streams: the path within the folder that was given
  /// ("day1/a.pcap"), within the part of a glob before its first wildcard, or of a file that was given itself
  /// the file name. Where two files would have one name, all names start at the folder that holds all of
  /// them. So a name depends neither on how a path was written nor on where the data lie. It is stored and
  /// shown, so what is no UTF-8 in it, or a control character, is percent-escaped
  /// (pipeline/text/percent.hpp).
  std::string name;
  std::size_t entry = 0;  ///< of the option, that named it
  std::optional<traffic::Nanoseconds> first =
      std::nullopt;  ///< when its first packet came, where that is known
};

/// Files named by globs ("home/**/*.pcap*"), folders (all captures in them and below: .pcap, .pcapng, .cap in
/// any case, also with the numbers that tcpdump puts behind, and packed: .gz, .zst, .xz, .bz2, .lz4), single
/// files, and "-" for standard input; "~/x" is x in the home folder; each file once, in natural order of
/// their names (day2 before day10). Throws CaptureError when an entry names nothing, saying what was looked
/// for. `left_out` is replaced by what looks like a capture and is not among the files, a sentence each:
/// links to nothing, captures of other names, folders that cannot be listed.
std::vector<InputFile> find_captures(const std::vector<std::string>& patterns,
                                     std::vector<std::string>* left_out = nullptr);

/// Files that a stage made in one folder, by the same rules.
std::vector<InputFile> name_files(const std::vector<std::filesystem::path>& files);

/// find_captures for files of another kind.
std::vector<InputFile> find_files(const FileKind& kind, const std::vector<std::string>& patterns,
                                  std::vector<std::string>* left_out = nullptr);

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
inline constexpr text::Word<Grouping> groupings[] = {
    {"file", Grouping::file}, {"folder", Grouping::folder}, {"joined", Grouping::joined}};

/// What becomes of a file of which nothing can be read: it is left out, or ends the run before it begins.
enum class OnBadFile { skip, stop };
inline constexpr text::Word<OnBadFile> bad_file_words[] = {{"skip", OnBadFile::skip},
                                                           {"stop", OnBadFile::stop}};

/// In natural order of their names. The files of a recording are in the order of the entries that named them,
/// and of their names.
std::vector<Recording> group_recordings(const std::vector<InputFile>& files, Grouping grouping);

}  // namespace ipet::capture
