#include "cli/completion.h"

#include <utility>
#include <vector>

#include "absl/strings/str_join.h"
#include "absl/strings/str_replace.h"
#include <CLI/CLI.hpp>

#include "base/text.h"

namespace datahaul {
namespace {

struct Flag {
  std::string name;  // with its dashes
  std::string help;
  std::vector<std::string> choices;  // the words it accepts; empty = anything, or nothing
};

// A command with its words: "" for the program itself, "jobs gc" for a command's command.
struct Command {
  std::string path;
  std::vector<std::pair<std::string, std::string>> commands;  // name, help
  std::vector<Flag> flags;
};

std::vector<std::string> SplitChoices(const std::string& text) {
  if (text.find('|') == std::string::npos) return {};
  std::vector<std::string> choices;
  size_t begin = 0;
  for (size_t bar; (bar = text.find('|', begin)) != std::string::npos; begin = bar + 1) {
    choices.push_back(text.substr(begin, bar - begin));
  }
  choices.push_back(text.substr(begin));
  return choices;
}

Command Describe(const CLI::App& app, const std::string& path) {
  Command command{.path = path};
  for (const CLI::App* sub : app.get_subcommands([](const CLI::App*) { return true; })) {
    command.commands.emplace_back(sub->get_name(), sub->get_description());
  }
  for (const CLI::Option* option : app.get_options()) {
    for (const std::string& name : option->get_lnames()) {
      command.flags.push_back({StrCat("--", name), option->get_description(), SplitChoices(option->get_option_text())});
    }
  }
  return command;
}

void DescribeAll(const CLI::App& app, const std::string& path, std::vector<Command>* all) {
  all->push_back(Describe(app, path));
  for (const CLI::App* sub : app.get_subcommands([](const CLI::App*) { return true; })) {
    DescribeAll(*sub, path.empty() ? sub->get_name() : StrCat(path, " ", sub->get_name()), all);
  }
}

// Commands and flags, as words.
std::string WordsOf(const Command& command) {
  std::vector<std::string> words;
  words.reserve(command.commands.size() + command.flags.size());
  for (const auto& [name, help] : command.commands) words.push_back(name);
  for (const Flag& flag : command.flags) words.push_back(flag.name);
  return absl::StrJoin(words, " ");
}

// What bash and zsh share: case branches that follow the words given, and that give the candidates.
struct CaseTables {
  std::string commands;  // COMMAND WORD -> command
  std::string choices;   // COMMAND FLAG -> candidates
  std::string words;     // COMMAND -> candidates
};

CaseTables MakeTables(const std::vector<Command>& commands) {
  CaseTables tables;
  for (const Command& command : commands) {
    if (!command.path.empty())
      StrAppend(&tables.commands, "    '", command.path, "') command='", command.path, "' ;;\n");
    StrAppend(&tables.words, "    '", command.path, "') candidates='", WordsOf(command), "' ;;\n");
    for (const Flag& flag : command.flags) {
      if (flag.choices.empty()) continue;
      StrAppend(&tables.choices, "    '", command.path, " ", flag.name, "') candidates='",
                absl::StrJoin(flag.choices, " "), "' ;;\n");
    }
  }
  return tables;
}

// After a flag that accepts certain words, those; else the command's own words.
std::string Candidates(const CaseTables& tables) {
  return StrCat("  case \"$command $before\" in\n", tables.choices,
                "  esac\n  if [[ -z $candidates ]]; then\n  case \"$command\" in\n", tables.words, "  esac\n  fi\n");
}

std::string FollowWords(const CaseTables& tables) {
  return StrCat("    case \"${command:+$command }$word\" in\n", tables.commands, "    esac\n  done\n");
}

std::string BashScript(const CaseTables& tables) {
  return StrCat(R"(# bash completion for datahaul
_datahaul() {
  local current="${COMP_WORDS[COMP_CWORD]}" before="${COMP_WORDS[COMP_CWORD-1]}" command='' candidates='' word
  if [[ $current == '=' ]]; then current=''; fi
  if [[ $before == '=' ]]; then before="${COMP_WORDS[COMP_CWORD-2]}"; fi
  for word in "${COMP_WORDS[@]:1:COMP_CWORD-1}"; do
)",
                FollowWords(tables), Candidates(tables),
                R"(  mapfile -t COMPREPLY < <(compgen -W "$candidates" -- "$current")
}
complete -o default -F _datahaul datahaul
)");
}

std::string ZshScript(const CaseTables& tables) {
  return StrCat(R"(#compdef datahaul
_datahaul() {
  local before="${words[CURRENT-1]}" command='' candidates='' word
  for word in "${(@)words[2,CURRENT-1]}"; do
)",
                FollowWords(tables), Candidates(tables), R"(  compadd -- ${=candidates}
  _files
}
if [[ $funcstack[1] == _datahaul ]]; then _datahaul "$@"; else compdef _datahaul datahaul; fi
)");
}

std::string FishQuoted(const std::string& text) {
  return StrCat("'", absl::StrReplaceAll(text, {{"\\", "\\\\"}, {"'", "\\'"}}), "'");
}

// True while exactly the words of `path` have been given as commands.
std::string FishCondition(const Command& command) {
  if (command.path.empty()) return "__fish_use_subcommand";
  return StrCat("__fish_seen_subcommand_from ",
                absl::StrReplaceAll(command.path, {{" ", "; and __fish_seen_subcommand_from "}}));
}

std::string FishScript(const std::vector<Command>& commands) {
  std::string script = "# fish completion for datahaul\n";
  for (const Command& command : commands) {
    const std::string begin = StrCat("complete -c datahaul -n ", FishQuoted(FishCondition(command)));
    for (const auto& [name, help] : command.commands)
      StrAppend(&script, begin, " -f -a ", name, " -d ", FishQuoted(help), "\n");
    for (const Flag& flag : command.flags) {
      StrAppend(&script, begin, " -l ", flag.name.substr(2), " -d ", FishQuoted(flag.help));
      if (!flag.choices.empty()) StrAppend(&script, " -x -a '", absl::StrJoin(flag.choices, " "), "'");
      StrAppend(&script, "\n");
    }
  }
  return script;
}

}  // namespace

std::string CompletionScript(const CLI::App& app, std::string_view shell) {
  std::vector<Command> commands;
  DescribeAll(app, "", &commands);
  if (shell == "fish") return FishScript(commands);
  return shell == "zsh" ? ZshScript(MakeTables(commands)) : BashScript(MakeTables(commands));
}

}  // namespace datahaul
