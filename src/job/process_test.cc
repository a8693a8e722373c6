#include "job/process.h"

#include <signal.h>
#include <string>
#include <unistd.h>

#include "gtest/gtest.h"
#include <sys/wait.h>

#include "base/text.h"

namespace datahaul {
namespace {

TEST(ProcessTest, ThisProcessIsNotGone) {
  EXPECT_FALSE(ProcessIsGone(ProcessName()));
  EXPECT_EQ(ProcessName(), ProcessName());
  EXPECT_EQ(ProcessName().find('/'), std::string::npos);
}

TEST(ProcessTest, AKilledProcessIsGoneEvenBeforeAnybodyHasNoticed) {
  int names[2];
  ASSERT_EQ(pipe(names), 0);
  const pid_t child = fork();
  if (child == 0) {
    const std::string name = ProcessName();
    if (write(names[1], name.data(), name.size()) < 0) _exit(1);
    for (;;) pause();
  }
  char name[512];
  const ssize_t size = read(names[0], name, sizeof name);
  ASSERT_GT(size, 0);
  const std::string process(name, static_cast<size_t>(size));
  EXPECT_NE(process, ProcessName());
  EXPECT_FALSE(ProcessIsGone(process));
  kill(child, SIGKILL);
  siginfo_t info;
  ASSERT_EQ(waitid(P_PID, static_cast<id_t>(child), &info, WEXITED | WNOWAIT), 0);  // dead, but not yet collected
  EXPECT_TRUE(ProcessIsGone(process));
  ASSERT_EQ(waitpid(child, nullptr, 0), child);
  EXPECT_TRUE(ProcessIsGone(process));
  close(names[0]);
  close(names[1]);
}

TEST(ProcessTest, WhatCannotBeToldIsNotGone) {
  for (const char* name : {"", "p", "host:1:2", "elsewhere:1:2:3", "::::", "a:b:c:d:e"})
    EXPECT_FALSE(ProcessIsGone(name)) << name;
  const std::string name = ProcessName();
  EXPECT_FALSE(ProcessIsGone("x" + name)) << "another host";
  EXPECT_FALSE(ProcessIsGone(name + "x")) << "another boot or container";
}

TEST(ProcessTest, AProcessIdThatIsUsedAgainIsAnotherProcess) {
  std::string name = ProcessName();
  const size_t start = name.find(':', name.find(':') + 1) + 1;
  name.insert(start, "1");
  EXPECT_TRUE(ProcessIsGone(name));
}

TEST(ProcessTest, AWorkerNamesItsProcess) {
  EXPECT_EQ(ProcessOf("a:1:2:3/4"), "a:1:2:3");
  EXPECT_EQ(ProcessOf("alone"), "alone");
}

}  // namespace
}  // namespace datahaul
