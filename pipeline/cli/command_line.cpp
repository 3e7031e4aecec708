#include "pipeline/cli/command_line.hpp"

#include <algorithm>
#include <iostream>

#include <CLI/CLI.hpp>

#include "pipeline/catalog/described_catalog.hpp"
#include "pipeline/cli/completion.hpp"
#include "pipeline/cli/load_plan.hpp"
#include "pipeline/cli/signals.hpp"
#include "pipeline/cli/terminal.hpp"
#include "pipeline/cli/usage.hpp"
#include "pipeline/cli/version.hpp"
#include "pipeline/definition/definition.hpp"
#include "pipeline/text/printable.hpp"
#include "pipeline/text/shell.hpp"
#include "pipeline/text/shipped.hpp"

namespace ipet::cli {
namespace {

void add_plugins(CLI::App& verb, Arguments& arguments) {
  verb.add_option("--plugins", arguments.plugin_folders, "Folder with plugins, searched first; repeatable")
      ->type_name("DIR")
      ->allow_extra_args(false);
}

CLI::App* add_file_verb(CLI::App& app, Arguments& arguments, const char* name, const char* about) {
  CLI::App* verb = app.add_subcommand(name, about);
  verb->add_option("file", arguments.file, "Pipeline file")->type_name("FILE")->required();
  verb->add_option("--set", arguments.set,
                   "Sets a parameter, or a value by its path (run.seed, stages.ID.options.NAME, sweep.NAME); "
                   "repeatable")
      ->type_name("KEY=VALUE")
      ->allow_extra_args(false);
  verb->add_option("-j,--threads", arguments.threads, "Number of threads, 0 for all cores")
      ->type_name("N")
      ->check(CLI::Range(0, 4096));
  verb->add_option("--output", arguments.output, "Folder for the results")->type_name("DIR");
  add_plugins(*verb, arguments);
  return verb;
}

void add_format(CLI::App& verb, Arguments& arguments, std::vector<std::string> formats) {
  verb.add_option("--format", arguments.format, "How to print it")
      ->default_str(formats.front())
      ->check(one_of(formats));
}

/// "help VERB" and "version", as other programs have them, in this one's words.
std::vector<std::string> usual_words(std::vector<std::string> words) {
  if (words.empty() || (words[0] != "help" && words[0] != "version")) return words;
  if (words[0] == "version") return {"--version"};
  std::rotate(words.begin(), words.begin() + 1, words.end());
  words.back() = "--help";
  return words;
}

bool has_verb(const CLI::App& app, const std::string& name) {
  return !app.get_subcommands([&](const CLI::App* verb) { return verb->get_name() == name; }).empty();
}

/// The verbs of plugins, where the first word is none of ours: then the plugin that has it is looked for.
std::vector<VerbDescription> plugin_verbs(const CLI::App& app, const std::vector<std::string>& words) {
  const bool asks = !words.empty() && !words.front().starts_with('-');
  if (asks && has_verb(app, words.front())) return {};
  std::vector<std::filesystem::path> folders;
  for (std::size_t i = 0; i + 1 < words.size(); ++i)
    if (words[i] == "--plugins") folders.emplace_back(words[i + 1]);
  for (const std::string& word : words)
    if (word.starts_with("--plugins=")) folders.emplace_back(word.substr(word.find('=') + 1));
  catalog::DescribedCatalog catalog(catalog::search_path(folders));
  catalog.load_kept();
  const std::vector<VerbDescription> kept = catalog.verbs();
  if (!asks || std::ranges::find(kept, words.front(), &VerbDescription::name) != kept.end()) return kept;
  catalog.look_for(words.front());
  return catalog.verbs();
}

/// CLI11 takes words from the back.
std::vector<std::string> reversed(std::vector<std::string> words) {
  std::reverse(words.begin(), words.end());
  return words;
}

int parse_and_run(int argc, char** argv) {
  Arguments arguments;
  arguments.command_line = text::shell_command(argc, argv);
  CLI::App app{"Runs data pipelines: traffic perturbations against fingerprinting of smart-home devices",
               "ipet"};
  app.set_version_flag("--version", version_text);
  app.require_subcommand(1);

  CLI::App* run_verb = add_file_verb(app, arguments, "run", "Runs a pipeline file");
  run_verb->add_option("--until", arguments.until, "Runs only this stage and what it needs")
      ->type_name("STAGE");
  run_verb->add_flag("--sweep", arguments.sweep, "Runs every point of the file's [sweep], each in a folder");
  run_verb->add_flag("--fresh", arguments.fresh, "Trains anew: uses no checkpoints of earlier runs");
  run_verb->add_option("--trace", arguments.trace, "Writes what ran when, for https://ui.perfetto.dev")
      ->type_name("FILE")
      ->check([](const std::string& name) { return name.empty() ? "takes the name of a file" : ""; });
  CLI::App* validate_verb = add_file_verb(app, arguments, "validate", "Checks a pipeline file");
  validate_verb->add_flag("--environment", arguments.environment,
                          "Checks the machine too: contents of inputs, space, tools");
  add_format(*validate_verb, arguments, {"text", "json"});
  CLI::App* plan_verb = add_file_verb(app, arguments, "plan", "Shows passes and stages of a pipeline file");
  add_format(*plan_verb, arguments, {"text", "json"});
  CLI::App* graph_verb = add_file_verb(app, arguments, "graph", "Draws a pipeline file");
  add_format(*graph_verb, arguments, {"mermaid", "dot", "svg"});
  CLI::App* list_verb = app.add_subcommand("list", "Lists plugins: stages and components");
  add_plugins(*list_verb, arguments);
  add_format(*list_verb, arguments, {"text", "json"});
  CLI::App* inspect_verb = app.add_subcommand("inspect", "Shows ports and options of a stage or component");
  CLI::Option* name = inspect_verb->add_option("name", arguments.name, "Its name")->type_name("NAME");
  CLI::Option* all = inspect_verb->add_flag("--all", arguments.all, "All of them");
  add_format(*inspect_verb, arguments, {"text", "json", "markdown"});
  add_plugins(*inspect_verb, arguments);
  name->excludes(all);
  CLI::App* new_verb = app.add_subcommand("new", "Writes a plugin of your own, to be built outside of ipet");
  new_verb->add_option("kind", arguments.kind, "attacker, defence, model or stage")
      ->type_name("KIND")
      ->required();
  new_verb->add_option("name", arguments.name, "What it is called, and its folder")
      ->type_name("NAME")
      ->required();
  CLI::App* doctor_verb =
      app.add_subcommand("doctor", "Says what is found where, what is refused, what to install");
  add_plugins(*doctor_verb, arguments);
  CLI::App* schema_verb =
      app.add_subcommand("schema", "Prints the JSON Schema of pipeline files, for editors");
  add_plugins(*schema_verb, arguments);
  CLI::App* completion_verb =
      app.add_subcommand("completion", "Prints what a shell needs to complete verbs, options and names");
  completion_verb->add_option("shell", arguments.name, "bash, fish or zsh")
      ->type_name("SHELL")
      ->required()
      ->check(one_of({"bash", "fish", "zsh"}));
  app.footer(help_footer());
  for (CLI::App* verb : {run_verb, validate_verb, plan_verb, graph_verb, list_verb, inspect_verb, new_verb,
                         doctor_verb, schema_verb, completion_verb})
    verb->footer(verb_footer(verb->get_name()));
  inspect_verb->callback([&] {
    if (arguments.name.empty() && !arguments.all) throw CLI::RequiredError("NAME or --all");
  });

  const std::vector<std::string> words = usual_words({argv + 1, argv + argc});
  for (const VerbDescription& verb : plugin_verbs(app, words))
    if (!has_verb(app, verb.name))
      add_file_verb(app, arguments, verb.name.c_str(), verb.about.c_str())
          ->footer(live_footer(verb.name))
          ->callback([&arguments, name = verb.name] { arguments.verb = name; });
  if (const std::string mistake = missing_value(app, words); !mistake.empty()) {
    std::cerr << mistake;
    return definition_wrong;
  }
  try {
    app.parse(reversed(words));
  } catch (const CLI::ParseError& error) {
    if (error.get_exit_code() == 0) return app.exit(error, std::cout, std::cerr);  // --help, --version
    std::cerr << explain(app, error, words);
    return definition_wrong;
  }
  know_verb(!arguments.verb.empty());
  arguments.file = text::with_shipped(arguments.file.string());
  const bool takes_file = app.get_subcommands().front()->get_option_no_throw("file") != nullptr;
  if (takes_file && arguments.file.empty()) {
    std::cerr << no_file(app.get_subcommands().front()->get_name(), "not ''");
    return definition_wrong;
  }
  try {
    if (!arguments.verb.empty()) return live(arguments);
    if (run_verb->parsed()) return run(arguments);
    if (validate_verb->parsed()) return validate(arguments);
    if (plan_verb->parsed()) return plan(arguments);
    if (graph_verb->parsed()) return graph(arguments);
    if (list_verb->parsed()) return list(arguments);
    if (new_verb->parsed()) return make_plugin(arguments);
    if (doctor_verb->parsed()) return doctor(arguments);
    if (schema_verb->parsed()) return schema(arguments);
    if (completion_verb->parsed()) {
      std::cout << completion_script(app, arguments.name);
      return done;
    }
    return inspect(arguments);
  } catch (const definition::DefinitionError& error) {
    std::cerr << error.what();
    return exit_code(error.problems());
  } catch (const std::exception& error) {
    print_error(error.what());
    return stage_failed;
  }
}

}  // namespace

int command_line(int argc, char** argv) {
  const PrintableStream out(std::cout), error(std::cerr);
  const int code = parse_and_run(argc, argv);
  // A full disk must not pass for a result. What failed earlier is still seen here.
  if (std::cout.flush()) return code;
  std::cerr << "error: standard output " << output_fault(std::cout) << "\n";
  return code == done ? static_cast<int>(stage_failed) : code;
}

}  // namespace ipet::cli
