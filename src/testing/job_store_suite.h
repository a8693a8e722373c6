// What every JobStore must do. A store's test includes this and says
//
//   INSTANTIATE_TEST_SUITE_P(MyStore, JobStoreSuite, ::testing::Values(JobStoreUnderTest{"MyStore", &OpenMyStore}));
//
// in one file of a test program.
#ifndef DATAHAUL_TESTING_JOB_STORE_SUITE_H_
#define DATAHAUL_TESTING_JOB_STORE_SUITE_H_

#include "testing/job_store_fixture.h"
#include "testing/job_store_histories.h"
#include "testing/job_store_jobs.h"
#include "testing/job_store_leases.h"
#include "testing/job_store_lifecycle.h"

#endif  // DATAHAUL_TESTING_JOB_STORE_SUITE_H_
