#include "objects/s3/profile.h"

#include "base/status.h"
#include "base/text.h"
#include "io/file.h"

namespace datahaul {
namespace {

std::string_view Trimmed(std::string_view text) {
  constexpr std::string_view kSpace = " \t\r";
  const size_t begin = text.find_first_not_of(kSpace);
  if (begin == text.npos) return "";
  return text.substr(begin, text.find_last_not_of(kSpace) + 1 - begin);
}

absl::StatusOr<std::string> FileOf(const Environment& environment, const char* variable, std::string_view usual) {
  std::string path = environment(variable);
  if (path.empty()) path = StrCat(environment("HOME"), "/.aws/", usual);
  absl::StatusOr<std::string> bytes = ReadFile(path);
  if (bytes.status().code() == absl::StatusCode::kNotFound) return std::string();
  return bytes;
}

}  // namespace

std::map<std::string, std::string> ProfileSection(std::string_view file, std::string_view section) {
  std::map<std::string, std::string> settings;
  bool inside = false;
  while (!file.empty()) {
    const size_t end = std::min(file.find('\n'), file.size());
    const std::string_view raw = file.substr(0, end), line = Trimmed(raw);
    file.remove_prefix(std::min(end + 1, file.size()));
    if (line.empty() || line[0] == '#' || line[0] == ';') continue;
    if (line[0] == '[') {
      inside = Trimmed(line.substr(1, line.find(']') - 1)) == section;
      continue;
    }
    const size_t equals = line.find('=');
    const bool nested = raw[0] == ' ' || raw[0] == '\t';  // settings of a setting, such as those below "s3 ="
    if (!inside || nested || equals == line.npos) continue;
    settings[std::string(Trimmed(line.substr(0, equals)))] = Trimmed(line.substr(equals + 1));
  }
  return settings;
}

absl::StatusOr<Profile> ReadProfile(const Environment& environment) {
  Profile profile{.name = environment("AWS_PROFILE")};
  profile.chosen = !profile.name.empty();
  if (!profile.chosen) profile.name = "default";
  DH_ASSIGN_OR_RETURN(const std::string credentials, FileOf(environment, "AWS_SHARED_CREDENTIALS_FILE", "credentials"));
  DH_ASSIGN_OR_RETURN(const std::string config, FileOf(environment, "AWS_CONFIG_FILE", "config"));
  profile.settings = ProfileSection(credentials, profile.name);
  profile.settings.merge(ProfileSection(config, StrCat("profile ", profile.name)));
  profile.settings.merge(ProfileSection(config, profile.name));
  if (profile.chosen && profile.settings.empty()) {
    return HumanError(StrCat("looking for the AWS profile ", profile.name,
                             ", which AWS_PROFILE names: it is in neither ~/.aws/credentials nor ~/.aws/config"));
  }
  return profile;
}

}  // namespace datahaul
