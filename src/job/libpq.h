#ifndef DATAHAUL_JOB_LIBPQ_H_
#define DATAHAUL_JOB_LIBPQ_H_

#include "absl/status/statusor.h"
#include <libpq-fe.h>

namespace datahaul {

// The functions of libpq that are used here.
struct Libpq {
  decltype(&PQclear) clear;
  decltype(&PQconninfoFree) conninfo_free;
  decltype(&PQconninfoParse) conninfo_parse;
  decltype(&PQconnectdbParams) connect;
  decltype(&PQconsumeInput) consume_input;
  decltype(&PQenterPipelineMode) enter_pipeline;
  decltype(&PQerrorMessage) error_message;
  decltype(&PQexec) exec;
  decltype(&PQexitPipelineMode) exit_pipeline;
  decltype(&PQfinish) finish;
  decltype(&PQfreemem) free_memory;
  decltype(&PQgetisnull) is_null;
  decltype(&PQgetlength) length;
  decltype(&PQgetResult) get_result;
  decltype(&PQgetvalue) value;
  decltype(&PQnotifies) notifies;
  decltype(&PQntuples) rows;
  decltype(&PQpipelineSync) pipeline_sync;
  decltype(&PQresultErrorField) error_field;
  decltype(&PQresultStatus) result_status;
  decltype(&PQsendPrepare) send_prepare;
  decltype(&PQsendQueryPrepared) send_prepared;
  decltype(&PQsocket) socket;
  decltype(&PQstatus) status;
};

// libpq, loaded on first use: it brings some twenty libraries along, for which programs without a server should not
// wait. FAILED_PRECONDITION naming the package, where it is not installed. Safe for concurrent use.
absl::StatusOr<const Libpq*> LoadLibpq();

}  // namespace datahaul

#endif  // DATAHAUL_JOB_LIBPQ_H_
