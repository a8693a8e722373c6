// A PostgreSQL server for a test program.
#ifndef DATAHAUL_TESTING_POSTGRES_SERVER_H_
#define DATAHAUL_TESTING_POSTGRES_SERVER_H_

#include <string>

#include "gtest/gtest.h"

#include "base/text.h"
#include "job/postgres.h"
#include "job/postgres_url.h"
#include "testing/server_script.h"

namespace datahaul {

class PostgresServer {
 public:
  // See StartServer.
  static PostgresServer& Shared() {
    static PostgresServer& server = *new PostgresServer();
    return server;
  }

  const std::string& url() const { return url_; }

  // The URL of a new, empty database.
  std::string NewDatabase() {
    const std::string name = StrCat("test", ++databases_);
    auto connection = Postgres::Connect(*PostgresUrl::Parse(url_));
    if (!connection.ok()) ADD_FAILURE() << connection.status();
    EXPECT_EQ((*connection)->Execute(StrCat("CREATE DATABASE ", name)), absl::OkStatus());
    return url_.substr(0, url_.rfind('/') + 1) + name;
  }

 private:
  PostgresServer() : url_(StartServer("postgres_server.py")) {}

  const std::string url_;
  int databases_ = 0;
};

}  // namespace datahaul

#endif  // DATAHAUL_TESTING_POSTGRES_SERVER_H_
