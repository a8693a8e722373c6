#include "registry/store_secrets.h"

#include <algorithm>
#include <map>
#include <utility>

#include "absl/strings/str_join.h"

#include "base/status.h"
#include "base/text.h"

namespace datahaul {
namespace {

// Takes what stands before `end` off `rest`.
std::string_view TakeWord(std::string_view* rest, char end) {
  const std::string_view word = rest->substr(0, rest->find(end));
  rest->remove_prefix(std::min(rest->size(), word.size() + 1));
  return word;
}

// By the key's own name, what the secret calls it.
absl::StatusOr<std::map<std::string_view, std::string_view>> ParseKeys(std::string_view called) {
  std::map<std::string_view, std::string_view> names;
  while (!called.empty()) {
    const std::string_view word = TakeWord(&called, ',');
    const size_t equals = word.find('=');
    if (equals == word.npos || equals == 0 || equals + 1 == word.size()) {
      return UsageError(StrCat("reading --secret-key: expected KEY=ITS-NAME-IN-THE-SECRET, found ", word));
    }
    names[word.substr(0, equals)] = word.substr(equals + 1);
  }
  return names;
}

// A secret as a store sees it.
class RenamedSecret {
 public:
  RenamedSecret(const SecretValues& values, std::map<std::string_view, std::string_view> names)
      : values_(values), names_(std::move(names)) {}

  std::string_view NameOf(std::string_view key) const {
    const auto renamed = names_.find(key);
    return renamed == names_.end() ? key : renamed->second;
  }
  bool Renames(std::string_view key) const { return names_.contains(key); }
  std::string ValueOf(std::string_view key) const {
    const auto found = values_.find(NameOf(key));
    return found == values_.end() ? "" : found->second;
  }
  bool HasOneOf(std::string_view wanted) const {
    while (!wanted.empty()) {
      std::string_view keys = TakeWord(&wanted, '|');
      bool has_all = true;
      while (!keys.empty()) has_all = !ValueOf(TakeWord(&keys, ' ')).empty() && has_all;
      if (has_all) return true;
    }
    return false;
  }

 private:
  const SecretValues& values_;
  const std::map<std::string_view, std::string_view> names_;
};

absl::Status NotWhatIsWanted(const std::string& name, std::string_view expected, const SecretValues& values) {
  const std::string found =
      absl::StrJoin(values, ", ", [](std::string* out, const auto& value) { *out += value.first; });
  return HumanError(StrCat("using the secret ", name, ": expected ", expected, ", found ",
                           found.empty() ? "no keys" : StrCat("the keys ", found),
                           "; store it again with a value for each, or say what they are called with --secret-key"));
}

// "tenant-id client-id|account-key" as people say it.
std::string InWords(std::string_view wanted) {
  std::string words;
  for (const char c : wanted) StrAppend(&words, c == '|' ? ", or " : c == ' ' ? " and " : std::string(1, c));
  return words;
}

}  // namespace

absl::StatusOr<Environment> WithSecret(Environment environment, const std::string& name, const SecretValues& values,
                                       const SecretUse& use, std::string_view called) {
  DH_ASSIGN_OR_RETURN(auto names, ParseKeys(called));
  const RenamedSecret secret(values, std::move(names));
  if (!secret.HasOneOf(use.wanted)) return NotWhatIsWanted(name, InWords(use.wanted), values);
  std::map<std::string, std::string, std::less<>> ours;
  for (const SecretVariable& variable : use.variables) {
    std::string& value = ours[variable.variable];
    if (variable.key == nullptr) continue;
    value = secret.ValueOf(variable.key);
    if (value.empty() && secret.Renames(variable.key)) {
      return NotWhatIsWanted(name, StrCat("a key ", secret.NameOf(variable.key)), values);
    }
  }
  return [environment = std::move(environment), ours = std::move(ours)](const char* variable) {
    const auto found = ours.find(std::string_view(variable));
    return found == ours.end() ? environment(variable) : found->second;
  };
}

}  // namespace datahaul
