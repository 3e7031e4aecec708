#include "pipeline/run/placing.hpp"

#include <algorithm>
#include <map>
#include <memory>
#include <set>
#include <stdexcept>
#include <system_error>

#include <unistd.h>

#include "pipeline/run/checksum.hpp"
#include "pipeline/run/file_lock.hpp"
#include "pipeline/run/publication.hpp"

namespace ipet::run {
namespace {

namespace fs = std::filesystem;

constexpr const char* lock_name = ".ipet-made.lock";

std::string name_in(const fs::path& file, const fs::path& folder) {
  return file.lexically_relative(folder).string();
}

/// RESULT + first, or where that is taken RESULT + next + 2, 3 ...
fs::path free_name(const fs::path& result, const std::string& first, const std::string& next) {
  fs::path name = result.string() + first;
  for (int i = 2; is_there(name); ++i) name = result.string() + next + std::to_string(i);
  return name;
}

/// Where sinks put what an interrupted run has of a result that is there already.
fs::path part_of(const fs::path& result) {
  return result.string() + ".interrupted";
}

void append(std::string& texts, const std::string& text) {
  if (!text.empty()) texts += (texts.empty() ? "" : "; ") + text;
}

/// The records of all folders in question, locked in the order of their names, so that nobody waits for us
/// while we wait.
class LockedRecords {
 public:
  explicit LockedRecords(const std::vector<ResultFiles>& results) {
    for (const ResultFiles& result : results) records_.try_emplace(result.home);
    for (auto& [home, record] : records_) {
      std::error_code error;
      fs::create_directories(home, error);
      locks_.push_back(std::make_unique<FileLock>(home / lock_name));
      record = std::make_unique<MadeFiles>(home);
      if (record->finish_renaming()) record->write();
    }
  }
  MadeFiles& of(const fs::path& home) { return *records_.at(home); }
  void write() const {
    for (const auto& [home, record] : records_) record->write();
  }
  /// The renaming is over, for good or not. Returns what cannot be written: harmless, since a record that
  /// knows too much finds nothing to do.
  std::string close() {
    std::string errors;
    for (auto& [home, record] : records_) {
      record->renaming.clear();
      record->forget_missing();
      try {
        record->write();
      } catch (const std::exception& error) {
        append(errors, error.what());
      }
    }
    return errors;
  }

 private:
  std::map<fs::path, std::unique_ptr<MadeFiles>> records_;
  std::vector<std::unique_ptr<FileLock>> locks_;
};

/// What becomes of one result.
class Fate {
 public:
  Fate(const ResultFiles& result, const PlacingFacts& facts, const MadeFiles& record, Records& known)
      : result_(result), facts_(facts), target_(result.result) {
    for (const auto& [final, temporary] : result.files) {
      MadeFile& made = made_[final] = stat_file(temporary).value_or(MadeFile());
      made.checksum = checksum_file(temporary).checksum;
      made.definition = result.definition;
      made.inputs = facts.inputs;
      made.interrupted = facts.interrupted;
    }
    find_earlier(record, known);
    find_obstacles(known);
    same_ =
        std::ranges::all_of(earlier_, [this](const auto& file) { return is_same(file.first, file.second); });
    if (!same_) {
      kept_ = copy_of_earlier(record, known);
      is_copy_ = !kept_.empty();
      if (!is_copy_) kept_ = free_name(result.result, ".1", ".");
    }
    find_superseded(record, known);
  }

  [[nodiscard]] const std::string& in_the_way() const { return in_the_way_; }
  [[nodiscard]] std::string info() const {
    if (same_) return {};
    const std::string suffix = kept_.string().substr(result_.result.string().size());
    return "the earlier " + result_.shown.filename().string() + " is of " +
           (facts_.at_once ? "other content" : "another definition or other inputs") +
           (is_copy_ ? " and is kept already as " : " and stays as ") + result_.shown.string() + suffix;
  }
  [[nodiscard]] std::vector<Placement> placements() const {
    std::vector<Placement> all;
    for (const auto& [final, temporary] : result_.files) {
      const bool there = earlier_.contains(final);
      if (facts_.at_once && same_ && there) continue;  // the same bytes
      all.push_back({temporary, renamed_with(final, result_.result, target_),
                     there && moves_earlier() ? kept_name(final) : fs::path()});
    }
    for (const auto& [file, made] : earlier_) {
      if (moves_earlier() && !result_.files.contains(file)) all.push_back({file, kept_name(file), {}});
    }
    return all;
  }
  /// What is going to happen.
  void announce(MadeFiles& record) const {
    for (const Placement& each : placements())
      record.renaming.push_back({name_in(each.from, record.folder()), name_in(each.to, record.folder()),
                                 each.kept.empty() ? "" : name_in(each.kept, record.folder())});
    each_version(record, [&](const fs::path& file, const MadeFile& version) {
      record.files[name_in(file, record.folder())].push_back(version);
    });
  }
  /// Removes the part that this result completes, and what else there was of an earlier result that is kept
  /// elsewhere. To be called when the result has its name.
  void remove_superseded() const {
    for (const fs::path& file : superseded_) remove(file, part_of(result_.result));
    for (const auto& [file, made] : earlier_)
      if (is_copy_ && !result_.files.contains(file)) remove(file, result_.result);
  }
  /// What has happened.
  void conclude(MadeFiles& record) const {
    each_version(record, [&](const fs::path& file, const MadeFile& version) {
      record.files[name_in(file, record.folder())] = {version};
    });
  }

 private:
  /// With the folders up to `result` that are empty then.
  static void remove(const fs::path& file, const fs::path& result) {
    ::unlink(file.c_str());
    for (fs::path folder = file; folder != result;) {
      folder = folder.parent_path();
      if (::rmdir(folder.c_str()) != 0) break;
    }
  }
  [[nodiscard]] bool moves_earlier() const { return !same_ && !is_copy_; }
  [[nodiscard]] fs::path kept_name(const fs::path& file) const {
    return renamed_with(file, result_.result, kept_);
  }
  void find_earlier(const MadeFiles& record, Records& known) {
    const auto add = [&](const fs::path& file) {
      const Standing standing = known.standing_of(file);
      if (standing.what == Earlier::made) earlier_.emplace(file, standing.made);
    };
    for (const fs::path& file : recorded_files(record, result_.result)) add(file);
    for (const auto& [final, temporary] : result_.files) add(final);
  }
  void find_obstacles(Records& known) {
    for (const auto& [final, temporary] : result_.files) {
      if (!is_there(final)) continue;
      const bool read = facts_.is_input && facts_.is_input(final);
      if (earlier_.contains(final) && !read) continue;
      const std::string what =
          final.string() + ": " +
          (read                                                ? "this run read it"
           : known.standing_of(final).what == Earlier::changed ? "was changed during the run"
                                                               : "was not made by ipet") +
          ", so it is not replaced; ";
      if (facts_.at_once) throw std::runtime_error(what + "move it away and run again");
      target_ = free_name(result_.result, ".new", ".new.");
      in_the_way_ = what + "the result is in " + target_.string();
      earlier_.clear();
      return;
    }
  }
  [[nodiscard]] bool is_same(const fs::path& file, const MadeFile& earlier) const {
    if (!facts_.at_once)
      return earlier.definition == result_.definition &&
             (earlier.interrupted || earlier.inputs == facts_.inputs);
    const auto now = made_.find(file);
    return now == made_.end() || now->second.checksum == earlier.checksum;
  }
  /// RESULT.1, RESULT.2 ... that holds what the earlier result does, or nothing.
  [[nodiscard]] fs::path copy_of_earlier(const MadeFiles& record, Records& known) const {
    for (const std::string& name : kept_results(record)) {
      const fs::path copy = record.folder() / name;
      const std::vector<fs::path> files = recorded_files(record, copy);
      const auto holds = [&](const auto& earlier) {
        const Standing standing = known.standing_of(renamed_with(earlier.first, result_.result, copy));
        return standing.what == Earlier::made && is_copy(standing.made, earlier.second);
      };
      if (files.size() == earlier_.size() && std::ranges::all_of(earlier_, holds)) return copy;
    }
    return {};
  }
  /// Names relative to the record's folder.
  [[nodiscard]] std::set<std::string> kept_results(const MadeFiles& record) const {
    const std::string begin = name_in(result_.result, record.folder()) + ".";
    std::set<std::string> names;
    for (const auto& [file, versions] : record.files) {
      for (const MadeFile& version : versions) {
        const std::string_view name = version.result;
        if (name.starts_with(begin) && name.size() > begin.size() &&
            name.find_first_not_of("0123456789", begin.size()) == std::string_view::npos)
          names.insert(version.result);
      }
    }
    return names;
  }
  /// A result file tells when it was made and by which command; what it is of decides.
  [[nodiscard]] bool is_copy(const MadeFile& kept, const MadeFile& earlier) const {
    if (kept.checksum == earlier.checksum) return true;
    return !facts_.at_once && !kept.definition.empty() && !kept.interrupted && !earlier.interrupted &&
           kept.definition == earlier.definition && kept.inputs == earlier.inputs;
  }
  template <class Call>
  void each_version(const MadeFiles& record, Call&& call) const {
    for (auto [final, version] : made_) {
      if (facts_.at_once && same_ && earlier_.contains(final)) continue;
      version.result = name_in(target_, record.folder());
      call(renamed_with(final, result_.result, target_), version);
    }
    if (!moves_earlier()) return;
    for (auto [file, version] : earlier_) {
      version.result = name_in(kept_, record.folder());
      call(kept_name(file), version);
    }
  }

  void find_superseded(const MadeFiles& record, Records& known) {
    if (facts_.interrupted || facts_.at_once || !in_the_way_.empty()) return;
    for (const fs::path& file : recorded_files(record, part_of(result_.result))) {
      const Standing standing = known.standing_of(file);
      if (standing.what == Earlier::made && standing.made.interrupted &&
          standing.made.definition == result_.definition)
        superseded_.push_back(file);
    }
  }

  const ResultFiles& result_;
  const PlacingFacts& facts_;
  std::vector<fs::path> superseded_;
  std::map<fs::path, MadeFile> made_, earlier_;  ///< by final name
  fs::path target_, kept_;                       ///< of the new result, of the earlier one
  std::string in_the_way_;
  bool same_ = true;
  bool is_copy_ = false;  ///< the earlier result is kept as kept_ already
};

}  // namespace

fs::path renamed_with(const fs::path& file, const fs::path& result, const fs::path& other) {
  return file == result ? other : other / file.lexically_relative(result);
}

std::vector<fs::path> recorded_files(const MadeFiles& record, const fs::path& result) {
  std::vector<fs::path> files;
  const std::string name = name_in(result, record.folder());
  for (const auto& [file, versions] : record.files) {
    if (std::ranges::find(versions, name, &MadeFile::result) != versions.end())
      files.push_back(record.folder() / file);
  }
  return files;
}

void finish_killed_placing(const fs::path& home) {
  if (!is_there(MadeFiles::file_of(home)) || MadeFiles(home).renaming.empty()) return;
  const FileLock only(home / lock_name);
  MadeFiles record(home);
  if (record.finish_renaming()) record.write();
}

Placed place_results(const std::vector<ResultFiles>& results, const PlacingFacts& facts) {
  LockedRecords records(results);
  Records known;
  std::vector<Fate> fates;
  for (const ResultFiles& result : results) fates.emplace_back(result, facts, records.of(result.home), known);
  Placed placed;
  std::vector<Placement> placements;
  for (std::size_t i = 0; i < results.size(); ++i) {
    std::vector<Placement> own = fates[i].placements();
    placed.is_new.push_back(!own.empty());
    std::ranges::move(own, std::back_inserter(placements));
    append(placed.in_the_way, fates[i].in_the_way());
    if (const std::string info = fates[i].info(); !info.empty())
      placed.infos.emplace_back(results[i].stage, info);
    fates[i].announce(records.of(results[i].home));
  }
  if (placements.empty()) return placed;
  records.write();
  Publication publication;
  try {
    publication.place(placements);
  } catch (const std::exception&) {
    records.close();
    throw;
  }
  append(placed.unsafe, publication.finish());
  for (std::size_t i = 0; i < results.size(); ++i) {
    fates[i].conclude(records.of(results[i].home));
    fates[i].remove_superseded();
  }
  append(placed.unsafe, records.close());
  return placed;
}

}  // namespace ipet::run
