#include "pipeline/definition/include.hpp"

#include <algorithm>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "pipeline/definition/definition.hpp"
#include "pipeline/definition/limits.hpp"
#include "pipeline/definition/source.hpp"
#include "pipeline/definition/toml_reader.hpp"
#include "pipeline/text/printable.hpp"
#include "pipeline/text/shell.hpp"

namespace ipet::definition {
namespace {

namespace fs = std::filesystem;

bool same_place(const Place& a, const Place& b) {
  return a.file && b.file && *a.file == *b.file && a.line == b.line && a.column == b.column;
}

/// Entries of a table by key: Value::find would take a file of very many keys hours.
class Keys {
 public:
  explicit Keys(Table& table) : table_(table) {
    for (std::size_t i = 0; i < table.size(); ++i) at_.emplace(table[i].key, i);
  }
  Entry* find(const std::string& key) {
    const auto found = at_.find(key);
    return found == at_.end() ? nullptr : &table_[found->second];
  }
  void add(Entry entry) {
    at_.emplace(entry.key, table_.size());
    table_.push_back(std::move(entry));
  }

 private:
  Table& table_;
  std::unordered_map<std::string, std::size_t> at_;
};

/// Puts `over` on top of `into`: tables merge, everything else is replaced.
void merge_over(Value& into, Value over) {
  Keys keys(*into.table());
  for (Entry& entry : *over.table()) {
    Entry* old = keys.find(entry.key);
    if (old == nullptr) {
      keys.add(std::move(entry));
    } else if (old->value.table() != nullptr && entry.value.table() != nullptr) {
      old->where = entry.where;
      old->value.where = entry.value.where;
      merge_over(old->value, std::move(entry.value));
    } else {
      *old = std::move(entry);
    }
  }
}

/// Merges files that are included side by side. None of them wins, so a key that two of them give is an
/// error; one file reached on two ways is not.
void merge_beside(Value& into, Value from, Problems& problems) {
  Keys keys(*into.table());
  for (Entry& entry : *from.table()) {
    Entry* old = keys.find(entry.key);
    if (old == nullptr) {
      keys.add(std::move(entry));
    } else if (old->value.table() != nullptr && entry.value.table() != nullptr) {
      merge_beside(old->value, std::move(entry.value), problems);
    } else if (!same_place(old->where, entry.where)) {
      report(problems, "duplicate-key", entry.where, "'" + entry.key + "' is defined by two included files",
             "the other is at " + old->where.text());
    }
  }
}

class Includer {
 public:
  explicit Includer(Problems& problems) : problems_(problems) {}

  /// `included_at`: the place of the name in the including file; none for the first file.
  std::optional<Value> load(const fs::path& file, const Place* included_at = nullptr) {
    std::optional<Value> read = read_toml(file, problems_, included_at);
    if (!read || !check_schema(*read, file)) return std::nullopt;
    stack_.push_back(file);
    Value merged;
    bool good = true;
    if (const Entry* include = read->find("include")) good = add_included(include->value, merged);
    stack_.pop_back();
    take_out(*read, "schema");
    take_out(*read, "include");
    merge_over(merged, std::move(*read));
    if (!good) return std::nullopt;
    return merged;
  }

 private:
  /// Included parts may leave `schema` out.
  bool check_schema(const Value& read, const fs::path& file) {
    const Entry* entry = read.find("schema");
    if (entry == nullptr) {
      if (stack_.empty())
        report(problems_, "missing-key", whole_file(file), "no 'schema'", "begin the file with schema = 1");
      return true;
    }
    const auto* version = entry->value.get_if<std::int64_t>();
    if (version != nullptr && *version == schema_version) return true;
    std::string message = "schema must be 1, not " + entry->value.toml();
    if (version != nullptr && *version > schema_version)
      message = "schema " + std::to_string(*version) + " is newer than this ipet, which reads schema 1";
    report(problems_, "schema", entry->value.where, message);
    return false;
  }

  bool add_included(const Value& list, Value& merged) {
    const auto* files = list.get_if<Array>();
    if (files == nullptr) {
      report(problems_, "wrong-type", list.where, "include takes an array of file names, not " + list.toml());
      return true;
    }
    bool good = true;
    for (const Value& element : *files) {
      const auto* name = element.get_if<std::string>();
      if (name == nullptr) {
        report(problems_, "wrong-type", element.where, "include takes file names, not " + element.toml());
      } else if (auto included = load_included(*name, element.where)) {
        take_out(*included, "name");
        merge_beside(merged, std::move(*included), problems_);
      } else {
        good = false;
      }
    }
    return good;
  }

  std::optional<Value> load_included(const std::string& name, const Place& where) {
    const std::optional<std::string> from_home = text::with_home(name);
    if (!from_home) {
      report(problems_, "include", where, text::home_fault(name));
      return std::nullopt;
    }
    const bool in_folder = !is_descriptor(stack_.back());
    const fs::path folder = in_folder ? stack_.back().parent_path() : fs::path();
    const fs::path path = (folder / *from_home).lexically_normal();
    std::error_code error;
    if (!may_include(where)) return std::nullopt;
    if (name.find('\0') != std::string::npos) {
      report(problems_, "include", where, "an included file's name cannot hold a NUL");
      return std::nullopt;
    }
    if (fs::status(path, error).type() == fs::file_type::not_found) {
      report(problems_, "include", where, "included file '" + path.string() + "' does not exist",
             in_folder ? "paths are relative to the including file"
                       : "paths are relative to the working directory, since the including file "
                         "comes through a descriptor");
      return std::nullopt;
    }
    if (is_descriptor(path)) {
      report(problems_, "include", where,
             "'" + path.string() + "' is a descriptor of this process, and no file of its own",
             "include files by their names");
      return std::nullopt;
    }
    for (const fs::path& open : stack_) {
      if (fs::equivalent(open, path, error)) {
        report(problems_, "include", where, "files include each other: " + chain_text(open, path));
        return std::nullopt;
      }
    }
    return load(path, &where);
  }

  /// Includes of includes multiply: reported once.
  bool may_include(const Place& where) {
    const bool deep = stack_.size() > deepest_include;
    if (!deep && ++included_ <= most_included) return true;
    if (!std::exchange(refused_, true))
      report(problems_, "include", where,
             deep ? "files include each other more than " + std::to_string(deepest_include) + " deep"
                  : "more than " + std::to_string(most_included) + " files are included");
    return false;
  }

  [[nodiscard]] std::string chain_text(const fs::path& first, const fs::path& last) const {
    std::string out;
    for (auto i = std::ranges::find(stack_, first); i != stack_.end(); ++i) out += i->string() + " -> ";
    return out + last.string();
  }

  static void take_out(Value& table, std::string_view key) {
    std::erase_if(*table.table(), [&](const Entry& entry) { return entry.key == key; });
  }

  Problems& problems_;
  std::vector<fs::path> stack_;
  std::size_t included_ = 0;
  bool refused_ = false;
};

}  // namespace

std::optional<Value> load_merged(const fs::path& file, Problems& problems) {
  return Includer(problems).load(file);
}

}  // namespace ipet::definition
