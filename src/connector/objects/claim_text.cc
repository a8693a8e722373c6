#include "connector/objects/claim_text.h"

#include <charconv>

#include "base/status.h"
#include "base/text.h"
#include "io/folder.h"

namespace datahaul {
namespace {

// What follows `name` and a space at the beginning of a line. The folder stands last, and may hold anything.
std::string_view Line(std::string_view text, std::string_view name, bool to_end) {
  const std::string key = StrCat(name, " ");
  size_t begin = text.starts_with(key) ? 0 : text.find(StrCat("\n", key));
  if (begin == std::string_view::npos) return "";
  begin += key.size() + (begin == 0 ? 0 : 1);
  const size_t end = to_end ? text.size() - 1 : text.find('\n', begin);
  return text.substr(begin, end - begin);
}

}  // namespace

std::string ToText(const ClaimHolder& holder) {
  const std::string taker = holder.taker.empty() ? "" : StrCat("taker ", holder.taker, "\n");
  return StrCat("job ", holder.job, "\n", taker, "made-folders ", holder.made_folders, "\ndata-dir ", holder.data_dir,
                "\n");
}

ClaimHolder ParseClaim(std::string_view text) {
  ClaimHolder holder;
  holder.job = Line(text, "job", false);
  holder.taker = Line(text, "taker", false);
  holder.data_dir = Line(text, "data-dir", true);
  const std::string_view made = Line(text, "made-folders", false);
  std::from_chars(made.data(), made.data() + made.size(), holder.made_folders);
  return holder;
}

absl::Status ClaimTaken(const std::string& folder, const ClaimHolder& other) {
  const bool is_url = other.data_dir.find("://") != std::string::npos;
  const std::string home = StrCat(is_url ? " --job-store " : " --data-dir ", other.data_dir);
  return HumanError(StrCat("preparing ", folder, ": job ", other.job, " of ", other.data_dir,
                           " has claimed this destination; end it with `datahaul jobs resume ", other.job, home,
                           "` or `datahaul jobs cancel ", other.job, home,
                           "`, or, if that job is gone for good, remove ", JoinPath(folder, kClaimName)));
}

}  // namespace datahaul
