#include "job/libpq.h"

#include <memory>

#include "base/shared_library.h"
#include "base/status.h"

namespace datahaul {
namespace {

absl::Status FindAll(SharedLibrary& library, Libpq* pq) {
  return library.Find("PQclear", &pq->clear)
      .Find("PQconninfoFree", &pq->conninfo_free)
      .Find("PQconninfoParse", &pq->conninfo_parse)
      .Find("PQconnectdbParams", &pq->connect)
      .Find("PQconsumeInput", &pq->consume_input)
      .Find("PQenterPipelineMode", &pq->enter_pipeline)
      .Find("PQerrorMessage", &pq->error_message)
      .Find("PQexec", &pq->exec)
      .Find("PQexitPipelineMode", &pq->exit_pipeline)
      .Find("PQfinish", &pq->finish)
      .Find("PQfreemem", &pq->free_memory)
      .Find("PQgetisnull", &pq->is_null)
      .Find("PQgetlength", &pq->length)
      .Find("PQgetResult", &pq->get_result)
      .Find("PQgetvalue", &pq->value)
      .Find("PQnotifies", &pq->notifies)
      .Find("PQntuples", &pq->rows)
      .Find("PQpipelineSync", &pq->pipeline_sync)
      .Find("PQresultErrorField", &pq->error_field)
      .Find("PQresultStatus", &pq->result_status)
      .Find("PQsendPrepare", &pq->send_prepare)
      .Find("PQsendQueryPrepared", &pq->send_prepared)
      .Find("PQsocket", &pq->socket)
      .Find("PQstatus", &pq->status)
      .status();
}

absl::StatusOr<const Libpq*> Load() {
  DH_ASSIGN_OR_RETURN(SharedLibrary library,
                      SharedLibrary::Load("libpq.so.5", "libpq", "install libpq5 of PostgreSQL 14 or newer"));
  auto pq = std::make_unique<Libpq>();
  DH_RETURN_IF_ERROR(FindAll(library, pq.get()));
  return pq.release();  // lives as long as the program
}

}  // namespace

absl::StatusOr<const Libpq*> LoadLibpq() {
  static const absl::StatusOr<const Libpq*>& loaded = *new absl::StatusOr<const Libpq*>(Load());
  return loaded;
}

}  // namespace datahaul
