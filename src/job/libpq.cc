#include "job/libpq.h"

#include <dlfcn.h>

#include "base/status.h"
#include "base/text.h"

namespace datahaul {
namespace {

template <typename Function>
bool Find(void* library, const char* name, Function* function) {
  *function = reinterpret_cast<Function>(::dlsym(library, name));
  return *function != nullptr;
}

bool FindAll(void* library, Libpq* pq) {
  return Find(library, "PQclear", &pq->clear) && Find(library, "PQconninfoFree", &pq->conninfo_free) &&
         Find(library, "PQconninfoParse", &pq->conninfo_parse) && Find(library, "PQconnectdbParams", &pq->connect) &&
         Find(library, "PQconsumeInput", &pq->consume_input) &&
         Find(library, "PQenterPipelineMode", &pq->enter_pipeline) &&
         Find(library, "PQerrorMessage", &pq->error_message) && Find(library, "PQexec", &pq->exec) &&
         Find(library, "PQexitPipelineMode", &pq->exit_pipeline) && Find(library, "PQfinish", &pq->finish) &&
         Find(library, "PQfreemem", &pq->free_memory) && Find(library, "PQgetisnull", &pq->is_null) &&
         Find(library, "PQgetlength", &pq->length) && Find(library, "PQgetResult", &pq->get_result) &&
         Find(library, "PQgetvalue", &pq->value) && Find(library, "PQnotifies", &pq->notifies) &&
         Find(library, "PQntuples", &pq->rows) && Find(library, "PQpipelineSync", &pq->pipeline_sync) &&
         Find(library, "PQresultErrorField", &pq->error_field) && Find(library, "PQresultStatus", &pq->result_status) &&
         Find(library, "PQsendPrepare", &pq->send_prepare) &&
         Find(library, "PQsendQueryPrepared", &pq->send_prepared) && Find(library, "PQsocket", &pq->socket) &&
         Find(library, "PQstatus", &pq->status);
}

absl::StatusOr<const Libpq*> Load() {
  constexpr char kRemedy[] = "; install libpq5 of PostgreSQL 14 or newer";
  void* library = ::dlopen("libpq.so.5", RTLD_NOW | RTLD_LOCAL);
  if (library == nullptr) return HumanError(StrCat("loading libpq: ", ::dlerror(), kRemedy));
  auto* pq = new Libpq();  // lives as long as the program
  if (!FindAll(library, pq)) return HumanError(StrCat("loading libpq: it is too old", kRemedy));
  return pq;
}

}  // namespace

absl::StatusOr<const Libpq*> LoadLibpq() {
  static const absl::StatusOr<const Libpq*>& loaded = *new absl::StatusOr<const Libpq*>(Load());
  return loaded;
}

}  // namespace datahaul
