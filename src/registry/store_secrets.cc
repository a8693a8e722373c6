#include "registry/store_secrets.h"

#include <algorithm>
#include <map>
#include <utility>
#include <vector>

#include "absl/strings/str_join.h"

#include "base/status.h"
#include "base/text.h"

namespace datahaul {
namespace {

// By the key's own name, what the secret calls it.
absl::StatusOr<std::map<std::string_view, std::string_view>> ParseKeys(std::string_view called) {
  std::map<std::string_view, std::string_view> names;
  while (!called.empty()) {
    const std::string_view word = called.substr(0, called.find(','));
    called.remove_prefix(std::min(called.size(), word.size() + 1));
    const size_t equals = word.find('=');
    if (equals == word.npos || equals == 0 || equals + 1 == word.size()) {
      return UsageError(StrCat("reading --secret-key: expected KEY=ITS-NAME-IN-THE-SECRET, found ", word));
    }
    names[word.substr(0, equals)] = word.substr(equals + 1);
  }
  return names;
}

absl::Status NoKey(const std::string& name, const char* key, std::string_view called, const SecretValues& values) {
  const std::string found =
      absl::StrJoin(values, ", ", [](std::string* out, const auto& value) { *out += value.first; });
  return HumanError(StrCat("using the secret ", name, ": expected a key ", called, ", found ",
                           found.empty() ? "none" : found,
                           "; store it again with that key, or say what it is called with --secret-key ", key, "=…"));
}

}  // namespace

absl::StatusOr<Environment> WithSecret(Environment environment, const std::string& name, const SecretValues& values,
                                       std::span<const SecretVariable> variables, std::string_view called) {
  DH_ASSIGN_OR_RETURN(const auto names, ParseKeys(called));
  std::map<std::string, std::string, std::less<>> ours;
  for (const SecretVariable& variable : variables) {
    std::string& value = ours[variable.variable];
    if (variable.key == nullptr) continue;
    const auto renamed = names.find(variable.key);
    const std::string_view key = renamed == names.end() ? variable.key : renamed->second;
    const auto found = values.find(key);
    if (found != values.end()) {
      value = found->second;
    } else if (variable.required || renamed != names.end()) {
      return NoKey(name, variable.key, key, values);
    }
  }
  return [environment = std::move(environment), ours = std::move(ours)](const char* variable) {
    const auto found = ours.find(std::string_view(variable));
    return found == ours.end() ? environment(variable) : found->second;
  };
}

}  // namespace datahaul
