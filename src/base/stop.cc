#include "base/stop.h"

#include <utility>

namespace datahaul {
namespace {

thread_local std::stop_token current;

}  // namespace

StopScope::StopScope(std::stop_token stop) : before_(std::exchange(current, std::move(stop))) {}

StopScope::~StopScope() { current = before_; }

std::stop_token StopScope::Current() { return current; }

}  // namespace datahaul
