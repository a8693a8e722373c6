// Many seeded schedules of simulated processes on one thread: the workers' steps interleave at random, every call may
// fail, processes are killed, freeze until their leases have expired and come back as zombies, and the power is cut,
// which loses what was not synced. Whatever happens, the output must be the very bytes of an undisturbed run.
#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <iostream>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "gtest/gtest.h"
#include <sqlite3.h>

#include "base/random.h"
#include "base/text.h"
#include "job/engine.h"
#include "job/job_run.h"
#include "job/process.h"
#include "job/schema_task.h"
#include "job/sqlite_job_store.h"
#include "job/worker.h"
#include "model/schema_json.h"
#include "testing/faulty_job_store.h"
#include "testing/memory_sink.h"
#include "testing/memory_source.h"
#include "testing/memory_spool.h"
#include "testing/sim_clock.h"

namespace datahaul {
namespace {

constexpr Micros kLease = 1'000'000;

// What a schedule is about, all of it drawn from the seed.
struct Scenario {
  MemoryData data;
  JobSpec spec;
  MemorySinkOptions sink;
  int workers = 1;
  uint64_t scan_bytes = 100;
  int fault_every = 0;  // one call in so many fails; 0: none
  int kill_every = 0;   // one step in so many: kill, freeze or power cut
};

struct Expected {
  std::map<std::string, std::string> objects;
  Counters counters;
  Digests digests;
  SchemaSketch sketch;
};

void AddRecords(Random& random, MemoryData* data) {
  const int namespaces = 1 + static_cast<int>(random.Below(2));
  for (int ns = 0; ns < namespaces; ++ns) {
    const int count = static_cast<int>(random.Below(50));
    for (int i = 0; i < count; ++i) {
      MemoryRecord& record = data->records.emplace_back();
      record.ns = ns == 0 ? "" : "tenant";
      record.kind = random.Below(3) == 0 ? "Customer" : "Order";
      record.id = i;
      record.text = std::string(random.Below(30), static_cast<char>('a' + i % 26));
      if (random.Below(20) == 0) record.what = MemoryRecord::What::kReject;
      if (random.Below(40) == 0) record.what = MemoryRecord::What::kLost;
      if (random.Below(4) == 0) record.more = StrCat("more", random.Below(5));
    }
  }
}

Scenario DrawScenario(Random& random) {
  Scenario scenario;
  AddRecords(random, &scenario.data);
  scenario.data.batch_records = 1 + static_cast<uint32_t>(random.Below(4));
  scenario.data.accepts_loss = true;
  if (random.Below(2) == 0) scenario.data.promised = scenario.data.records.size();
  scenario.spec.source = "memory:source";
  scenario.spec.sink = "memory:sink";
  scenario.spec.max_rejects = 1000;
  if (random.Below(4) == 0) scenario.spec.selection.kinds = {"Order"};
  if (random.Below(4) == 0) scenario.spec.selection.limit = random.Below(40);
  scenario.sink.ordered = random.Below(4) != 0;
  scenario.sink.slice_bytes = 60 + random.Below(200);
  if (random.Below(3) == 0) scenario.sink.full_bytes = 40 + random.Below(60);
  // With a limit one, as in the engine: a second one would work beyond the limit when the answer to an Acquire is lost.
  scenario.workers = scenario.spec.selection.limit ? 1 : 1 + static_cast<int>(random.Below(3));
  constexpr int kFaultEvery[] = {0, 20, 50, 200}, kKillEvery[] = {0, 15, 40, 150};
  scenario.fault_every = kFaultEvery[random.Below(4)];
  scenario.kill_every = kKillEvery[random.Below(4)];
  scenario.sink.needs_schema = random.Below(2) == 0;
  scenario.scan_bytes = 80 + random.Below(400);
  if (random.Below(2) == 0) scenario.data.rescan = SourceTraits::Rescan::kNever;
  if (random.Below(2) == 0) scenario.data.kinds = {{"", "Order"}, {"", "Empty"}, {"tenant", "Empty"}};
  return scenario;
}

// ---- what must come out, worked out without the engine

class Oracle {
 public:
  explicit Oracle(const Scenario& scenario) : scenario_(scenario) {}

  Expected Foretell() {
    const std::optional<uint64_t> limit = scenario_.spec.selection.limit;
    size_t taken = 0;
    for (const MemoryRecord& record : scenario_.data.records) {
      if (limit && taken == *limit) break;
      taken += Take(record);
    }
    return std::move(expected_);
  }

 private:
  bool Take(const MemoryRecord& record) {
    if (record.what == MemoryRecord::What::kLost) {
      ++expected_.counters.named["lost_ranges"];
      expected_.counters.named["lost_bytes"] += record.bytes();
      return false;
    }
    const KindName name{record.ns, record.kind};
    Tally& tally = expected_.counters.kinds[name];
    ++tally.read;
    if (!scenario_.spec.selection.Matches(record.ns, record.kind)) {
      ++tally.filtered;
      return false;
    }
    if (record.what == MemoryRecord::What::kReject) {
      ++tally.rejected;
      return false;
    }
    ++tally.written;
    Arena arena;
    Record built;
    BuildRecord(record, arena, &built);
    expected_.objects[MemoryObjectName(record.ns, record.kind)] += MemoryLine(built);
    expected_.digests[name].Add(MemoryHash(built));
    Add(built, &expected_.sketch[name]);
    return true;
  }

  const Scenario& scenario_;
  Expected expected_;
};

// ---- a database that can lose its last transactions, each as a whole, as with synchronous=NORMAL

class Disk {
 public:
  Disk()
      : uri_(StrCat("file:simulation", next_++, "?mode=memory&cache=shared")),
        now_(OpenDb(uri_)),
        kept_(OpenDb(":memory:")) {}
  ~Disk() {
    sqlite3_finalize(phase_);
    sqlite3_close(now_);
    sqlite3_close(kept_);
  }
  const std::string& uri() const { return uri_; }
  void Sync() { Copy(now_, kept_); }
  // The store makes all durable when it hands out a task that publishes: schema, which closes a spool, and close.
  void SyncIfClosing() {
    if (phase_ == nullptr) sqlite3_prepare_v2(now_, "SELECT phase FROM jobs", -1, &phase_, nullptr);
    const int phase = sqlite3_step(phase_) == SQLITE_ROW ? sqlite3_column_int(phase_, 0) : 0;
    const bool closing = phase == static_cast<int>(Phase::kClose) || phase == static_cast<int>(Phase::kSchema);
    sqlite3_reset(phase_);
    if (closing) Sync();
  }
  void PowerCut() { Copy(kept_, now_); }

 private:
  static sqlite3* OpenDb(const std::string& uri) {
    sqlite3* db = nullptr;
    const int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_URI | SQLITE_OPEN_NOMUTEX;
    EXPECT_EQ(sqlite3_open_v2(uri.c_str(), &db, flags, nullptr), SQLITE_OK);
    return db;
  }
  static void Copy(sqlite3* from, sqlite3* to) {
    sqlite3_backup* backup = sqlite3_backup_init(to, "main", from, "main");
    ASSERT_NE(backup, nullptr);
    EXPECT_EQ(sqlite3_backup_step(backup, -1), SQLITE_DONE);
    EXPECT_EQ(sqlite3_backup_finish(backup), SQLITE_OK);
  }

  static inline int next_ = 0;
  const std::string uri_;
  sqlite3* const now_;
  sqlite3* const kept_;
  sqlite3_stmt* phase_ = nullptr;
};

// ---- the simulation

class Simulation final : public Connectors {
 public:
  explicit Simulation(uint64_t seed) : random_(seed), scenario_(DrawScenario(random_)) {}
  ~Simulation() override { processes_.clear(); }

  // Works the job to its end, and checks it.
  void Run() {
    OpenStore();
    job_ = *store_->Submit(scenario_.spec, "");
    disk_.Sync();
    for (steps_ = 0; steps_ % 8 != 0 || !IsOver(); ++steps_) {
      ASSERT_LT(steps_, 200'000) << "the job never ends";
      if (processes_.empty()) StartProcess();
      Turmoil();
      StepSomebody();
    }
    ThawAndEndAll();
    Check();
  }

  uint64_t steps() const { return steps_; }

  absl::StatusOr<std::unique_ptr<Source>> OpenSource(const JobSpec& spec) override {
    DH_RETURN_IF_ERROR(Fault("connectors.source"));
    if (spec.source == kSpool) return std::make_unique<MemorySpool>(&scenario_.data, &spool_, hook());
    return std::make_unique<MemorySource>(&scenario_.data, hook());
  }
  absl::StatusOr<std::unique_ptr<Sink>> OpenSink(const JobSpec& spec) override {
    DH_RETURN_IF_ERROR(Fault("connectors.sink"));
    if (spec.sink == kSpool) {
      const MemorySinkOptions options{.ordered = false, .slice_bytes = scenario_.sink.slice_bytes / 2, .spool = true};
      return std::make_unique<MemorySink>(&spool_, options, hook());
    }
    return std::make_unique<MemorySink>(&destination_, scenario_.sink, hook());
  }
  absl::StatusOr<JobSpec> SpoolOf(const JobSpec&, const std::string&) override {
    DH_RETURN_IF_ERROR(Fault("connectors.spool"));
    JobSpec spool;
    spool.source = spool.sink = kSpool;
    return spool;
  }
  absl::StatusOr<Schema> EarlierSchema(const JobSpec&) override { return Schema(); }
  absl::StatusOr<std::string> BytesOf(const Record& record) override { return MemoryLine(record); }

 private:
  static constexpr char kSpool[] = "memory:spool";

  bool spools() const { return scenario_.sink.needs_schema && scenario_.data.rescan != SourceTraits::Rescan::kCheap; }

  struct Process {
    std::string name;
    bool frozen = false;
    std::unique_ptr<JobRun> run;
    std::vector<std::unique_ptr<Worker>> workers;  // destroyed before the run
  };

  void OpenStore() {
    store_ = *OpenSqliteJobStore(disk_.uri(), &clock_, [this](std::string_view name) { return !IsAlive(name); });
    faulty_store_ = std::make_unique<FaultyJobStore>(store_.get(), hook());
  }

  FaultHook hook() {
    return [this](std::string_view call) {
      if (call == "store.acquire.done") disk_.SyncIfClosing();
      return Fault(call);
    };
  }

  absl::Status Fault(std::string_view call) {
    if (scenario_.fault_every == 0 || random_.Below(static_cast<uint64_t>(scenario_.fault_every)) != 0)
      return absl::OkStatus();
    switch (random_.Below(8)) {
      case 0:
        return HumanError(StrCat("injected at ", call, ": disk full"));
      case 1:
      case 2:
        return WithRetry(absl::UnknownError(StrCat("injected at ", call, ": begin again")), Retry::kTask);
      default:
        return absl::UnavailableError(StrCat("injected at ", call));
    }
  }

  bool IsAlive(std::string_view name) const {
    return std::any_of(processes_.begin(), processes_.end(), [name](const auto& p) { return p->name == name; });
  }

  bool IsOver() { return IsTerminal(store_->Get(job_)->state); }

  // As a person does: resumes what is not being worked on. Only unordered jobs are joined by a second process.
  void StartProcess() {
    const Job job = *store_->Get(job_);
    if (IsTerminal(job.state)) return;
    const bool join = job.state == JobState::kRunning && !scenario_.sink.ordered && random_.Below(2) == 0;
    const bool reclaim = job.state == JobState::kRunning && random_.Below(2) == 0;
    if (!join && !(reclaim ? store_->Reclaim(job_) : store_->Resume(job_)).ok()) return;
    auto process = std::make_unique<Process>();
    process->name = StrCat("process", next_process_++);
    EngineOptions options;
    options.workers = 1 + static_cast<int>(random_.Below(2));
    options.max_attempts = 4;
    options.lease = kLease;
    options.scan_bytes = scenario_.scan_bytes;
    options.backoff_first = 1000;
    options.backoff_most = 20'000;
    options.seed = random_.Next();
    options.process = process->name;
    process->run = std::make_unique<JobRun>(faulty_store_.get(), this, &clock_, options, job);
    for (int i = 0; i < scenario_.workers; ++i) {
      process->workers.push_back(std::make_unique<Worker>(process->run.get(), StrCat(process->name, "/", i)));
    }
    processes_.push_back(std::move(process));
  }

  void Turmoil() {
    if (random_.Below(10) == 0) clock_.Sleep(static_cast<Micros>(random_.Below(kLease / 20)));
    if (random_.Below(30) == 0) disk_.Sync();
    if (scenario_.kill_every == 0 || random_.Below(static_cast<uint64_t>(scenario_.kill_every)) != 0) return;
    switch (random_.Below(6)) {
      case 0:
        if (!processes_.empty()) Kill(random_.Below(processes_.size()));
        break;
      case 1:
        CutPower();
        break;
      case 2:
        if (!processes_.empty()) processes_[random_.Below(processes_.size())]->frozen = true;
        clock_.Sleep(static_cast<Micros>(random_.Below(2 * kLease)));
        break;
      case 3:
        for (auto& process : processes_) process->frozen = false;
        break;
      case 4:
        if (processes_.size() < 3) StartProcess();
        break;
      case 5:
        if (!processes_.empty()) processes_[random_.Below(processes_.size())]->run->Drain();
        break;
    }
  }

  void Kill(size_t index) { processes_.erase(processes_.begin() + static_cast<ptrdiff_t>(index)); }

  void CutPower() {
    processes_.clear();
    destination_.PowerCut(random_);
    spool_.PowerCut(random_);
    faulty_store_.reset();
    store_.reset();
    disk_.PowerCut();
    OpenStore();
  }

  void StepSomebody() {
    if (processes_.empty()) return;
    const size_t index = random_.Below(processes_.size());
    Process& process = *processes_[index];
    if (process.frozen) return clock_.Sleep(kLease / 50);
    if (random_.Below(10) == 0) process.run->RenewLeases();
    if (random_.Below(20) == 0) process.run->Observe(*store_->Get(job_));
    const auto progress = process.workers[random_.Below(process.workers.size())]->Step();
    if (progress == Worker::Progress::kWaiting) clock_.Sleep(1 + static_cast<Micros>(random_.Below(2000)));
    if (progress == Worker::Progress::kDone) Conclude(index);
  }

  // Steps the process's other workers to their end too, in turns: they may wait for each other.
  void Conclude(size_t index) {
    Process& process = *processes_[index];
    for (bool working = true; working;) {
      working = false;
      for (auto& worker : process.workers) working |= worker->Step() != Worker::Progress::kDone;
    }
    process.workers.clear();
    (void)process.run->Conclude();
    Kill(index);
  }

  // Zombies that come back after the job is over must not change anything either.
  void ThawAndEndAll() {
    for (auto& process : processes_) {
      for (int i = 0; i < 200; ++i) (void)process->workers[random_.Below(process->workers.size())]->Step();
      process->run->Observe(*store_->Get(job_));
    }
    while (!processes_.empty()) Conclude(0);
  }

  void Check() {
    EXPECT_TRUE(destination_.breaches.empty()) << destination_.breaches.front();
    const Job job = *store_->Get(job_);
    ASSERT_EQ(job.state, JobState::kSucceeded) << job.error;
    EXPECT_TRUE(destination_.partial.empty());
    EXPECT_TRUE(destination_.claimed_by.empty());
    EXPECT_TRUE(spool_.breaches.empty()) << spool_.breaches.front();
    EXPECT_TRUE(spool_.partial.empty() && spool_.published.empty() && spool_.claimed_by.empty());
    Expected expected = Oracle(scenario_).Foretell();
    if (!scenario_.spec.selection.limit) {  // a limit may stop in the middle of a batch, whose rejects count all
      EXPECT_EQ(job.counters.kinds, expected.counters.kinds);
      ExpectNamed(job, expected);
    } else {
      EXPECT_EQ(job.counters.Total().written, TotalOf(expected.digests));
    }
    EXPECT_EQ(job.digests, expected.digests);
    EXPECT_EQ(PublishedData(), expected.objects);
    CheckExtents(job);
    CheckSchema(job, std::move(expected.sketch));
  }

  void ExpectNamed(const Job& job, Expected& expected) {
    uint64_t bytes_in = 0, payload_bytes = 0;
    for (const MemoryRecord& record : scenario_.data.records) {
      bytes_in += record.bytes();
      if (record.what != MemoryRecord::What::kLost) payload_bytes += record.text.size();
    }
    if (bytes_in != 0) expected.counters.named["bytes_in"] = bytes_in;
    if (payload_bytes != 0) expected.counters.named["payload_bytes"] = payload_bytes;
    if (bytes_in != 0 && scenario_.sink.needs_schema && !spools()) expected.counters.named["scanned_bytes"] = bytes_in;
    const bool lost = expected.counters.named.contains("lost_ranges");
    if (scenario_.data.promised && lost)
      expected.counters.named["lost_records"] = expected.counters.named["lost_ranges"];
    std::map<std::string, uint64_t> named = job.counters.named;
    named.erase("bytes_out");
    named.erase("spooled_bytes");
    named.erase("lines");
    EXPECT_EQ(named, expected.counters.named);
  }

  static uint64_t TotalOf(const Digests& digests) {
    uint64_t records = 0;
    for (const auto& [name, digest] : digests) records += digest.records;
    return records;
  }

  // Without rejects; the pieces of an unordered sink's objects joined in the order of their slices.
  std::map<std::string, std::string> PublishedData() {
    std::map<std::string, std::string> data;
    std::map<std::string, std::map<std::pair<int, int>, std::string>> pieces;
    for (const auto& [name, bytes] : destination_.published) {
      if (name.starts_with("_rejects") || name == kMemorySchema) continue;
      if (scenario_.sink.ordered) {
        data[name] = bytes;
        continue;
      }
      const size_t slash = name.rfind('/'), dash = name.rfind('-');
      const std::pair slice(std::atoi(name.c_str() + slash + 1), std::atoi(name.c_str() + dash + 1));
      EXPECT_TRUE(pieces[name.substr(0, slash)].emplace(slice, bytes).second) << name << " is there twice";
    }
    for (const auto& [name, slices] : pieces) {
      for (const auto& [slice, bytes] : slices) data[name] += bytes;
    }
    return data;
  }

  // As planned from all that was to be written, each record counted once.
  void CheckSchema(const Job& job, SchemaSketch sketch) {
    ASSERT_EQ(job.schema.has_value(), scenario_.sink.needs_schema);
    if (!job.schema) return;
    Job planned;
    planned.spec = scenario_.spec;
    planned.snapshot.kinds = scenario_.data.kinds;
    const Step step = *MakeSchema(planned, std::move(sketch), std::nullopt);
    EXPECT_EQ(job.schema, step.schema);
    EXPECT_EQ(destination_.published[kMemorySchema], ToJson(*step.schema));
    const std::vector<std::string>& notes = job.snapshot.notes;
    const std::vector<std::string>& decided = step.snapshot->notes;
    EXPECT_TRUE(decided.empty() ||
                std::search(notes.begin(), notes.end(), decided.begin(), decided.end()) != notes.end());
    EXPECT_TRUE(store_->Sketch(job_)->empty());
  }

  void CheckExtents(const Job& job) {
    uint64_t bytes = 0;
    const std::vector<Extent> committed = *store_->Committed(job_);
    for (const Extent& extent : committed) {
      bytes += extent.length;
      EXPECT_EQ(extent.offset, 0u) << extent.object << ": not joined";
      EXPECT_EQ(destination_.published[extent.object].size(), extent.length) << extent.object;
    }
    const auto counted = job.counters.named.find("bytes_out");
    EXPECT_EQ(counted == job.counters.named.end() ? 0 : counted->second, bytes);
    EXPECT_EQ(job.counters.named.contains("lines"), bytes != 0);
  }

  Random random_;
  const Scenario scenario_;
  SimClock clock_;
  Disk disk_;
  MemoryDestination destination_, spool_;
  std::unique_ptr<JobStore> store_;
  std::unique_ptr<FaultyJobStore> faulty_store_;
  std::vector<std::unique_ptr<Process>> processes_;
  std::string job_;
  int next_process_ = 0;
  uint64_t steps_ = 0;
};

#if defined(__SANITIZE_THREAD__)
constexpr int kSchedules = 50;  // there are no threads here
#elif defined(__SANITIZE_ADDRESS__)
constexpr int kSchedules = 300;
#else
constexpr int kSchedules = 2000;
#endif

int Schedules() {
  const char* wanted = std::getenv("DATAHAUL_SCHEDULES");
  return wanted != nullptr ? std::atoi(wanted) : kSchedules;
}

TEST(SimulationTest, OutputIsTheSameWhateverHappens) {
  const char* only = std::getenv("DATAHAUL_SEED");
  const uint64_t first = only != nullptr ? std::strtoull(only, nullptr, 10) : 1;
  const uint64_t count = only != nullptr ? 1 : static_cast<uint64_t>(Schedules());
  const auto begin = std::chrono::steady_clock::now();
  uint64_t steps = 0;
  for (uint64_t seed = first; seed < first + count; ++seed) {
    Simulation simulation(seed);
    simulation.Run();
    steps += simulation.steps();
    ASSERT_FALSE(HasFailure()) << "seed " << seed << "; DATAHAUL_SEED=" << seed << " repeats it alone";
  }
  const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
  std::cout << count << " schedules, " << steps << " steps, " << static_cast<double>(count) / seconds
            << " schedules/s\n";
}

}  // namespace
}  // namespace datahaul
