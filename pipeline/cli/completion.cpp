#include "pipeline/cli/completion.hpp"

#include <vector>

#include "pipeline/text/lists.hpp"

namespace ipet::cli {
namespace {

std::vector<const CLI::App*> all_verbs(const CLI::App& app) {
  return app.get_subcommands([](const CLI::App*) { return true; });
}

std::vector<std::string> long_names(const CLI::App& verb) {
  std::vector<std::string> names;
  for (const CLI::Option* option : verb.get_options())
    for (const std::string& name : option->get_lnames()) names.push_back("--" + name);
  return names;
}

/// The words that a verb's first argument is one of, as the shell finds them; "" where it is a file.
std::string words_of(const std::string& verb) {
  if (verb == "inspect") return "$(ipet list 2>/dev/null | cut -d' ' -f1)";
  if (verb == "new") return "attacker defence model stage";
  if (verb == "completion") return "bash fish zsh";
  return "";
}

std::string bash_script(const CLI::App& app) {
  std::string cases;
  for (const CLI::App* verb : all_verbs(app)) {
    const std::string words = words_of(verb->get_name());
    cases += "    " + verb->get_name() + ") options='" + text::joined(long_names(*verb), " ") + "'" +
             (words.empty() ? "" : " words=\"" + words + "\"") + " ;;\n";
  }
  const std::string verbs =
      text::joined(all_verbs(app), " ", [](const CLI::App* verb) { return verb->get_name(); });
  return R"(_ipet() {
  local word=${COMP_WORDS[COMP_CWORD]} verb= options='--help --version' words= i
  for ((i = 1; i < COMP_CWORD; ++i)); do
    [[ ${COMP_WORDS[i]} == -* ]] || { verb=${COMP_WORDS[i]}; break; }
  done
  case $verb in
    '') words=')" +
         verbs + "' ;;\n" + cases + R"(  esac
  if [[ $word == -* ]]; then words=$options; fi
  if [[ -n $words ]]; then
    COMPREPLY=($(compgen -W "$words" -- "$word"))
  else
    local IFS=$'\n'  # names of files may hold blanks
    compopt -o filenames 2>/dev/null
    COMPREPLY=($(compgen -f -- "$word"))
  fi
}
complete -F _ipet ipet ./ipet
)";
}

std::string fish_quoted(const std::string& text) {
  std::string out = "'";
  for (const char c : text) out += c == '\'' || c == '\\' ? std::string("\\") + c : std::string(1, c);
  return out + "'";
}

std::string fish_script(const CLI::App& app) {
  std::string out;
  for (const CLI::App* verb : all_verbs(app)) {
    const std::string name = verb->get_name(), after = "'__fish_seen_subcommand_from " + name + "'";
    out += "complete -c ipet -f -n __fish_use_subcommand -a " + name + " -d " +
           fish_quoted(verb->get_description()) + "\n";
    for (const CLI::Option* option : verb->get_options())
      for (const std::string& each : option->get_lnames())
        out += "complete -c ipet -n " + after + " -l " + each + (option->get_type_size() > 0 ? " -r" : "") +
               " -d " + fish_quoted(option->get_description()) + "\n";
    const std::string words = words_of(name);
    if (!words.empty())
      out += "complete -c ipet -f -n " + after + " -a " +
             (words.front() == '$' ? "'" + words.substr(1) + "'" : "'" + words + "'") + "\n";
  }
  return out;
}

}  // namespace

std::string completion_script(const CLI::App& app, const std::string& shell) {
  if (shell == "fish") return fish_script(app);
  return (shell == "zsh" ? "autoload -U +X bashcompinit && bashcompinit\n" : "") + bash_script(app);
}

}  // namespace ipet::cli
