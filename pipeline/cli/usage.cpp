#include "pipeline/cli/usage.hpp"

#include <algorithm>
#include <map>

#include "pipeline/definition/diagnostics.hpp"
#include "pipeline/definition/include.hpp"
#include "pipeline/sdk/hint.hpp"
#include "pipeline/text/lists.hpp"
#include "pipeline/text/shell.hpp"

namespace ipet::cli {
namespace {

/// Verbs of the launcher ./ipet, which this program never sees when it is called through it.
const std::vector<std::string> launcher_verbs = {"bench", "build", "fuzz", "live-demo", "test"};

std::string problem(const std::string& text, const std::string& hint) {
  return definition::format_problem({"command-line", {}, text, hint}, "error");
}

std::vector<std::string> verbs_of(const CLI::App& app) {
  return text::mapped(app.get_subcommands([](const CLI::App*) { return true; }),
                      [](const CLI::App* verb) { return verb->get_name(); });
}

std::vector<std::string> options_of(const CLI::App& verb) {
  std::vector<std::string> names;
  for (const CLI::Option* option : verb.get_options()) {
    for (const std::string& name : option->get_lnames()) names.push_back("--" + name);
    for (const std::string& name : option->get_snames()) names.push_back("-" + name);
  }
  std::sort(names.begin(), names.end());
  return names;
}

std::string unknown_verb(const CLI::App& app, const std::string& word) {
  std::vector<std::string> names = verbs_of(app);
  const bool of_launcher = std::ranges::find(launcher_verbs, word) != launcher_verbs.end();
  if (of_launcher)
    return problem("'" + word + "' is a verb of the launcher, not of this program",
                   "call it as ./ipet " + word + " in the folder of the sources");
  names.insert(names.end(), launcher_verbs.begin(), launcher_verbs.end());
  std::string hint = misspelt_hint(word, names, "verbs: ");
  if (word.ends_with(".toml")) hint += "\nto run a pipeline file: ipet run " + text::shell_quoted(word);
  return problem("there is no verb '" + word + "'", hint);
}

/// The key behind a --set that has no value: "captures" of `--set captures FOLDER`, also with blanks around
/// =.
std::string set_without_value(const std::vector<std::string>& words) {
  for (std::size_t i = 0; i + 1 < words.size(); ++i)
    if (words[i] == "--set" && words[i + 1].find('=') >= words[i + 1].size() - 1)
      return words[i + 1].substr(0, words[i + 1].find('='));
  return {};
}

/// The value that was meant for it: the first of the words that no option takes, without the =.
std::string value_meant(const std::vector<std::string>& extra) {
  const auto value = std::find_if(extra.begin(), extra.end(), [](const auto& word) { return word != "="; });
  if (value == extra.end()) return "VALUE";
  return value->substr(value->starts_with('=') ? 1 : 0);
}

/// Names of the parameters of the pipeline file on the command line, as far as it can be read.
std::vector<std::string> parameters_of(const CLI::App& verb) {
  std::vector<std::string> names;
  const CLI::Option* file = verb.get_option_no_throw("file");
  if (file == nullptr || file->count() == 0) return names;
  Problems reported_when_it_is_read;
  const auto merged = definition::load_merged(file->results().front(), reported_when_it_is_read);
  const Entry* params = merged ? merged->find("params") : nullptr;
  if (params == nullptr || params->value.table() == nullptr) return names;
  for (const Entry& parameter : *params->value.table()) names.push_back(parameter.key);
  return names;
}

/// "--captures=x", or "--captures" "x": perhaps a parameter of the file.
std::string unknown_option(const CLI::App& verb, const std::vector<std::string>& extra) {
  const std::string& word = extra.front();
  const std::size_t equals = word.find('=');
  const std::string option = word.substr(0, equals);
  const std::vector<std::string> options = options_of(verb);
  // One letter is near to every other one.
  const std::string has = verb.get_name() + " has: ";
  std::string hint = option.size() > 2 ? misspelt_hint(option, options, has) : has + text::joined(options);
  const std::size_t letters = option.find_first_not_of('-');
  const std::vector<std::string> parameters = parameters_of(verb);
  if (!parameters.empty() && option.size() > 2 && nearest_hint(option, options).empty()) {
    const std::string name = letters == std::string::npos ? "" : option.substr(letters);
    std::string value = equals != std::string::npos ? word.substr(equals + 1) : "VALUE";
    if (equals == std::string::npos && extra.size() > 1 && !extra[1].starts_with('-')) value = extra[1];
    const std::string near = nearest(name, parameters);
    if (near.empty())
      hint += "\nparameters of the file, to be given as --set NAME=VALUE: " + text::joined(parameters);
    else
      hint += "\ndid you mean --set " + near + "=" + value + "?";
  }
  return problem(verb.get_name() + " has no option " + option, hint);
}

/// Words that no option takes.
std::string unexpected(const CLI::App& verb, const std::vector<std::string>& extra,
                       const std::vector<std::string>& words) {
  const std::string& word = extra.front();
  const std::string name = verb.get_name();
  const bool takes_file = verb.get_option_no_throw("file") != nullptr;
  if (word.starts_with('-')) return unknown_option(verb, extra);
  const std::string incomplete = set_without_value(words);
  if (takes_file && !incomplete.empty())
    return problem("--set takes KEY=VALUE, not '" + incomplete + "'",
                   "did you mean --set " + incomplete + "=" + value_meant(extra) + "?");
  const std::string refused = name + " does not expect '" + word + "'";
  if (takes_file && word.find('=') != std::string::npos)
    return problem(refused, "did you mean --set " + word + "?");
  if (name == "list") return problem(refused, "to see one of them: ipet inspect " + word);
  return problem(refused, "what holds a blank must be quoted, as in --set 'captures=my captures'; see ipet " +
                              name + " --help");
}

const CLI::App* called(const CLI::App& app) {
  const auto verbs = app.get_subcommands();
  return verbs.empty() ? nullptr : verbs.front();
}

}  // namespace

std::string explain(const CLI::App& app, const CLI::ParseError& error,
                    const std::vector<std::string>& words) {
  const auto word = std::ranges::find_if(words, [](const auto& w) { return !w.starts_with("-"); });
  const std::vector<std::string> verbs = verbs_of(app);
  const bool known = word != words.end() && std::find(verbs.begin(), verbs.end(), *word) != verbs.end();
  if (!known && word != words.end()) return unknown_verb(app, *word);
  if (words.empty())
    return problem("a verb is needed", "for example: ipet run pipelines/quickstart.toml; see ipet --help");
  const CLI::App* verb = called(app);
  if (!known || verb == nullptr || (word != words.begin() && word->empty()))
    return problem(
        "ipet has no option " + words.front(),
        misspelt_hint(words.front(), options_of(app), "ipet has: ") + "; other options come after a verb");
  const std::vector<std::string> extra = app.remaining(true);
  if (!extra.empty()) return unexpected(*verb, extra, words);
  if (error.get_name() == "RequiredError" && verb->get_option_no_throw("file") != nullptr &&
      verb->get_option("file")->count() == 0)
    return no_file(verb->get_name());
  return problem(error.what(), "see ipet " + verb->get_name() + " --help");
}

std::string missing_value(const CLI::App& app, const std::vector<std::string>& words) {
  const CLI::App* verb = nullptr;
  for (const CLI::App* each : app.get_subcommands([](const CLI::App*) { return true; }))
    if (!words.empty() && each->get_name() == words.front()) verb = each;
  if (verb == nullptr) return {};
  const auto option_of = [&](const std::string& word) {
    return word.size() > 1 && word.front() == '-' ? verb->get_option_no_throw(word) : nullptr;
  };
  for (std::size_t i = 1; i + 1 < words.size() && words[i] != "--"; ++i) {
    const CLI::Option* option = option_of(words[i]);
    if (option == nullptr || option->get_items_expected_max() == 0) continue;
    const std::string& next = words[++i];
    if (next != "--" && option_of(next.substr(0, next.find('='))) == nullptr) continue;
    const std::string type = option->get_type_name();  // "N:INT in [0 - 4096]"
    const std::string takes = words[i - 1] + " takes " + type.substr(0, type.find(':'));
    return problem(
        takes + ", not the option " + next,
        words[i - 1].starts_with("--") ? "what is called so is given as " + words[i - 1] + "=" + next : "");
  }
  return {};
}

std::string no_file(const std::string& verb, const std::string& given) {
  return problem(verb + " needs a pipeline file" + (given.empty() ? "" : ", " + given),
                 "for example: ipet " + verb + " pipelines/quickstart.toml");
}

CLI::Validator one_of(std::vector<std::string> choices) {
  const std::string shown = "{" + text::joined(choices, ",") + "}";
  return CLI::Validator(
      [choices](std::string& given) {
        if (std::find(choices.begin(), choices.end(), given) != choices.end()) return std::string();
        return "there is no '" + given + "': " + misspelt_hint(given, choices, "there are: ");
      },
      shown);
}

std::string help_footer() {
  return R"(Examples:
  ./ipet run pipelines/quickstart.toml         a synthetic home, results in runs/quickstart/
  ./ipet run pipelines/ipet.toml --set captures=FOLDER --set devices=FOLDER/devices.toml
  ./ipet list                                  every stage and component
  ./ipet inspect mixer                         options, units and defaults of one of them
  ./ipet new model mine                        a plugin of your own, to be filled in
  ./ipet doctor                                what is found where, and what is missing
The launcher ./ipet builds the program and the plugins that are asked for, and has six verbs of its own:
  ./ipet build     all plugins        ./ipet test      all tests
  ./ipet bench     how fast it is     ./ipet fuzz      damaged inputs
  ./ipet lint      form of the sources
  ./ipet live-demo a live gateway in network namespaces, attacked before and after; needs root

Tables and lists go to standard output; messages, warnings and progress to standard error.

Exit codes:
  0    done
  1    a stage failed, or standard output could not be written
  2    the pipeline file or the command line is wrong
  3    a plugin cannot be loaded
  4    the set-up failed (launcher)
  130  interrupted
  134, 139 and others from 129 on
       a crash, by signal 6, 11 and so on (the code less 128), after a line that names the stage at work

Environment variables:
  IPET_PLUGIN_PATH      folders with plugins, separated by colons; searched after --plugins, before ~/.local/lib/ipet and our
                        own
  IPET_SIMD             vector instructions of our own kernels: avx512, avx2 or portable; default: what the processor has
  ATEN_CPU_CAPABILITY, OPENBLAS_CORETYPE, ONEDNN_MAX_CPU_ISA
                        the same for LibTorch, OpenBLAS and oneDNN; set to avx2, Haswell and AVX2 where not given, so
                        that results are the same on every processor that has AVX2
  OPENBLAS_NUM_THREADS, OMP_NUM_THREADS
                        threads of BLAS within one of ours; set to 1 where not given
  NOTIFY_SOCKET         where systemd is told of a live run (gateway, relay)
  IPET_LAUNCHER         what builds a plugin of ours that is asked for and not there; ./ipet sets it
  PATH                  where gnuplot (plots) and dot (graph --format svg) are found
  HOME                  what ~ stands for at the begin of a path
  XDG_CACHE_HOME        descriptions of plugins are kept there where they cannot be beside them; default: ~/.cache
  and those that parameters of a pipeline file name (env = "NAME").
 Of the launcher:
  IPET_PRESET           another build: strict, debug, asan, ubsan, sanitize; default: release
  IPET_SKIP_SETUP=1     installs no packages
  IPET_WERROR=1         the compiler's warnings are errors
  CMAKE_PREFIX_PATH, CC, CXX, CXXFLAGS
                        as CMake reads them: another LibTorch, another compiler)";
}

std::string verb_footer(const std::string& verb) {
  static const std::map<std::string, std::string> examples = {
      {"run",
       "  ipet run pipelines/ipet.toml --set captures=FOLDER --set devices=FOLDER/devices.toml --output "
       "results\n  ipet run pipelines/compare-models.toml --sweep --set 'sweep.model=[\"lstm\", \"gru\"]' "
       "--set captures=FOLDER --set devices=FILE\n  ipet run pipelines/quickstart.toml --until devices"},
      {"validate",
       "  ipet validate pipelines/ipet.toml --set captures=FOLDER --set devices=FILE --environment"},
      {"plan", "  ipet plan pipelines/quickstart.toml"},
      {"graph", "  ipet graph pipelines/quickstart.toml --format svg > quickstart.svg"},
      {"list", "  ipet list\n  ipet list --plugins build-of-mine"},
      {"inspect", "  ipet inspect windowing\n  ipet inspect --all --format markdown"},
      {"new", "  ipet new model mine\n  ipet new defence mine"},
      {"schema", "  ipet schema > ipet.schema.json"},
      {"completion",
       "  source <(ipet completion bash)\n  ipet completion fish > ~/.config/fish/completions/ipet.fish"},
      {"doctor", "  ipet doctor\n  ipet doctor --plugins build-of-mine"}};
  return "Examples:\n" + examples.at(verb) + "\nExit codes and environment variables: ipet --help";
}

std::string live_footer(const std::string& verb) {
  return "Runs until SIGTERM or Ctrl-C, and then ends with exit code 0. SIGHUP has it read the file again; a "
         "file that is wrong is reported, and the one before stays in force. No folder is made for "
         "results.\nExample:\n  ipet " +
         verb + " FILE\nOther exit codes and environment variables: ipet --help";
}

}  // namespace ipet::cli
