#include "job/postgres_url.h"

#include <memory>
#include <utility>

#include "base/status.h"
#include "base/text.h"
#include "job/libpq.h"

namespace datahaul {
namespace {

constexpr std::string_view kSchemes[] = {"postgresql://", "postgres://"};

// What may be shown of a text that can't be taken apart: no more than its scheme.
std::string SchemeOf(std::string_view text) {
  for (const std::string_view scheme : kSchemes) {
    if (text.starts_with(scheme)) return std::string(scheme) + "…";
  }
  return "it";
}

}  // namespace

bool PostgresUrl::Is(std::string_view text) { return text.starts_with(kSchemes[0]) || text.starts_with(kSchemes[1]); }

absl::StatusOr<PostgresUrl> PostgresUrl::Parse(const std::string& text) {
  if (!Is(text)) {
    return UsageError(StrCat("opening a job store: expected postgresql://HOST/DATABASE, found ", SchemeOf(text)));
  }
  DH_ASSIGN_OR_RETURN(const Libpq* pq, LoadLibpq());
  // libpq says what is wrong by quoting the text: it is not repeated.
  const std::unique_ptr<PQconninfoOption, decltype(pq->conninfo_free)> options(
      pq->conninfo_parse(text.c_str(), nullptr), pq->conninfo_free);
  if (options == nullptr) {
    return UsageError(StrCat("opening job store ", SchemeOf(text),
                             ": expected postgresql://USER@HOST:PORT/DATABASE, found something else; special "
                             "characters are written %XX"));
  }
  for (const PQconninfoOption* option = options.get(); option->keyword != nullptr; ++option) {
    const std::string_view keyword = option->keyword;
    if ((keyword != "password" && keyword != "sslpassword") || option->val == nullptr) continue;
    return UsageError(StrCat("opening job store ", SchemeOf(text),
                             ": its URL holds a password, which others could read in lists of processes and jobs; "
                             "leave it out, and give it in ~/.pgpass, in a service file, or in PGPASSWORD"));
  }
  return PostgresUrl(text);
}

}  // namespace datahaul
